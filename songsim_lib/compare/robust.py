"""Pairs of which the answer is known: copies of one recording, noise, and tunes that two books print."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import librosa
import numpy as np
import pandas as pd

from songsim_lib import splits
from songsim_lib.compare.comparison import NEITHER, SAME_RECORDING, Comparison, between
from songsim_lib.compare.sound import LEAST_S, Sound, hear
from songsim_lib.composition.conditions import through_mp3
from songsim_lib.config import AudioSpec
from songsim_lib.engrave.family import confirmed, printed
from songsim_lib.models import Embedder
from songsim_lib.sources import tunebook
from songsim_lib.text import span


def cases(sound: Sound, net: Embedder) -> Iterator[tuple[str, Comparison, str]]:
    """Compare a recording with copies of itself, and with noise: what it is, what was found, what must be found."""
    rate_hz, n = sound.spec.sample_rate_hz, len(sound.samples)
    later = sound.samples[n // 5 :] if sound.duration_s >= 1.25 * LEAST_S else sound.samples
    noise = 0.1 * np.random.default_rng(0).normal(size=n).astype(np.float32)
    dull = librosa.resample(librosa.resample(sound.samples, orig_sr=rate_hz, target_sr=16_000), orig_sr=16_000,
                            target_sr=rate_hz)
    for name, samples, due in (
            ("the same file", sound.samples, SAME_RECORDING),
            ("its last four fifths", later, SAME_RECORDING),
            ("a copy as MP3 of 30 kbit/s", through_mp3(sound.samples, rate_hz), SAME_RECORDING),
            ("a copy without anything above 8 kHz", dull, SAME_RECORDING),
            ("as much noise", noise, NEITHER)):
        yield name, between(sound, Sound(name, samples, sound.spec), net), due


def table(found: Iterator[tuple[str, Comparison, str]]) -> pd.DataFrame:
    """Set what was said beside what had to be."""
    rows = []
    for name, one, due in found:
        said, calibrated = one.verdict, one.calibrated
        rows.append({"beside the first recording": name, "verdict": said, "must be": due,
                     "p-value": calibrated.rarity() if calibrated else "",
                     "passage": _passage(one), "as it must be": said == due})
    return pd.DataFrame(rows)


def _passage(found: Comparison) -> str:
    first = next(iter(found.passages), None)
    return "none" if first is None else span(first.start_a_s, first.end_a_s)


def variants(net: Embedder, spec: AudioSpec, most: int) -> pd.DataFrame:
    """Compare tunes of the corpus that two collections print under different titles; test works, the first `most`."""
    edition = tunebook.catalog()
    rows = edition[splits.held_out(edition)].drop_duplicates("score_id").set_index("score_id")
    pairs = confirmed("tunebook")
    pairs = pairs[pairs["score_a"].isin(rows.index) & pairs["score_b"].isin(rows.index)
                  & (pairs["repertoire_a"] != pairs["repertoire_b"]) & ~pairs["same_title"]]
    told = []
    for pair in islice(pairs.drop_duplicates("work_id").itertuples(), most):
        both = [rows.loc[score] for score in (pair.score_a, pair.score_b)]
        found = between(hear(both[0]["path"], spec), hear(both[1]["path"], spec), net)
        first, second = (f"{row['title']}, {printed(row)}" for row in both)
        stated = found.calibrated
        told.append({"first": first, "second": second, "verdict": found.verdict,
                     "p-value": stated.rarity() if stated else "", "passage": _passage(found)})
    return pd.DataFrame(told)
