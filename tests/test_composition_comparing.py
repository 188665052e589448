"""The distance of two recordings follows from their windows: the best pairs, most of them, both ways."""

import numpy as np
import pytest
import torch

from songsim_lib.composition import comparing
from songsim_lib.composition.comparing import Embedded
from songsim_lib.composition.network import CompositionNet
from songsim_lib.cqt import SEMITONES
from songsim_lib.excerpts import Excerpts


def unit(rng, n, size=6):
    vectors = rng.standard_normal((n, size))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def recordings(rng, counts):
    return Embedded(unit(rng, sum(counts)), np.array(counts))


def naive(a, b):
    """The same in the words of the docstring: a, b are the windows of two recordings."""
    def one_way(asking, answering):
        best = sorted((max(float(x @ y) for y in answering) for x in asking), reverse=True)
        return np.mean(best[: max(1, round(comparing.BEST_SHARE * len(best)))])

    return 1 - (one_way(a, b) + one_way(b, a)) / 2


def test_distances_are_those_of_the_best_pairs():
    rng = np.random.default_rng(0)
    a, b = recordings(rng, [1, 4, 2]), recordings(rng, [3, 1, 5, 2])
    parts = [np.split(one.vectors, np.cumsum(one.counts)[:-1]) for one in (a, b)]
    expected = [[naive(x, y) for y in parts[1]] for x in parts[0]]
    assert np.allclose(comparing.distances(a, b), expected, atol=1e-6)


def test_they_are_symmetric_and_zero_for_the_same_windows():
    a = recordings(np.random.default_rng(1), [2, 3, 1])
    found = comparing.distances(a, a)
    assert np.allclose(found, found.T, atol=1e-6) and np.allclose(np.diag(found), 0, atol=1e-6)


def test_an_ending_that_the_other_leaves_out_costs_nothing():
    rng = np.random.default_rng(2)
    whole = unit(rng, 4)
    found = comparing.distances(Embedded(whole, np.array([4])), Embedded(whole[:3], np.array([3])))
    assert found == pytest.approx(np.zeros((1, 1)), abs=1e-6)


def test_windows_of_several_lengths_are_embedded_in_their_places():
    torch.manual_seed(0)
    net, rng = CompositionNet((8, 8, 16, 16)).eval(), np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (count, SEMITONES, length)).astype(np.uint8)
                for count, length in ((2, 60), (1, 90), (3, 60))]
    nothing = [np.zeros((12, 1), np.float32)] * 3
    heard = Excerpts(np.zeros((3, 1, 1), np.uint8), np.arange(3), nothing, pictures)
    found = comparing.points(net, heard, torch.device("cpu"))
    assert found.counts.tolist() == [2, 1, 3] and found.vectors.shape == (6, 256)
    alone = Excerpts(np.zeros((1, 1, 1), np.uint8), np.arange(1), nothing[:1], pictures[1:2])
    assert np.allclose(comparing.points(net, alone, torch.device("cpu")).vectors[0], found.vectors[2], atol=2e-2)
