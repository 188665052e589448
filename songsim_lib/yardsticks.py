"""Every baseline measured on a study's own validation triplets, an untrained network included."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from songsim_lib import models
from songsim_lib.baselines import BASELINES
from songsim_lib.config import EXPERIMENTS
from songsim_lib.device import Batches, embed, place
from songsim_lib.features import dequantise
from songsim_lib.files import code_digest, read_json, write_json
from songsim_lib.splits import VALIDATION
from songsim_lib.study import Study
from songsim_lib.triplets import pairs
from songsim_lib.validate import Judgement, clips, fixed_negatives, judge

UNTRAINED = "untrained"
# What the scores follow from.
CODE = ("baselines", "device", "features", "metrics/estimates", "metrics/triplets", "models", "triplets", "validate")
TITLES = {name: baseline.title for name, baseline in BASELINES.items()} | {UNTRAINED: "untrained ResNet-18"}


def untrained_model(study: Study) -> models.Embedder:
    """Make a ResNet-18 that has learned nothing, on the study's device."""
    torch.manual_seed(study.seed)
    model = models.ResNet18(dropout=EXPERIMENTS["resnet18_b32_all"].dropout, weights=None)
    return place(model, study.device).eval()


def judgements(study: Study, margin: float = 1.0) -> dict[str, Judgement]:
    """Judge every baseline on the study's validation triplets, the very ones that models are judged on."""
    store = study.store()
    validation = pairs(study.catalog(), store, VALIDATION)
    negatives, rows = fixed_negatives(validation, study.seed), clips(validation)
    decibels = dequantise(store.features[rows].astype(np.float32), study.spec)
    found = {name: judge(validation, negatives, baseline.embed(decibels), margin)
             for name, baseline in BASELINES.items()}
    embedded = embed(untrained_model(study), Batches(store.features, study.spec, study.device), rows)
    return found | {UNTRAINED: judge(validation, negatives, embedded, margin)}


def measure(study: Study) -> dict[str, dict[str, Any]]:
    """Score every baseline, once for each feature store and state of the code; later calls read `baselines.json`.

    Returns
    -------
    For each name: title, and the scores of `Judgement.summary` with their intervals.
    """
    path = study.folder / "baselines.json"
    made_from = {"data": study.store().about["content"], "code": code_digest(*CODE)}
    found = read_json(path, default={})
    if found.get("made_from") != made_from:
        scores = {name: {"title": TITLES[name]} | judgement.summary()
                  for name, judgement in judgements(study).items()}
        found = {"made_from": made_from, "scores": scores}
        write_json(path, found)
    return found["scores"]
