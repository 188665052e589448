"""Invariance curves: one thing about the music changes, by exactly what the axis says, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import soundfile
from pandas.testing import assert_frame_equal

from songsim_lib import invariance, metrics
from songsim_lib.config import AudioSpec
from songsim_lib.invariance import draw, factors, melody, render, timbres
from songsim_lib.invariance.factors import FACTORS
from songsim_lib.plots import invariance as plots
from songsim_lib.plots import style
from songsim_lib.sources.tunebook import melodies
from songsim_lib.sources.tunebook.music import Bar, Note, Part, Piece
from songsim_lib.systems import System

SPEC = AudioSpec(clip_s=1.35, window_s=1.75, n_mels=64)
RATE = SPEC.sample_rate_hz
# Sets of intervals that no transposition turns into one another.
CHORDS = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 1, 4)]
FEW = {name: replace(FACTORS[name], levels=levels) for name, levels in {
    "transposition": (-6, 0, 6), "tempo": (0.6, 1, 1.6), "noise": (np.inf, 5), "start": (0, 5),
    "instrument": (0, 3, 4)}.items()}
NOISE = [FEW["noise"]]


def system(name: str, represent: Any, distances: Any = metrics.distances, kind: str = "baseline",
           repeat: int = 0) -> System:
    return System(name, f"the {name} system", kind, represent, distances, repeat)


def log_mel(excerpts) -> np.ndarray:
    return excerpts.windows.reshape(len(excerpts), -1).astype(np.float32)


def pitch_classes(excerpts) -> np.ndarray:
    content = np.stack([chroma.mean(axis=1) for chroma in excerpts.chroma])
    return (content / np.linalg.norm(content, axis=1, keepdims=True)).astype(np.float32)


def in_any_key(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.min([metrics.distances(a, np.roll(b, key, axis=1)) for key in range(12)], axis=0)


LOG_MEL = system("log-mel", log_mel)
IN_ANY_KEY = system("pitch classes", pitch_classes, in_any_key)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> pd.DataFrame:
    """One recording of each chord, over and over on an organ; the second work was recorded twice."""
    folder = tmp_path_factory.mktemp("chords")
    rows = []
    for number, chord in enumerate([*CHORDS, CHORDS[1]]):
        begins = np.arange(0, 2.1, 0.3)
        notes = tuple(melody.Played(begin, 0.3, 60 + number + step) for begin in begins for step in chord)
        sound = melody.play(notes, timbres.TIMBRES[2], 2.1, RATE, np.random.default_rng(number))
        path = folder / f"{number}.wav"
        soundfile.write(path, sound, RATE)
        rows.append({"track_id": f"t{number}", "work_id": f"w{number % len(CHORDS) + number // len(CHORDS)}",
                     "path": str(path), "score_id": f"s{number}", "start_bar": 0})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def notation(tmp_path_factory) -> Path:
    """A melody for every work: its chord, note by note."""
    path = tmp_path_factory.mktemp("notation") / "melodies.parquet"
    pieces = [tune(f"s{number}", chord, 60 + number) for number, chord in enumerate([*CHORDS, CHORDS[1]])]
    melodies.save(pieces, {piece.score_id: piece.score_id for piece in pieces}, path)
    return path


def tune(score_id: str, steps: Sequence[int] = (0, 2, 4, 6, 8, 10), lowest: int = 60, rest: int = 0,
         bars: int = 4) -> Piece:
    """Go up and up through `steps`, eight notes a second; in the first bar be silent for `rest` of them."""
    notes = [Note(i * 0.5, 0.5, lowest + steps[i % len(steps)], i) for i in range(8 * bars) if not 0 < i <= rest]
    facts = (("repertoire", "ryan"), ("title", score_id), ("year", 1883))
    return Piece(score_id, (Part("melody", tuple(notes)),), tuple(Bar(4.0 * i, 4.0, "4/4") for i in range(bars)), 0,
                 240.0, "marked", 0, "major", facts)


@pytest.fixture(scope="module")
def table(recordings, notation) -> pd.DataFrame:
    return invariance.measure(recordings, [LOG_MEL, IN_ANY_KEY], SPEC, 6, melodies=notation, factors=FEW.values(),
                              workers=1)


def at(table: pd.DataFrame, factor: str, of: System, score: str = "mrr") -> pd.Series:
    rows = table[(table["factor"] == factor) & (table["system"] == of.name) & table["level"].notna()]
    return rows.set_index("level")[score]


def sine(pitch_hz: float, spec: AudioSpec = SPEC) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * pitch_hz * np.arange(spec.window_samples) / RATE)).astype(np.float32)


def spectrum(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and magnitudes."""
    size = 1 << 18
    return np.fft.rfftfreq(size, 1 / RATE), np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))


def loudest_hz(sound: np.ndarray) -> float:
    pitches, magnitudes = spectrum(sound)
    return float(pitches[magnitudes.argmax()])


@pytest.mark.parametrize("semitones", FACTORS["transposition"].levels)
def test_a_transposed_sine_is_so_many_semitones_higher_and_as_long(semitones):
    moved = factors.transposed(sine(523.25), semitones, SPEC, None)
    assert moved.shape == (SPEC.clip_samples,)
    assert 12 * np.log2(loudest_hz(moved) / 523.25) == pytest.approx(semitones, abs=0.1)


@pytest.mark.parametrize("rate", FACTORS["tempo"].levels)
def test_a_stretched_sine_keeps_its_pitch_and_its_beats_come_faster(rate):
    spec = AudioSpec()
    short = render.excerpt_spec(FACTORS["tempo"], spec)
    time = np.arange(spec.window_samples) / RATE
    beats = (sine(523.25, spec) * (np.cos(2 * np.pi * 4 * time) > 0)).astype(np.float32)
    played = factors.stretched(beats, rate, short, None)
    assert played.shape == (short.clip_samples,)
    assert 12 * np.log2(loudest_hz(played) / 523.25) == pytest.approx(0, abs=0.1)
    pitches, magnitudes = spectrum(np.abs(played))
    slow = (pitches > 1.5) & (pitches < 10)
    assert pitches[slow][magnitudes[slow].argmax()] == pytest.approx(4 * rate, rel=0.02)


def test_a_window_too_short_for_a_tempo_is_refused_and_not_filled_with_silence():
    with pytest.raises(ValueError, match=r"less than an excerpt of 1\.35 s"):
        factors.stretched(sine(440), 1.6, SPEC, None)


@pytest.mark.parametrize("snr_db", FACTORS["noise"].levels)
def test_the_signal_to_noise_ratio_is_exactly_the_one_asked_for(snr_db):
    clean = sine(440)[: SPEC.clip_samples]
    noise = factors.noisy(sine(440), snr_db, SPEC, np.random.default_rng(0)).astype(float) - clean
    if np.isinf(snr_db):
        assert not noise.any()
    else:
        assert 20 * np.log10(clean.std() / noise.std()) == pytest.approx(snr_db, abs=0.01)
        assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.02, "white"


@pytest.mark.parametrize("factor", FACTORS.values(), ids=FACTORS)
def test_every_query_sounds_to_its_end_and_is_as_long_as_its_index(factor, recordings, notation):
    passage = draw.passages(recordings.head(1), SPEC, notation)[0]
    index, *queries = render.clips(passage, factor, SPEC, seed=0)
    assert len(queries) == len(factor.levels)
    for query in (index, *queries):
        assert query.dtype == np.float32 and len(query) == render.excerpt_spec(factor, SPEC).clip_samples
        assert np.isfinite(query).all()
        pieces = np.array_split(query.astype(float), 20)
        assert min(piece.std() for piece in pieces) > 0.01 * query.std()


@pytest.mark.parametrize("timbre", timbres.TIMBRES, ids=lambda timbre: timbre.name)
@pytest.mark.parametrize("midi", [55, 69, 84, 96])
def test_every_timbre_plays_the_pitch_it_is_asked_for(timbre, midi):
    wanted = 440 * 2 ** ((midi - 69) / 12)
    pitches, magnitudes = spectrum(timbre.note(wanted, 1.0, RATE, np.random.default_rng(0)))
    near = (pitches > 0.9 * wanted) & (pitches < 1.1 * wanted)
    assert abs(1_200 * np.log2(pitches[near][magnitudes[near].argmax()] / wanted)) < 15  # cents, vibrato included
    assert magnitudes[near].max() > 0.3 * magnitudes.max()
    assert magnitudes[pitches < 0.9 * wanted].max() < 0.1 * magnitudes[near].max(), "nothing sounds below the note"


def test_timbres_differ_in_spectrum_and_none_folds_back_above_half_the_rate():
    shapes = []
    for timbre in timbres.TIMBRES:
        pitches, magnitudes = spectrum(timbre.note(440, 1.0, RATE, np.random.default_rng(0)))
        bands = np.array([np.square(magnitudes[(pitches >= low) & (pitches < low * 2**0.5)]).sum()
                          for low in 330 * 2 ** np.arange(0, 5, 0.5)])
        shapes.append(10 * np.log10(bands / bands.sum() + 1e-5))
        high = timbre.note(3_520, 0.3, RATE, np.random.default_rng(0))  # a fourth harmonic would fold to 8 kHz
        pitches, magnitudes = spectrum(high)
        folded = magnitudes[(pitches > 7_700) & (pitches < 8_200)].max()
        assert folded < 0.05 * magnitudes.max()
    for one, shape in enumerate(shapes):
        for other in shapes[:one]:
            assert np.abs(shape - other).max() > 6  # dB in some half octave


def test_a_passage_plays_the_written_notes_in_their_key_and_tempo():
    notes = melody.passage(tune("a"), 0, 1.0)
    assert [note.pitch for note in notes] == [60, 62, 64, 66, 68, 70, 60, 62]
    assert [note.start_s for note in notes] == pytest.approx(np.arange(0, 1, 0.125))
    slow = tuple(melody.Played(2 * note.start_s, 2 * note.lasts_s, note.pitch) for note in notes)
    sound = melody.play(slow, timbres.TIMBRES[0], 2.0, RATE, np.random.default_rng(0))
    for note in slow[:6]:
        part = sound[round((note.start_s + 0.05) * RATE) : round((note.start_s + 0.23) * RATE)]
        assert 69 + 12 * np.log2(loudest_hz(part) / 440) == pytest.approx(note.pitch, abs=0.3)


def test_a_passage_avoids_long_rests_and_goes_round_at_the_end():
    resting = melody.passage(tune("a", rest=6), 0, 2.0)  # 6 / 8 s
    assert resting[0].pitch == 60 + 2 * (8 % 6) and len(resting) == 16, "begins a bar later"
    assert len(melody.passage(tune("a"), 3, 2.0)) == 16, "one bar of the end, one of the beginning"


def test_a_melody_that_rests_everywhere_is_refused_by_name():
    with pytest.raises(ValueError, match="lied-7: its melody has no 2 s"):
        melody.passage(tune("lied-7", rest=6, bars=1), 0, 2.0)


def test_pitch_classes_in_any_key_do_not_mind_transposition_and_log_mel_does(table):
    flat, falling = at(table, "transposition", IN_ANY_KEY), at(table, "transposition", LOG_MEL)
    assert flat.min() > 0.9
    assert falling[0] == 1 and falling[[-6, 6]].max() < 0.7


def test_without_a_change_every_system_finds_every_work(table):
    for name, factor in FACTORS.items():
        for one in (LOG_MEL, IN_ANY_KEY):
            for score in ("mrr", "first"):
                assert at(table, name, one, score)[factor.unchanged] == 1


def test_every_factor_has_its_levels_in_words_and_an_overall_row(table):
    for name, factor in FEW.items():
        rows = table[(table["factor"] == name) & (table["system"] == LOG_MEL.name)]
        assert rows["level"].dropna().tolist() == list(factor.levels)
        assert rows["label"].tolist() == [*map(factor.label, factor.levels), "all changes"]
        changed = rows[rows["level"].notna() & (rows["level"] != factor.unchanged)]
        assert rows["mrr"][rows["level"].isna()].item() == pytest.approx(changed["mrr"].mean())
    assert (table["mrr_low"] <= table["mrr"]).all() and (table["mrr"] <= table["mrr_high"]).all()


def test_the_levels_reach_as_far_as_the_issue_asks_and_have_names_of_their_own():
    assert {abs(level) for level in (min(FACTORS["transposition"].levels), max(FACTORS["transposition"].levels))} == {6}
    assert (min(FACTORS["tempo"].levels), max(FACTORS["tempo"].levels)) == (0.6, 1.6)
    for factor in FACTORS.values():
        assert factor.unchanged in factor.levels
        assert len({factor.label(level) for level in factor.levels}) == len(factor.levels)


def test_two_runs_give_the_same_table_in_whatever_order_the_recordings_are_listed(recordings, notation):
    options: Any = {"spec": SPEC, "n_works": 2, "melodies": notation, "factors": [FEW["noise"], FEW["instrument"]],
                    "workers": 1}
    one, two = (invariance.measure(rows, [LOG_MEL, IN_ANY_KEY], **options)
                for rows in (recordings, recordings.iloc[::-1]))
    assert_frame_equal(one, two)


def test_what_was_rendered_is_kept_until_something_changes(recordings, tmp_path, monkeypatch):
    def run(seed: int = 0) -> pd.DataFrame:
        return invariance.measure(recordings, [LOG_MEL], SPEC, 3, seed, cache=tmp_path, factors=NOISE, workers=1)

    first = run()
    monkeypatch.setattr(render, "clips", lambda *_: pytest.fail("rendered again"))
    assert_frame_equal(run(), first)
    with pytest.raises(pytest.fail.Exception, match="rendered again"):
        run(seed=1)


def test_a_study_is_measured_on_test_works_as_long_as_there_are_enough(recordings, tmp_path, monkeypatch):
    monkeypatch.setattr("songsim_lib.invariance.scores.hear", lambda *given: render.hear(*given[:-1], workers=1))
    works = recordings.head(6).assign(split=["validation", "test"] * 3)
    study: Any = SimpleNamespace(unseen=lambda: works, spec=SPEC, seed=0, store_folder=tmp_path)
    for n_works, heard in ((2, {"t1", "t3", "t5"}), (5, set(works["track_id"]))):
        found = invariance.of_study(study, [LOG_MEL], n_works, NOISE)
        with np.load(tmp_path / "invariance" / "noise.npz") as kept:
            assert set(kept["track_ids"]) <= heard and (found["n"] == n_works).all()


def test_one_recording_of_each_work_is_drawn_and_another_seed_draws_others(recordings):
    drawn = draw.works(recordings, 6, seed=0)
    assert drawn["work_id"].is_unique and len(drawn) == 6
    assert drawn.equals(draw.works(recordings.sample(frac=1, random_state=3), 6, seed=0))
    samples = {tuple(draw.works(recordings, 3, seed)["track_id"]) for seed in range(10)}
    assert len(samples) > 5


def test_trainings_of_one_model_are_averaged_query_by_query(recordings, tmp_path):
    def guess(seed: int) -> System:
        return system("net", len, lambda a, b: np.random.default_rng(seed).random((a, b)), "model", seed)

    options: Any = {"spec": SPEC, "n_works": 4, "factors": NOISE, "workers": 1, "cache": tmp_path}
    one, two = (invariance.measure(recordings, [guess(seed)], **options)["mrr"] for seed in (0, 1))
    both = invariance.measure(recordings, [guess(0), guess(1)], **options)
    assert (both["repeats"] == 2).all() and len(both) == 3
    np.testing.assert_allclose(both["mrr"], (one + two) / 2)
    np.testing.assert_allclose(both["mrr_least"], np.minimum(one, two))
    np.testing.assert_allclose(both["mrr_most"], np.maximum(one, two))


def test_random_orders_score_what_chance_says():
    orders = np.argsort(np.random.default_rng(0).random((20_000, 7)), axis=1)[:, 0] + 1.0
    assert invariance.chance(7)["mrr"] == pytest.approx(np.mean(1 / orders), abs=0.01)
    assert invariance.chance(7)["first"] == pytest.approx(1 / 7)


def test_a_recording_that_cannot_be_read_is_left_out_by_name(recordings):
    broken = recordings.head(4).assign(path=[*recordings["path"][:3], "/nowhere/lost.wav"])
    with pytest.warns(UserWarning, match=r"1 of 4 works are left out: /nowhere/lost.wav: no such file"):
        found = invariance.measure(broken, [LOG_MEL], SPEC, 4, factors=NOISE, workers=1)
    assert (found["n"] == 3).all() and (found["first_chance"] == 1 / 3).all()


@pytest.mark.parametrize("systems, columns, n_works, complaint", [
    ([], [], 4, "no system"),
    ([LOG_MEL, LOG_MEL], [], 4, r"more than one system is called log-mel \(repeat 0\)"),
    ([LOG_MEL], ["work_id"], 4, r"lack the column\(s\) work_id"),
    ([LOG_MEL], [], 1, "at least two works"),
    ([system("broken", len, lambda a, b: np.full((a, b), np.nan))], [], 3, "broken gives"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused_with_the_reason(recordings, systems, columns, n_works, complaint):
    with pytest.raises(ValueError, match=complaint):
        invariance.measure(recordings.drop(columns=columns), systems, SPEC, n_works, factors=NOISE, workers=1)


def labels_of(figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("metric", plots.METRICS)
def test_the_curves_name_every_system_once_and_state_chance(table, metric):
    figure = plots.curves(table, metric)
    figure.canvas.draw()
    names = labels_of(figure)
    assert all(names.count(one.title) == 1 for one in (LOG_MEL, IN_ANY_KEY))
    assert "guessing among 6 works" in names
    for ax in figure.axes[: len(FACTORS)]:
        level = table[f"{metric}_chance"].iloc[0]
        assert any(np.allclose(line.get_ydata(), level) for line in ax.lines if len(line.get_ydata()) == 2)
    plt.close(figure)


def test_nine_systems_have_nine_looks_and_fit_on_the_page(table):
    title = "ResNet-18, batch 64, last block unfrozen, dropout 0.8 (ImageNet trunk)"
    crowd = pd.concat([table[table["system"] == LOG_MEL.name].assign(
        system=str(number), title=f"{number} {title}", kind="model" if number < 3 else "baseline")
        for number in range(9)])
    looks = plots._looks(crowd)
    assert len({(look["color"], look["linestyle"]) for look in looks.values()}) == 9
    assert len({look["marker"] for look in looks.values()}) == 9
    for figure in (plots.curves(crowd), plots.summary(crowd)):
        figure.canvas.draw()
        texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text().strip()]
        assert min(text.get_fontsize() for text in texts) >= style.SMALL_PT
        boxes = [text.get_window_extent() for text in texts if text.get_visible()]
        assert min(box.x0 for box in boxes) > -1 and max(box.x1 for box in boxes) < figure.bbox.width + 1
        plt.close(figure)


def test_recordings_without_notation_leave_a_panel_that_says_why(recordings):
    found = invariance.measure(recordings.drop(columns="score_id"), [LOG_MEL], SPEC, 3, workers=1,
                               factors=[FEW["noise"], FEW["instrument"]])
    assert set(found["factor"]) == {"noise"}
    texts = [" ".join(text.get_text().split()) for ax in plots.curves(found).axes for text in ax.texts]
    assert any("without notation" in text for text in texts) and any("Tempo was not measured" in text for text in texts)
    plt.close("all")


def test_the_summary_shows_what_each_system_withstands_and_chance(table):
    figure = plots.summary(table)
    shown = np.array([float(text.get_text()) for text in figure.axes[0].texts]).reshape(3, len(FACTORS))
    overall = table[table["level"].isna()].pivot(index="system", columns="factor", values="mrr")
    np.testing.assert_allclose(shown[0], overall.loc[LOG_MEL.name, list(FACTORS)], atol=0.005)
    np.testing.assert_allclose(shown[2], invariance.chance(6)["mrr"], atol=0.005)
    plt.close(figure)


@pytest.mark.parametrize("broken, metric, complaint", [(slice(None), "map", "valid: mrr, first"),
                                                       (slice(0), "mrr", "no rows")])
def test_a_table_that_cannot_be_drawn_is_refused_with_the_reason(table, broken, metric, complaint):
    with pytest.raises(ValueError, match=complaint):
        plots.curves(table[broken], metric)
