"""Diagrams say about a network what the network says about itself."""

from __future__ import annotations

import copy

import pytest
import torch

from songsim_lib import models
from songsim_lib.plots import architecture
from songsim_lib.plots.anatomy import SPECTROGRAM, stages


@pytest.fixture(scope="module")
def resnet() -> models.ResNet18:
    """A ResNet-18 of which only the last block learns."""
    model = models.ResNet18(dropout=0.8, weights=None)
    model.freeze(frozenset(name for name, _ in model.named_children()) - {"layer4", "fc"})
    return model


@pytest.fixture(scope="module", params=["resnet", "cnn"])
def model(request, resnet) -> models.Embedder:
    """Each of the study's networks."""
    return resnet if request.param == "resnet" else models.StudyCNN(dropout=0.0)


def test_the_stages_weights_add_up_to_the_models(model):
    found = stages(model)
    assert sum(stage.parameters for stage in found) == sum(w.numel() for w in model.parameters())
    assert sum(stage.trainable for stage in found) == sum(
        w.numel() for w in model.parameters() if w.requires_grad)


def test_the_last_stage_is_the_embedding_of_unit_length(model):
    last = stages(model)[-1]
    assert last.label == "divide by the length (L2)"
    assert last.output_shape == (models.EMBEDDING_DIM,)


def test_looking_at_a_network_changes_nothing_in_it(model):
    before, mode = copy.deepcopy(model.state_dict()), model.training
    model.train()
    modes = [module.training for module in model.modules()]
    stages(model)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
    model.train(mode)


def test_resnet_has_eight_residual_blocks_three_of_them_with_a_convolution_in_the_skip(resnet):
    skips = [stage.skip for stage in stages(resnet) if stage.skip]
    assert len(skips) == 8 and skips.count("1×1 convolution") == 3


def test_only_the_last_block_and_the_head_are_drawn_as_trained(resnet):
    trained = [stage.name.split(".")[0] for stage in stages(resnet)
               if architecture.fill_of(stage) == architecture.TRAINED]
    assert trained == ["layer4", "layer4", "fc"]


def test_dropout_that_acts_is_drawn_and_dropout_of_nothing_is_not(resnet):
    assert any("dropout 0.8" in stage.label for stage in stages(resnet))
    assert not any("dropout" in stage.label for stage in stages(models.StudyCNN(dropout=0.0)))


def test_the_diagram_writes_the_models_total_and_every_output_shape(model):
    figure = architecture.diagram(model, "A network")
    text = [part.get_text() for part in figure.axes[0].texts]
    total = sum(w.numel() for w in model.parameters())
    assert f"{total:,} weights" in figure.axes[0].get_title(loc="left")
    for stage in stages(model):
        assert " × ".join(f"{size:,}" for size in stage.output_shape) in text
    assert " × ".join(map(str, SPECTROGRAM[1:])) in text


def test_labels_of_the_diagram_fit_into_their_boxes(model):
    figure = architecture.diagram(model)
    figure.canvas.draw()
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches
             if type(patch).__name__ == "FancyBboxPatch"]
    labels = {part.get_text(): part.get_window_extent() for part in figure.axes[0].texts}
    for stage in stages(model):
        assert labels[stage.label].width < boxes[0].width


def test_the_residual_block_names_the_sum_it_computes():
    assert "ReLU(F(x) + x)" in [part.get_text() for part in architecture.residual_block().axes[0].texts]
