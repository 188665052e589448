"""Training on several performances of a work: what it draws, that it learns, and that it goes on where it stopped."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from songsim_lib.composition import spectra, training
from songsim_lib.composition.conditions import worn
from songsim_lib.composition.recipe import LOSSES, Recipe
from songsim_lib.composition.spectra import Drawing
from songsim_lib.composition.training import Clips
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import SCALE, SEMITONES, TOP_DB, cqt
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
    levels = np.where(tunes[works], 255, rng.integers(0, 60, (24, SEMITONES, 60))).astype(np.uint8)
    return Clips(levels, works, np.arange(24), np.ones(8))


def weights(net):
    return torch.cat([tensor.flatten().float() for tensor in net.state_dict().values()])


def fit(clips, folder, recipe=RECIPE, judge=lambda net: {}):
    return training.fit(clips, recipe, judge, folder, CPU)


def test_a_step_draws_several_performances_of_several_works(clips):
    drawn, labels = training.draw(clips, RECIPE, step=0)
    assert len(drawn) == 8 and len(set(drawn)) == 8 and np.array_equal(labels, clips.works[drawn])
    assert sorted(np.unique(labels, return_counts=True)[1]) == [2, 2, 2, 2]
    assert np.array_equal(drawn, training.draw(clips, RECIPE, step=0)[0])
    assert not np.array_equal(drawn, training.draw(clips, RECIPE, step=1)[0])


def few(works, scores):
    works = np.array(works)
    return Clips(np.zeros((len(works), SEMITONES, 4), np.uint8), works, np.arange(len(works)), np.array(scores))


def test_one_performance_stands_for_two_where_there_is_no_other():
    _, labels = training.draw(few([0, 1, 1], [1, 1]), replace(RECIPE, works=2), step=0)
    assert sorted(labels) == [0, 0, 1, 1]


def test_positives_of_one_recording_are_of_one_recording():
    worn_twice = replace(few([0, 0, 0, 0, 1, 1], [1, 1]), recordings=np.array([0, 0, 1, 1, 2, 2]))
    drawn, labels = training.draw(worn_twice, replace(RECIPE, works=3, by_recording=True), step=0)
    assert sorted(labels) == [0, 0, 1, 1, 2, 2] and np.array_equal(worn_twice.recordings[drawn], labels)


def test_works_that_were_written_down_twice_come_more_often():
    clips, recipe = few(range(100), [2] * 10 + [1] * 90), replace(RECIPE, works=5, several_scores=4.0)
    came = np.concatenate([training.draw(clips, recipe, step)[1] for step in range(400)])
    assert 0.25 < (came < 10).mean() < 0.35, "4 * 10 of 4 * 10 + 90, a little less without replacement"


def test_every_clip_is_drawn_sooner_or_later(clips):
    assert len(set(np.concatenate([training.draw(clips, RECIPE, step)[0] for step in range(60)]))) == len(clips.levels)


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
    assert histories[0]["step"].tolist() == [2, 4, 6] and histories[1]["seconds"].is_monotonic_increasing
    assert histories[0].drop(columns="seconds").equals(histories[1].drop(columns="seconds"))
    assert not torch.equal(weights(fit(clips, tmp_path / "other", replace(RECIPE, seed=1))), whole)


@pytest.mark.parametrize("loss", [LOSSES[0], *(pytest.param(loss, marks=pytest.mark.stress) for loss in LOSSES[1:])])
def test_it_learns_to_put_versions_near_each_other(clips, tmp_path, loss):
    recipe = replace(RECIPE, loss=loss, works=8, performances=3, steps=200, judged_every=100, frames=50,
                     learning_rate=3e-3)
    net = fit(clips, tmp_path, recipe)
    with torch.inference_mode():
        embedded = net(training.decibels(torch.from_numpy(clips.levels)).unsqueeze(1)).numpy()
    alike = embedded @ embedded.T
    np.fill_diagonal(alike, -1)
    assert (clips.works[alike.argmax(axis=1)] == clips.works).mean() > 0.7, "chance is 2 of 23"
    assert pd.read_csv(tmp_path / "history.csv")["loss"].is_monotonic_decreasing


def test_a_loss_that_is_no_number_stops_and_names_the_step(clips, tmp_path):
    with pytest.raises(ValueError, match=r"the loss of step [0-9] is nan"):
        fit(clips, tmp_path, replace(RECIPE, learning_rate=float("inf")))


def test_spectra_are_drawn_once_and_files_that_cannot_be_used_are_named(tmp_path):
    spec = AudioSpec()
    recordings = tunebook.catalog().head(3).copy()
    recordings.loc[1, "path"] = str(tmp_path / "missing.opus")
    drawn, failed = spectra.spectra(recordings, spec, Drawing(10.0), tmp_path / "cache", workers=1)
    assert drawn.shape == (2, SEMITONES, spectra.frames(10.0, spec)) and drawn.dtype == np.uint8
    assert list(failed) == [recordings["track_id"][1]] and "no such file" in failed[recordings["track_id"][1]]
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    again, _ = spectra.spectra(recordings, spec, Drawing(10.0), tmp_path / "cache", workers=1)
    assert np.array_equal(again, drawn)
    assert files == {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}


def test_one_byte_keeps_levels_within_a_quarter_of_a_decibel():
    tone = np.sin(np.arange(44_100) / 20).astype(np.float32)
    drawn = cqt(tone, AudioSpec())
    back = training.decibels(torch.from_numpy(quantise(drawn, SCALE))).numpy()
    assert np.abs(back - drawn).max() <= TOP_DB / LEVELS / 2 + 1e-4


def test_a_worn_recording_is_another_sound_of_the_same_length_the_same_each_time():
    spec, tone = AudioSpec(), np.sin(np.arange(44_100) / 20).astype(np.float32)
    found = [worn(tone, spec, seed) for seed in range(20)]
    assert all(one.shape == tone.shape and one.dtype == np.float32 and np.isfinite(one).all() for one in found)
    assert all(np.array_equal(worn(tone, spec, seed), found[seed]) for seed in (0, 7))
    assert len({one.tobytes() for one in found}) == 20 and not any(np.array_equal(one, tone) for one in found)
