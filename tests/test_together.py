"""The network and the alignment asked together find more than each alone, where they err on different works."""

from types import SimpleNamespace

import numpy as np

from songsim_lib.composition import together
from songsim_lib.covers.evaluation import Covers
from songsim_lib.metrics import retrieval
from songsim_lib.metrics.retrieval import Labels
from songsim_lib.systems import COMPOSITION

WORKS = np.repeat([f"w{number}" for number in range(60)], 3)


def distances(seed):
    """Two views of the same likeness, each with its own errors; symmetric, positive."""
    rng, same = np.random.default_rng(seed), WORKS[:, None] == WORKS[None, :]
    found = []
    for _ in range(2):
        noise = rng.normal(0, 0.5, same.shape)
        found.append(np.exp(np.where(same, -1.0, 0) + np.triu(noise, 1) + np.triu(noise, 1).T).astype(np.float32))
        np.fill_diagonal(found[-1], 0)
    return found


def test_together_they_find_more_than_each_alone():
    network, alignment = distances(1)
    each = np.arange(len(WORKS)).astype(str)
    labels = Labels(each, WORKS, each, np.ones(len(WORKS), bool))
    scores = [retrieval.evaluate(one, labels).average_precision.mean()
              for one in (network, alignment, together.product(network, alignment))]
    assert scores[2] > max(scores[:2]) + 0.05


def test_a_recording_that_lies_near_everything_stands_first_less_often_when_scaled():
    network, alignment = distances(3)
    network[7], network[:, 7] = network[7] * 0.1, network[:, 7] * 0.1  # a hub
    np.fill_diagonal(network, 0)
    both = together.product(network, alignment)

    def asked_first(matrix):
        matrix = matrix + np.where(np.eye(len(matrix)), np.inf, 0)
        return np.mean(matrix.argmin(axis=1) == 7)

    assert asked_first(both) > 0.3 and asked_first(together.scaled(both)) < 0.1
    assert np.allclose(together.scaled(both), together.scaled(both).T), "as far there as back"
    assert np.allclose(together.scaled(5 * both), together.scaled(both)), "whatever the unit"


def test_the_systems_are_added_beside_those_they_are_made_of():
    network, alignment = distances(2)
    before = Covers(SimpleNamespace(), {COMPOSITION: [network], "qmax": [alignment]},
                    {COMPOSITION: "C", "qmax": "Q"}, {COMPOSITION: "model", "qmax": "baseline"})
    after = together.added(before)
    assert list(after.distances) == [COMPOSITION, together.TOGETHER, "qmax", together.SCALED_QMAX]
    assert set(after.models) == {COMPOSITION, together.TOGETHER}
    both = after.distances[together.TOGETHER][0]
    assert np.allclose(both, together.scaled(together.product(network, alignment)), rtol=1e-4)
    assert np.isfinite(both).all() and set(after.titles) == set(after.distances) == set(after.kinds)
