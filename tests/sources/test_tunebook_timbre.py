"""The identity check: the average sound of a recording must not tell which work it is.

Were two performances of a work alike in their mean spectrum, a model could find works without hearing any music.
"""

from __future__ import annotations

import warnings
from math import comb

import librosa
import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from songsim_lib.sources import tunebook

MOST_WORKS = 150
HALVED = 60
CHOICES = 10  # a forced choice among ten works: chance 10 %
TWICE_CHANCE = 2 / CHOICES


def statistics(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Mean and standard deviation of each log-mel band [shape=(256,)]."""
    power = librosa.feature.melspectrogram(y=samples, sr=rate_hz, n_fft=2048, hop_length=1024, n_mels=128)
    decibels = librosa.power_to_db(power, ref=np.max, top_db=80)
    return np.concatenate([decibels.mean(axis=1), decibels.std(axis=1)])


def sampled(corpus: pd.DataFrame) -> pd.DataFrame:
    """Paths of the performances 1 and 2 of one score for each of up to 150 works [columns 1 and 2]."""
    first = corpus[(corpus["window"] == 1) & corpus["performance"].isin([1, 2])]
    pairs = first.pivot(index=["work_id", "score_id"], columns="performance", values="path").dropna()
    pairs = pairs.groupby("work_id").first()
    return pairs.sample(min(MOST_WORKS, len(pairs)), random_state=0)


def ranks(scores: np.ndarray) -> np.ndarray:
    """How many wrong works score higher than the right one; scores [shape=(n_queries, n_works)], right = diagonal."""
    return (scores > np.diag(scores)[:, None]).sum(axis=1)


def nearest(known: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Scores of the nearest-neighbour classifier, all features standardised."""
    scale = StandardScaler().fit(known)
    return -((scale.transform(heard)[:, None] - scale.transform(known)[None]) ** 2).sum(axis=-1)


def logistic(known: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Scores of a logistic regression that knows every work by one recording."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.filterwarnings("ignore", message=".*unique classes")  # one recording a work: meant so
        model.fit(known, np.arange(len(known)))
    return model.decision_function(heard)


def forced_choice(found: np.ndarray) -> float:
    """Expected accuracy when the right work stands among nine others drawn at random."""
    others = len(found) - 1
    return float(np.mean([comb(others - int(rank), CHOICES - 1) / comb(others, CHOICES - 1) for rank in found]))


def report(name: str, found: np.ndarray) -> str:
    """Both accuracies in words, with the 95 % interval of the full choice."""
    hits, works = int((found == 0).sum()), len(found)
    low, high = binomtest(hits, works).proportion_ci(method="wilson")
    return (f"{name}: {forced_choice(found):.3f} of {CHOICES}-way choices (chance {1 / CHOICES}); among all {works} "
            f"works {hits} right, {hits / works:.3f} [{low:.3f}, {high:.3f}] (chance {1 / works:.4f})")


@pytest.fixture(scope="module")
def sounds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Statistics of performance 1, of performance 2, and of both halves of some of the first [shape=(n, ..., 256)]."""
    one, two, halves = [], [], []
    with threadpool_limits(1):  # for such small matrices threads only wait for each other
        for pair in sampled(tunebook.catalog()).itertuples(index=False):
            samples, rate_hz = soundfile.read(pair[0], dtype="float32")
            one.append(statistics(samples, rate_hz))
            two.append(statistics(*soundfile.read(pair[1], dtype="float32")))
            if len(halves) < HALVED:
                halves.append([statistics(half, rate_hz) for half in np.array_split(samples, 2)])
    return np.array(one), np.array(two), np.array(halves)


@pytest.mark.parametrize("classifier", [nearest, logistic])
def test_the_average_sound_does_not_tell_the_work(sounds, classifier):
    one, two, _ = sounds
    assert len(one) >= 60
    for name, known, heard in (("1 to 2", one, two), ("2 to 1", two, one)):
        found = ranks(classifier(known, heard))
        told = report(f"{classifier.__name__}, performance {name}", found)
        print(told)
        assert forced_choice(found) <= TWICE_CHANCE, told
        hits = int((found == 0).sum())  # so few hits are expected that only clearly more than twice chance counts
        assert binomtest(hits, len(found), 2 / len(found), alternative="greater").pvalue > 0.01, told


def test_the_check_finds_identity_where_there_is_some(sounds):
    """Two halves of one recording sound alike: the classifier must tell them, or the check above proves nothing."""
    halves = sounds[2]
    found = ranks(nearest(halves[:, 0], halves[:, 1]))
    assert forced_choice(found) > 0.8, report("halves", found)
