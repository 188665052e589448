"""Baselines and networks behind one interface: finite distances, and a recording is nearest to itself."""

import numpy as np
import pytest
import tiny

from songsim_lib import audio, excerpts, models, runs, systems


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny.study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def heard(study):
    """Eight songs of 3 s; the ninth is the first again."""
    paths = [*study.catalog()["path"][:8], study.catalog()["path"][0]]
    clips = [np.tile(audio.load(path, tiny.SPEC), 3)[: 3 * tiny.SPEC.clip_samples] for path in paths]
    return excerpts.of_samples(clips, tiny.SPEC, workers=1)


def test_windows_of_a_recording_are_averaged_to_unit_length():
    embedded = np.array([[1.0, 0], [0, 1], [0, 2], [3, 0]])
    pooled = systems.pool(embedded, np.array([0, 0, 1, 2]))
    assert np.allclose(pooled, [[np.sqrt(0.5), np.sqrt(0.5)], [0, 1], [1, 0]])
    parts = systems.pool(np.arange(12.0).reshape(3, 2, 2), np.array([0, 0, 1]))
    assert np.allclose(parts, [[[2, 3], [4, 5]], [[8, 9], [10, 11]]]), "parts are averaged and not rescaled"


def test_every_baseline_finds_a_recording_again_and_tells_it_from_others(study, heard):
    for system in systems.baselines(study):
        represented = system.represent(heard)
        distances = system.distances(represented, represented)
        assert distances.shape == (9, 9) and np.isfinite(distances).all(), system.name
        assert np.allclose(distances, distances.T, atol=2e-3), system.name  # a root of rounding errors, where near 0
        others = distances[0, 1:8]
        if system.name != "as_reported":  # whose distances say nothing, by construction
            assert distances[0, 8] < others.min(), system.name


def test_the_two_halves_of_a_list_have_the_distances_of_the_whole(study, heard):
    half = excerpts.Excerpts(heard.windows[heard.owner < 4], heard.owner[heard.owner < 4], heard.chroma[:4],
                             heard.constant_q[:4])
    for system in systems.baselines(study):
        whole = system.represent(heard)
        assert np.allclose(system.distances(system.represent(half), whole), system.distances(whole, whole)[:4],
                           atol=1e-3), system.name


def test_each_training_of_a_model_is_a_system_of_its_own(study, monkeypatch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    trained = [runs.fit(study, tiny.CNN, repeat) for repeat in (0, 1)]
    made = systems.models(study, trained)
    assert [system.repeat for system in made] == [0, 1] and {system.name for system in made} == {"cnn_tiny"}
    assert made[0].made_from != made[1].made_from
    names = [system.name for system in systems.baselines(study)]
    assert [*names, systems.COMPOSITION] == list(systems.TITLES)
