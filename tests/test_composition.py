"""The network that hears the composition forgets the key by construction, and its views change what they say."""

import numpy as np
import pytest
import torch

from songsim_lib.composition import views
from songsim_lib.composition.network import DIMENSIONS, CompositionNet
from songsim_lib.cqt import OCTAVES, SEMITONES, TOP_DB


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return CompositionNet().eval()


@pytest.fixture
def clips():
    return -TOP_DB * torch.rand(4, SEMITONES, 120, generator=torch.Generator().manual_seed(0))


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def test_it_is_compact_and_embeds_any_length_on_the_unit_sphere(net):
    assert 2e6 <= sum(weights.numel() for weights in net.parameters()) <= 8e6
    for frames in (40, 216, 646):
        embedded = net(-TOP_DB * torch.rand(2, 1, SEMITONES, frames))
        assert embedded.shape == (2, DIMENSIONS) and torch.allclose(embedded.norm(dim=1), torch.ones(2), atol=1e-5)


@torch.inference_mode()
def test_the_same_notes_in_any_key_are_the_same_point(net, clips):
    circle = clips.unflatten(1, (OCTAVES, 12))
    for semitones in (1, 5, 7, 11):
        turned = circle.roll(semitones, dims=2).flatten(1, 2)
        assert torch.allclose(net(turned.unsqueeze(1)), net(clips.unsqueeze(1)), atol=1e-4)
    assert not torch.allclose(net(clips.flip(1).unsqueeze(1)), net(clips.unsqueeze(1)), atol=1e-2), "another melody"


@torch.inference_mode()
def test_silence_and_extremes_are_never_nan(net):
    for level in (-TOP_DB, 0.0):
        assert torch.isfinite(net(torch.full((1, 1, SEMITONES, 50), level))).all()


def test_a_transposed_clip_has_its_rows_moved_and_silence_at_the_edge(clips):
    moved = views.transposed(clips, torch.tensor([0, 2, -3, 6]))
    assert torch.equal(moved[0], clips[0])
    assert torch.equal(moved[1, 2:], clips[1, :-2]) and (moved[1, :2] == -TOP_DB).all()
    assert torch.equal(moved[2, :-3], clips[2, 3:]) and (moved[2, -3:] == -TOP_DB).all()


def test_a_stretched_clip_agrees_with_numpy(clips):
    rates, starts = torch.tensor([0.6, 1.0, 1.5, 9.0]), torch.tensor([0.0, 1.0, 0.5, 0.3])
    found = views.stretched(clips, rates, starts, 60)
    for i in range(4):
        span = min(float(rates[i]) * 59, 119)
        places = float(starts[i]) * (119 - span) + np.linspace(0, span, 60)
        expected = np.stack([np.interp(places, np.arange(120), row) for row in clips[i].numpy()])
        assert np.allclose(found[i].numpy(), expected, atol=2e-2)
    assert torch.allclose(views.stretched(clips, torch.ones(4), torch.zeros(4), 120), clips, atol=1e-2)


@pytest.mark.parametrize("dim", [1, 2])
def test_at_most_so_many_neighbouring_rows_or_columns_are_silenced(dim):
    full = torch.zeros(200, SEMITONES, 80)
    hidden = (views.masked(full, 5, dim, draws()) == -TOP_DB).all(dim=3 - dim)
    counts = hidden.sum(dim=1)
    assert counts.max() == 5 and 60 < (counts == 0).sum() < 140
    for row in hidden[counts > 0]:
        places = row.nonzero().flatten()
        assert (places.diff() == 1).all()


def test_views_differ_by_seed_alone_and_stay_within_the_levels(clips):
    one, again, other = (views.view(clips, 60, draws(seed)) for seed in (0, 0, 1))
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert one.shape == (4, SEMITONES, 60) and one.min() >= -TOP_DB and one.max() <= 0


def test_noise_lies_under_about_half_of_the_clips():
    silent = torch.full((200, SEMITONES, 20), -TOP_DB)
    with_noise = (views._noisy(silent, draws()) > -TOP_DB).any(dim=2).any(dim=1)
    assert 70 < with_noise.sum() < 130


def test_key_and_tempo_stay_where_they_are_asked_to(clips):
    agree = [(views.view(clips, 120, draws(), transpose, stretch) - clips).abs().lt(1e-3).float().mean()
             for transpose, stretch in ((False, False), (True, False), (False, True))]
    assert agree[0] > 0.5, "what noise and masks leave"
    assert agree[1] < 0.01 and agree[2] < 0.8 * agree[0], "so short a clip can only be slowed down"
