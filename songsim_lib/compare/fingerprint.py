"""The seam for a trained fingerprint: a network of the study in the place of the landmarks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from songsim_lib import runs
from songsim_lib.compare.sound import Sound
from songsim_lib.compare.witnesses import Recording
from songsim_lib.composition import comparing
from songsim_lib.composition.conditions import worn
from songsim_lib.config import EXPERIMENTS, AudioSpec
from songsim_lib.device import Batches, best_device, embed, place
from songsim_lib.features import log_mel, quantise
from songsim_lib.models import Embedder
from songsim_lib.study import Study

STEPS = 2  # windows begin every half clip, so that a cropped copy has one that begins near


def recording(a: np.ndarray, b: np.ndarray, spec: AudioSpec, net: Embedder, same_from: float | None = None,
              device: torch.device | None = None) -> Recording:
    """Ask a network that was trained on log-mels whether two sounds are one recording.

    Parameters
    ----------
    a, b [shape=(n,)] : mono, at `spec.sample_rate_hz`; what is shorter than a clip is followed by silence.
    net : (B, 1, n_mels, n_frames) dB in, as `models.Embedder`.
    same_from : the least cosine of one recording; without it nothing is decided (`same` is None).

    Returns
    -------
    Recording : its similarity is the mean cosine of the best pairs of windows (`comparing.distances`).
    """
    device = device or best_device()
    net = place(net, device)
    sides = []
    for samples in (a, b):
        levels = windows(samples, spec)
        vectors = embed(net, Batches(levels, spec, device), np.arange(len(levels)))
        sides.append(comparing.Embedded(vectors, np.array([len(vectors)])))
    similarity = float(1 - comparing.distances(*sides)[0, 0])
    return Recording(similarity, None if same_from is None else similarity >= same_from, None, "network")


def of_run(study: Study, a: Sound, b: Sound) -> pd.DataFrame:
    """Ask the report's networks, as far as this run has trained them: cosines of a with b, and with a copy of itself.

    The copy is noisy and went through a lossy codec (`conditions.worn`): the same recording.
    """
    copy, rows = worn(a.samples, a.spec, seed=0), []
    for experiment in EXPERIMENTS.values():
        if run := runs.load(study, experiment):
            net = run.model()
            heard = [recording(a.samples, other, a.spec, net, device=study.device).similarity
                     for other in (b.samples, copy)]
            rows.append((run.title, *heard))
    return pd.DataFrame(rows, columns=["network", "with the second recording", "with a worn copy of the first"])


def windows(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Draw the log-mels of a sound's overlapping clips [shape=(W, n_mels, n_frames)], uint8."""
    samples = np.pad(samples, (0, max(0, spec.clip_samples - len(samples))))
    starts = range(0, len(samples) - spec.clip_samples + 1, spec.clip_samples // STEPS)
    return np.stack([quantise(log_mel(samples[start : start + spec.clip_samples], spec), spec) for start in starts])
