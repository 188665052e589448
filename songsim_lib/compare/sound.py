"""A sound file that is to be compared: read once, its samples and its chroma shared by all who listen to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from songsim_lib import audio, cqt
from songsim_lib import chroma as chromas
from songsim_lib.audio import AudioError
from songsim_lib.composition.listening import BATCH, LEAST_NOTE_DB, Points, clearest_note_db
from songsim_lib.config import AudioSpec
from songsim_lib.device import Batches, best_device, embed, place
from songsim_lib.models import Embedder

LEAST_S = 5.0  # of a recording: two or three bars
LONGEST_S = audio.LONGEST_S


@dataclass(frozen=True)
class Sound:
    """A recording: where it is from, `samples` [shape=(n,)] at `spec.sample_rate_hz`, and how long it lasts."""

    path: str
    samples: np.ndarray = field(repr=False, compare=False)
    spec: AudioSpec

    @property
    def duration_s(self) -> float:
        """How long it lasts, in seconds."""
        return len(self.samples) / self.spec.sample_rate_hz

    @cached_property
    def chroma(self) -> np.ndarray:
        """Its chroma [shape=(12, T)], as of `songsim_lib.chroma`."""
        return chromas.chroma(self.samples, self.spec)


def hear(path: str | Path, spec: AudioSpec) -> Sound:
    """Read one of two recordings to compare, mono, at `spec.sample_rate_hz`.

    Raises
    ------
    AudioError : as of `audio.load`; shorter than LEAST_S, or longer than LONGEST_S, which an alignment cannot take.
    """
    samples = audio.load(path, spec, least_s=LEAST_S, longest_s=LONGEST_S + 1)
    if len(samples) > (LONGEST_S + 0.5) * spec.sample_rate_hz:
        raise AudioError(f"{path}: longer than {LONGEST_S / 60:g} minutes, the most that can be compared; "
                         "cut out the part in question")
    return Sound(str(path), samples, spec)


def points(sound: Sound, net: Embedder, device: torch.device | None = None) -> Points:
    """Embed the windows of a sound that has been read: what `listening.embed_file` gives of its file."""
    device = device or best_device()
    levels = cqt.windows(sound.samples, sound.spec)
    vectors = embed(place(net, device), Batches(levels, cqt.SCALE, device), np.arange(len(levels)), BATCH)
    column_s = cqt.HOP_LENGTH / sound.spec.sample_rate_hz
    starts_s = column_s * np.array(cqt.starts(1 + len(sound.samples) // cqt.HOP_LENGTH))
    valid = np.array([clearest_note_db(window) >= LEAST_NOTE_DB for window in levels])
    return Points(vectors, starts_s, starts_s + (levels.shape[2] - 1) * column_s, valid)
