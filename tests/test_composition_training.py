"""Training on several performances of a work: what it draws, that it learns, and that it goes on where it stopped."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from songsim_lib.composition import spectra, training
from songsim_lib.composition.training import Recipe
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import SEMITONES, TOP_DB, cqt
from songsim_lib.features import LEVELS, quantise
from songsim_lib.sources import tunebook

RECIPE = Recipe(works=4, performances=2, frames=40, steps=6, warm_up=2, judged_every=2, widths=(8, 8, 16, 16))
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def clips():
    """Three noisy performances of each of eight melodies."""
    rng = np.random.default_rng(0)
    works = np.repeat(np.arange(8), 3)
    tunes = rng.random((8, SEMITONES, 60)) < 0.15
    return np.where(tunes[works], 255, rng.integers(0, 60, (24, SEMITONES, 60))).astype(np.uint8), works


def weights(net):
    return torch.cat([tensor.flatten().float() for tensor in net.state_dict().values()])


def fit(clips, folder, recipe=RECIPE, judge=lambda net: {}):
    return training.fit(*clips, recipe, judge, folder, CPU)


def test_a_step_draws_several_performances_of_several_works(clips):
    _, works = clips
    drawn = training.draw(works, RECIPE, step=0)
    assert len(drawn) == 8 and len(set(drawn)) == 8
    assert sorted(np.unique(works[drawn], return_counts=True)[1]) == [2, 2, 2, 2]
    assert np.array_equal(drawn, training.draw(works, RECIPE, step=0))
    assert not np.array_equal(drawn, training.draw(works, RECIPE, step=1))
    alone = training.draw(np.array([0, 1, 1]), replace(RECIPE, works=2), step=0)
    assert sorted(np.array([0, 1, 1])[alone]) == [0, 0, 1, 1], "one performance stands for two"


def test_every_clip_is_drawn_sooner_or_later(clips):
    _, works = clips
    assert set(np.concatenate([training.draw(works, RECIPE, step) for step in range(60)])) == set(range(len(works)))


def test_the_rate_rises_and_falls():
    rates = [RECIPE.rate(step) for step in range(RECIPE.steps)]
    assert rates[0] < max(rates) <= RECIPE.learning_rate and rates[-1] < 0.1 * RECIPE.learning_rate


def test_it_goes_on_after_an_interruption_as_if_there_had_been_none(clips, tmp_path):
    whole = weights(fit(clips, tmp_path / "whole"))
    calls = []

    def interrupting(net):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return {}

    with pytest.raises(KeyboardInterrupt):
        fit(clips, tmp_path / "cut", judge=interrupting)
    assert torch.equal(weights(fit(clips, tmp_path / "cut")), whole)
    histories = [pd.read_csv(tmp_path / name / "history.csv") for name in ("whole", "cut")]
    assert histories[0].equals(histories[1]) and histories[0]["step"].tolist() == [2, 4, 6]
    assert not torch.equal(weights(fit(clips, tmp_path / "other", replace(RECIPE, seed=1))), whole)


def test_it_learns_to_put_versions_near_each_other(clips, tmp_path):
    recipe = replace(RECIPE, works=8, performances=3, steps=200, judged_every=100, frames=50,
                     learning_rate=3e-3)
    levels, works = clips
    net = fit(clips, tmp_path, recipe)
    with torch.inference_mode():
        embedded = net(training.decibels(torch.from_numpy(levels))).numpy()
    alike = embedded @ embedded.T
    np.fill_diagonal(alike, -1)
    assert (works[alike.argmax(axis=1)] == works).mean() > 0.7, "chance is 2 of 23"
    assert pd.read_csv(tmp_path / "history.csv")["loss"].is_monotonic_decreasing


def test_a_loss_that_is_no_number_stops_and_names_the_step(clips, tmp_path):
    with pytest.raises(ValueError, match=r"the loss of step [0-9] is nan"):
        fit(clips, tmp_path, replace(RECIPE, learning_rate=float("inf")))


def test_spectra_are_drawn_once_and_files_that_cannot_be_used_are_named(tmp_path):
    spec = AudioSpec()
    recordings = tunebook.catalog().head(3).copy()
    recordings.loc[1, "path"] = str(tmp_path / "missing.opus")
    drawn, failed = spectra.spectra(recordings, spec, 10.0, tmp_path / "cache", workers=1)
    assert drawn.shape == (2, SEMITONES, spectra.frames(10.0, spec)) and drawn.dtype == np.uint8
    assert list(failed) == [recordings["track_id"][1]] and "no such file" in failed[recordings["track_id"][1]]
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    again, _ = spectra.spectra(recordings, spec, 10.0, tmp_path / "cache", workers=1)
    assert np.array_equal(again, drawn)
    assert files == {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}


def test_one_byte_keeps_levels_within_a_quarter_of_a_decibel():
    tone = np.sin(np.arange(44_100) / 20).astype(np.float32)
    drawn = cqt(tone, AudioSpec())
    back = training.decibels(torch.from_numpy(quantise(drawn, spectra.SCALE))).numpy()
    assert np.abs(back - drawn).max() <= TOP_DB / LEVELS / 2 + 1e-4
