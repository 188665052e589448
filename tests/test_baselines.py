"""The classical cover baselines know a melody in another key, at another tempo, and inside another recording."""

import subprocess
import sys

import librosa
import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from test_chroma import SPEC, play

from songsim_lib import audio
from songsim_lib.baselines import fourier2d, longest_passage, qmax
from songsim_lib.chroma import FRAME_S, chroma
from songsim_lib.paths import ROOT

MUSIC = ROOT.parent / "shared" / "music"


def pitches(seed, notes=24):
    """A melody in C major, one of many."""
    return 60 + np.random.default_rng(seed).choice([0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19], notes)


@pytest.fixture(scope="module")
def melodies():
    return [chroma(play(pitches(seed), 8.0), SPEC) for seed in range(6)]


@pytest.fixture(scope="module")
def transposed():
    return chroma(play(pitches(0) + 4, 8.0), SPEC)


@pytest.fixture(scope="module")
def faster():
    return chroma(play(pitches(0) - 3, 8.0 / 1.2), SPEC)


def noise(frames, seed):
    return np.random.default_rng(seed).random((12, frames)).astype(np.float32)


def test_baselines_are_imported_without_torch_and_librosa():
    code = "import sys, songsim_lib.baselines; sys.exit(any(name in sys.modules for name in ('torch', 'librosa')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_rolled_chroma_has_the_same_2d_fourier_magnitude(melodies):
    embedded = fourier2d.embed([np.roll(melodies[0], shift, axis=0) for shift in range(12)])
    assert np.allclose(embedded, embedded[0], atol=1e-6)
    assert np.linalg.norm(embedded[0] - fourier2d.embed(melodies[1:2])[0]) > 0.1


def test_a_transposed_melody_keeps_its_2d_fourier_magnitude(melodies, transposed):
    apart = np.linalg.norm(fourier2d.embed(melodies) - fourier2d.embed([transposed]), axis=1)
    assert apart[0] < 0.5 * apart[1:].min()


def test_2d_fourier_embeddings_have_unit_length_for_any_duration_and_silence_is_zero():
    embedded = fourier2d.embed([noise(frames, 0) for frames in (10, 75, 107, 900)])
    assert np.allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)
    assert not fourier2d.embed([np.zeros((12, 107), np.float32)]).any()


def test_qmax_finds_a_melody_in_another_key_and_tempo(melodies, transposed, faster):
    apart = qmax.distances([transposed, faster], melodies, workers=1)
    assert (apart[:, 0] < 0.8 * apart[:, 1:].min(axis=1)).all()


def test_the_transposition_found_is_the_one_played(melodies, transposed, faster):
    assert qmax.align(melodies[0], transposed).semitones == 4
    assert qmax.align(transposed, melodies[0]).semitones == 8
    assert qmax.align(melodies[0], faster).semitones == 9


def test_the_path_of_a_faster_melody_has_its_tempo(melodies, faster):
    path = qmax.align(melodies[0], faster).path
    assert np.polyfit(path[:, 1], path[:, 0], 1)[0] == pytest.approx(1.2, abs=0.08)


def test_the_quick_score_is_that_of_librosas_alignment():
    rng = np.random.default_rng(0)
    for _ in range(300):
        near = rng.random(rng.integers(2, 40, 2)) < rng.choice([0, 0.05, 0.3, 0.9, 1])
        assert longest_passage.qmax(near) == librosa.sequence.rqa(near.astype(np.float32), backtrack=False).max()


def test_qmax_is_symmetric_and_finite(melodies, transposed):
    apart = qmax.distances(everyone := [*melodies, transposed], everyone, workers=1)
    assert np.array_equal(apart, apart.T) and np.isfinite(apart).all() and (apart > 0).all()
    other_way = qmax.distances(everyone, list(everyone), workers=1)
    assert np.allclose(apart, other_way)


def test_processes_do_not_change_distances(melodies, transposed):
    assert np.array_equal(qmax.distances(melodies, [transposed, *melodies], workers=2),
                          qmax.distances(melodies, [transposed, *melodies], workers=1))


def naive_recurrence(a, b):
    a, b = a.reshape(len(a), -1).astype(float), b.reshape(len(b), -1).astype(float)
    apart = np.array([[np.sum((x - y) ** 2) for y in b] for x in a])
    found = np.zeros(apart.shape, bool)
    for i in range(len(a)):
        for j in range(len(b)):
            in_row = np.sum(apart[i] < apart[i, j]) < max(1, round(qmax.NEIGHBOURS * len(b)))
            in_column = np.sum(apart[:, j] < apart[i, j]) < max(1, round(qmax.NEIGHBOURS * len(a)))
            found[i, j] = in_row and in_column
    return found


def naive_qmax(matrix):
    """Equations 5 and 6 of Serra, Serra & Andrzejak 2009 with both gap costs 1, zero outside."""
    score = np.zeros((matrix.shape[0] + 2, matrix.shape[1] + 2))
    for i, j in np.ndindex(*matrix.shape):
        before = max(score[i + 1, j + 1], score[i, j + 1], score[i + 1, j])
        score[i + 2, j + 2] = before + 1 if matrix[i, j] else max(0, before - 1)
    return score.max()


def test_recurrence_and_score_agree_with_naive_loops():
    a, b = noise(40, 0), noise(55, 1)
    b[:, 20:45] = np.roll(a[:, 5:30], 2, axis=0)
    found = qmax.align(a, b)
    rolled = qmax.states(np.roll(a, found.semitones, axis=0), 1)
    assert np.array_equal(found.recurrence, naive_recurrence(rolled, qmax.states(b, 1)))
    assert found.score == naive_qmax(found.recurrence)
    assert qmax.distances([a], [b], workers=1)[0, 0] == pytest.approx(np.sqrt(40 - qmax.STACKED + 1) / found.score)


def test_a_passage_inside_two_longer_recordings_is_found_where_it_is():
    a, b = noise(100, 0), noise(100, 1)
    b[:, 50:90] = np.roll(a[:, 10:50], 5, axis=0)
    found = qmax.align(a, b)
    inside = (found.path[:, 0] >= 10) & (found.path[:, 0] <= 50 - qmax.STACKED)
    assert found.semitones == 5 and found.frame_s == FRAME_S
    assert inside.sum() >= 30 and (found.path[inside, 1] - found.path[inside, 0] == 40).all()
    assert qmax.distances([a], [b], workers=1) < 0.5 * qmax.distances([a], [noise(100, 2)], workers=1)


def test_recordings_of_different_length_are_read_at_one_pace():
    long = noise(330, 0)
    short = long[:, 120:228]
    assert qmax.pooling(short, long) == qmax.pooling(long, short) == 3 and qmax.pooling(short, short) == 1
    found = qmax.align(short, long)
    assert (found.path[:, 1] - found.path[:, 0] == 40).mean() > 0.9 and found.frame_s == pytest.approx(3 * FRAME_S)


def test_chroma_too_short_to_align_is_named():
    short = noise(qmax.SHORTEST - 1, 0)
    with pytest.raises(ValueError, match=f"chroma 1 is too short to align: {qmax.SHORTEST - 1} frames"):
        qmax.distances([noise(100, 0), short], [noise(100, 1)])
    assert np.isfinite(qmax.distances([noise(qmax.SHORTEST, 0)], [noise(2_000, 1)], workers=1)).all()


def test_chroma_that_is_none_is_named():
    with pytest.raises(ValueError, match="chroma 0 is not a finite array"):
        qmax.distances([noise(50, 0).T], [noise(50, 1)])
    with pytest.raises(ValueError, match="chroma 1 is not a finite array"):
        qmax.align(noise(50, 0), np.full((12, 50), np.nan))


def test_silence_is_like_nothing_not_even_silence(melodies):
    silence = np.zeros((12, 100), np.float32)
    apart = qmax.distances([silence, melodies[0]], [silence, melodies[0], melodies[1]], workers=1)
    assert np.isfinite(apart).all() and apart[0].min() > apart[1, 2] > apart[1, 1]
    assert len(qmax.align(silence, melodies[0]).path) == 0


@pytest.mark.skipif(not (MUSIC / "index.csv").is_file(), reason="no real music beside the repository")
def test_qmax_finds_the_other_performance_of_real_music():
    """10 works of the dev split, two recordings each: chance has MAP 0.19, the whole dev split gives 0.94."""
    table = pd.read_csv(MUSIC / "index.csv").query("split == 'dev'").dropna(subset="work_id")
    table = table.drop_duplicates("recording_id").groupby("work_id").filter(lambda group: len(group) > 1)
    table = table.groupby("work_id").head(2).head(20)
    sounds = [audio.load(MUSIC / file, SPEC)[: 20 * SPEC.sample_rate_hz] for file in table["file"]]
    heard = Parallel(n_jobs=2)(delayed(chroma)(sound, SPEC) for sound in sounds)
    apart, works = qmax.distances(heard, heard), table["work_id"].to_numpy()
    np.fill_diagonal(apart, np.inf)
    ranks = [1 + np.sum(row < row[(works == work) & np.isfinite(row)].min())
             for row, work in zip(apart, works, strict=True)]
    assert np.mean(1 / np.array(ranks)) >= 0.85
