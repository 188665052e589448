"""The networks: one point a song, frozen where they should be, and honest about their trunk."""

from dataclasses import replace

import pytest
import tiny
import torch
from torch import nn
from torchvision.models import ResNet18_Weights, resnet18

from songsim_lib import models
from songsim_lib.config import EXPERIMENTS, IMAGENET, RANDOM, ChoiceError
from songsim_lib.imagenet import imagenet_weights

FROZEN = EXPERIMENTS["resnet18_b64_last_block"]


@pytest.fixture
def songs():
    torch.manual_seed(0)
    return torch.rand(3, 1, 64, 80) * -80


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """A file where torchvision looks for its weights: random, but of the real network's shape."""
    torch.manual_seed(1)
    weights = resnet18(weights=None).state_dict()
    for name in weights:
        if name.endswith("running_mean"):
            weights[name] += 0.5  # statistics that differ from a fresh network's
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(weights, folder / "resnet18-f37072fd.pth")
    imagenet_weights.cache_clear()
    yield weights
    imagenet_weights.cache_clear()


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No weights on disk, and a server that is not there."""
    weights = ResNet18_Weights.DEFAULT.value
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(ResNet18_Weights.DEFAULT, "_value_",
                        replace(weights, url="http://127.0.0.1:9/resnet18-f37072fd.pth"))
    imagenet_weights.cache_clear()
    yield
    imagenet_weights.cache_clear()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_song_becomes_one_point_on_the_sphere(name, songs):
    model = models.network(EXPERIMENTS[name]).eval()
    embedded = model(songs)
    assert embedded.shape == (3, models.EMBEDDING_DIM)
    assert torch.allclose(embedded.norm(dim=1), torch.ones(3), atol=1e-5)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_songs_in_a_batch_never_mix(name, songs):
    model = models.network(EXPERIMENTS[name]).eval()
    alone = torch.cat([model(song) for song in songs.split(1)])
    assert torch.allclose(model(songs), alone, atol=1e-5)


@pytest.mark.parametrize("frames", [216, 431, 862])
def test_the_cnn_takes_clips_of_any_length(frames):
    assert models.network(EXPERIMENTS["cnn_b32"]).eval()(torch.zeros(2, 1, 128, frames)).shape == (2, 128)


def test_dropout_is_really_applied(songs):
    model = models.network(FROZEN)
    assert [m.p for m in model.modules() if isinstance(m, nn.Dropout)] == [0.8]
    model.train()
    assert not torch.allclose(model(songs), model(songs), atol=1e-3)
    model.eval()
    assert torch.equal(model(songs), model(songs))


def test_pretrained_kernels_answer_to_grey_pictures_as_the_original_does(imagenet):
    model = models.build(FROZEN)
    original = resnet18(weights=None)
    original.load_state_dict(imagenet)
    grey = torch.rand(2, 1, 64, 80)
    assert model.trunk == IMAGENET
    assert torch.allclose(model.conv1(grey), original.conv1(grey.expand(-1, 3, -1, -1)), atol=1e-4)


def test_only_the_last_block_learns_and_frozen_batch_norms_stand_still(imagenet, songs):
    model = models.build(FROZEN)
    learning = {name.split(".")[0] for name, weight in model.named_parameters() if weight.requires_grad}
    assert learning == {"layer4", "fc"}
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    model.train()
    model(songs).sum().backward()
    changed = {name.split(".")[0] for name, buffer in model.named_buffers() if not torch.equal(buffer, before[name])}
    assert changed == {"layer4"}
    assert model.conv1.weight.grad is None


def test_without_weights_a_warning_appears_and_nothing_random_stays_frozen(offline):
    with pytest.warns(UserWarning, match="RANDOM trunk"):
        model = models.build(FROZEN)
    assert model.trunk == RANDOM
    assert all(weight.requires_grad for weight in model.parameters())


def test_pickled_code_in_a_weights_file_is_refused(imagenet, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    torch.save({"conv1.weight": Evil()}, tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth")
    with pytest.warns(UserWarning, match="RANDOM trunk"):
        assert models.build(FROZEN).trunk == RANDOM
    assert not (tmp_path / "owned").exists()


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ChoiceError, match=r"transformer.*resnet18"):
        models.network(replace(tiny.CNN, architecture="transformer"))
