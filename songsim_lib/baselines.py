"""What a model must beat: distances between spectrograms without one, and an untrained network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from songsim_lib import models
from songsim_lib.config import EXPERIMENTS
from songsim_lib.device import Batches, embed
from songsim_lib.features import dequantise
from songsim_lib.files import read_json, write_json
from songsim_lib.study import Study
from songsim_lib.triplets import VALIDATION, pairs
from songsim_lib.validate import Judgement, clips, fixed_negatives, judge


@dataclass(frozen=True)
class Baseline:
    """A named way to compare spectrograms without training.

    `embed` maps dB (n, F, T) to (n, D), or to (n, R, D), whose distance is the mean over R parts.
    """

    name: str
    title: str
    embed: Callable[[np.ndarray], np.ndarray]


def _unit(x: np.ndarray) -> np.ndarray:
    """Scale each row (n, D) to unit length."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def as_reported(decibels: np.ndarray) -> np.ndarray:
    """Normalise as the report did, over the channel axis of (n, 1, F, T), which has length 1.

    Every value becomes -1 or 0, so nearly all distances vanish and the loss is the margin, whatever the
    songs are (FACTS, 3.1). The distance is taken along time and averaged over mel bands, as
    `TripletMarginLoss` does with pictures.
    """
    return np.sign(decibels)


def flat_l2(decibels: np.ndarray) -> np.ndarray:
    """Flatten the whole spectrogram and scale it to unit length: (n, F, T) -> (n, F * T)."""
    return _unit(decibels.reshape(len(decibels), -1))


def band_mean_removed(decibels: np.ndarray) -> np.ndarray:
    """Take each mel band's mean over time away before flattening: what is left is how bands move."""
    return flat_l2(decibels - decibels.mean(axis=2, keepdims=True))


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline("as_reported", "no model, as the report did it", as_reported),
        Baseline("flat_l2", "log-mel, flat L2", flat_l2),
        Baseline("band_mean_removed", "log-mel, per-mel-band mean removed", band_mean_removed),
    )
}
UNTRAINED = "untrained"
TITLES = {name: baseline.title for name, baseline in BASELINES.items()} | {UNTRAINED: "untrained ResNet-18"}


def untrained(data: Batches, rows: np.ndarray, seed: int) -> np.ndarray:
    """Embed rows with a ResNet-18 that has learned nothing [shape=(len(rows), 128)]."""
    torch.manual_seed(seed)
    model = models.ResNet18(dropout=EXPERIMENTS["resnet18_b32_all"].dropout, weights=None)
    return embed(model.to(data.device, memory_format=torch.channels_last), data, rows)


def judgements(study: Study, margin: float = 1.0) -> dict[str, Judgement]:
    """Judge every baseline on the study's validation triplets, the very ones that models are judged on."""
    store = study.store()
    validation = pairs(study.catalog(), store, VALIDATION)
    negatives, rows = fixed_negatives(validation, study.seed), clips(validation)
    decibels = dequantise(store.features[rows].astype(np.float32), study.spec)
    found = {name: judge(validation, negatives, baseline.embed(decibels), margin)
             for name, baseline in BASELINES.items()}
    embedded = untrained(Batches(store.features, study.spec, study.device), rows, study.seed)
    return found | {UNTRAINED: judge(validation, negatives, embedded, margin)}


def measure(study: Study) -> dict[str, dict[str, Any]]:
    """Score every baseline, once for each feature store; later calls read `baselines.json`.

    Returns
    -------
    For each name: title, and the scores of `Judgement.summary` with their intervals.
    """
    path, data = study.folder / "baselines.json", study.store().about["content"]
    found = read_json(path, default={})
    if found.get("data") != data:
        scores = {name: {"title": TITLES[name]} | judgement.summary()
                  for name, judgement in judgements(study).items()}
        found = {"data": data, "scores": scores}
        write_json(path, found)
    return found["scores"]
