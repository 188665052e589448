"""Does a model know the positive by its noise? The same validation songs, judged under three kinds of noise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songsim_lib import kept
from songsim_lib.audit import noise
from songsim_lib.baselines import BASELINES
from songsim_lib.config import AudioSpec
from songsim_lib.device import Batches, embed, place
from songsim_lib.features import dequantise
from songsim_lib.files import code_digest, digest
from songsim_lib.metrics import Estimate, mean_over_works
from songsim_lib.runs import Run
from songsim_lib.splits import VALIDATION
from songsim_lib.study import Study
from songsim_lib.trained import Trained
from songsim_lib.triplets import Pairs, pairs
from songsim_lib.validate import Judgement, fixed_negatives, judge

CODE = ("audio", "decode", "augment", "features", "cutting", "audit/noise")  # what clips follow from
STUDY, CLEAN, NOISED = "noise on the positive only", "no noise at all", "the same noise on every clip"
# Which clips are anchors (and so negatives), and which are positives.
CONDITIONS = {STUDY: ("anchor", "positive"), CLEAN: ("anchor", "clean_positive"),
              NOISED: ("noised_anchor", "noised_positive")}
SHOWN_BASELINES = ("flat_l2", "band_mean_removed")
MAX_SONGS = 500  # enough for intervals of some points, whatever the profile
Clips = dict[str, np.ndarray]


@dataclass(frozen=True)
class Shortcut:
    """Judgements of every system under every condition: `judged[title][condition]` has one for each training.

    `louder` is the share of (positive, any anchor) pairs in which the study's positive has the higher median
    level: how well noise alone, one number that knows nothing of music, tells positives from anchors.
    """

    judged: dict[str, dict[str, list[Judgement]]]
    louder: float

    def loss(self, system: str, condition: str) -> Estimate:
        """Mean triplet loss; several trainings are averaged triplet by triplet."""
        judged = self.judged[system][condition]
        return mean_over_works(np.mean([one.losses for one in judged], axis=0), judged[0].works)

    def accuracy(self, system: str, condition: str) -> Estimate:
        """Mean accuracy over all negatives."""
        judged = self.judged[system][condition]
        return mean_over_works(np.mean([one.accuracy for one in judged], axis=0), judged[0].anchor_works)

    def change(self, system: str, condition: str) -> Estimate:
        """Accuracy under `condition` minus accuracy under the study's noise, on the same songs."""
        judged, study = self.judged[system][condition], self.judged[system][STUDY]
        change = np.mean([a.accuracy - b.accuracy for a, b in zip(judged, study, strict=True)], axis=0)
        return mean_over_works(change, study[0].anchor_works)

    def lead(self, system: str, other: str, condition: str) -> Estimate:
        """Accuracy of one system minus that of another under one condition, on the same songs."""
        own, others = (np.mean([one.accuracy for one in self.judged[name][condition]], axis=0)
                       for name in (system, other))
        return mean_over_works(own - others, self.judged[system][condition][0].anchor_works)

    def accuracies(self) -> dict[str, dict[str, Estimate]]:
        """Accuracy of every system under every condition."""
        return {system: {condition: self.accuracy(system, condition) for condition in CONDITIONS}
                for system in self.judged}

    def as_dict(self) -> dict[str, dict[str, dict[str, dict[str, float | int]]]]:
        """Give plain values for a results file."""
        return {system: {condition: {"triplet_loss": self.loss(system, condition).as_dict(),
                                     "triplet_accuracy": self.accuracy(system, condition).as_dict()}
                         for condition in CONDITIONS} for system in self.judged}


def songs(study: Study) -> Pairs:
    """List the validation songs, each with its first positive; at most `MAX_SONGS`, drawn at random."""
    data = pairs(study.catalog(), study.store(), VALIDATION).first()
    chosen = np.sort(np.random.default_rng([study.seed, 3]).permutation(len(data))[:MAX_SONGS])
    return Pairs(*(part[chosen] for part in (data.anchors, data.positives, data.works, data.track_ids)))


def clips(study: Study, data: Pairs) -> Clips:
    """Fetch the songs' spectrograms in the study's noise and in the others, which are rendered once and kept."""
    store, table = study.store(), study.catalog().set_index("track_id", drop=False)
    made_from = digest(store.about["content"], json.dumps(list(data.track_ids)), code_digest(*CODE))
    rendered = kept.arrays(study.store_folder / "audit" / "noise.npz", made_from,
                           lambda: noise.render_all(table.loc[data.track_ids], study.spec, study.seed))
    return {"anchor": store.features[data.anchors], "positive": store.features[data.positives]} | rendered


def _model(study: Study, run: Run, data: Pairs, found: Clips) -> Clips:
    """Embed every kind of clip by a trained network; those of the study were embedded when it was trained."""
    saved = run.embeddings.set_index("row")["embedding"]
    model = place(run.model(), study.device)
    others = np.concatenate([found[kind] for kind in noise.KINDS])
    embedded = embed(model, Batches(others, study.spec, study.device), np.arange(len(others)))
    return {"anchor": np.stack(saved.loc[data.anchors].to_list()),
            "positive": np.stack(saved.loc[data.positives].to_list()),
            **dict(zip(noise.KINDS, np.split(embedded, len(noise.KINDS)), strict=True))}


def _baseline(name: str, found: Clips, spec: AudioSpec) -> Clips:
    return {kind: BASELINES[name].embed(dequantise(levels.astype(np.float32), spec)) for kind, levels in found.items()}


def _judge(data: Pairs, embedded: Clips, seed: int, margin: float) -> dict[str, Judgement]:
    """Judge one system's embeddings under every condition, with the same negatives."""
    n, negatives = len(data), fixed_negatives(data, seed)
    rows = Pairs(np.arange(n), np.arange(n, 2 * n), data.works, data.track_ids)
    return {condition: judge(rows, negatives, np.concatenate([embedded[anchor], embedded[positive]]), margin)
            for condition, (anchor, positive) in CONDITIONS.items()}


def _louder(found: Clips) -> float:
    """Compare the median level of every positive with that of every anchor."""
    anchor, positive = (np.median(found[kind], axis=(1, 2)) for kind in ("anchor", "positive"))
    return float((positive[:, None] > anchor[None, :]).mean())


def measure(study: Study, trained: Sequence[Trained]) -> Shortcut:
    """Judge baselines and trained networks on the validation songs under every kind of noise."""
    data = songs(study)
    found, margin = clips(study, data), trained[0].experiment.margin
    judged: dict[str, dict[str, list[Judgement]]] = {}
    systems = [(BASELINES[name].title, _baseline(name, found, study.spec)) for name in SHOWN_BASELINES]
    systems += [(one.title, _model(study, run, data, found)) for one in trained for run in one.runs]
    for title, embedded in systems:
        for condition, judgement in _judge(data, embedded, study.seed, margin).items():
            judged.setdefault(title, {}).setdefault(condition, []).append(judgement)
    return Shortcut(judged, _louder(found))
