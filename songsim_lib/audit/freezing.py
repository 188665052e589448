"""Does freezing overfit, does dropout help? Four trainings that differ in these two settings and in nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from songsim_lib import kept, results
from songsim_lib.checkpoint import CheckpointError, load_state
from songsim_lib.config import EXPERIMENTS, Experiment
from songsim_lib.device import Batches, embed, place
from songsim_lib.files import code_digest, digest
from songsim_lib.metrics import Estimate
from songsim_lib.runs import Run
from songsim_lib.splits import TRAIN, VALIDATION
from songsim_lib.study import Study
from songsim_lib.trained import Trained
from songsim_lib.triplets import Pairs, pairs
from songsim_lib.validate import Judgement, clips, fixed_negatives, judge

SEEDS = 2  # trainings of each cell at least: the report's own mistake was to judge two runs, each trained once
ONCE = "one training of each kind cannot tell: run with --seeds 3"
MAX_SONGS = 500
CODE = ("device", "features", "models", "triplets", "audit/freezing")
BASE = EXPERIMENTS["resnet18_b32_all"]
FROZEN = replace(BASE, name="audit_frozen_dropout", title="ResNet-18, batch 32, last block unfrozen, dropout 0.5",
                 trainable="last_block", freezes_random=True, figure="freezing", reported_loss=())
# The first is one of the report's runs; the others change its freezing, its dropout, or both.
CELLS = (
    BASE,
    replace(BASE, name="audit_all", title="ResNet-18, batch 32, all layers unfrozen, no dropout", dropout=0.0,
            figure="freezing", reported_loss=()),
    FROZEN,
    replace(FROZEN, name="audit_frozen", title="ResNet-18, batch 32, last block unfrozen, no dropout", dropout=0.0),
)


@dataclass(frozen=True)
class Fit:
    """How well one training fits songs it learned from, and songs it never heard: both judged alike.

    The curves of the report, and of every training, average the training loss over an epoch in which the weights
    move and dropout acts, and the validation loss after it without dropout. Here as many training as validation
    songs are judged by the same weights, without dropout, and with negatives drawn alike.
    """

    experiment: Experiment
    repeat: int
    trunk: str
    best_epoch: int
    best_loss: Estimate
    best: tuple[Judgement, Judgement]  # training songs, validation songs
    last: tuple[Judgement, Judgement]
    curve_gap: float  # validation minus training loss of the last epoch, as a loss curve shows it

    @property
    def frozen(self) -> bool:
        """Whether only the last block learns."""
        return self.experiment.trainable == "last_block"

    @property
    def dropout(self) -> bool:
        """Whether dropout runs."""
        return self.experiment.dropout > 0


def train(study: Study, seeds: int) -> list[Trained]:
    """Train the four cells `seeds` times each; none below `SEEDS`, and the claims then say so."""
    return results.train(study, CELLS, seeds) if seeds >= SEEDS else []


def measure(study: Study, cells: Sequence[Trained]) -> list[Fit]:
    """Judge every training of the cells on training and on validation songs."""
    sides = tuple(_songs(study, split) for split in (TRAIN, VALIDATION))
    size = min(map(len, sides))
    heard, unheard = (_draw(side, size, study.seed) for side in sides)
    return [_fit(study, run, heard, unheard) for cell in cells for run in cell.runs]


def _songs(study: Study, split: str) -> Pairs:
    return pairs(study.catalog(), study.store(), split).first()


def _draw(data: Pairs, size: int, seed: int) -> Pairs:
    chosen = np.sort(np.random.default_rng([seed, 4]).permutation(len(data))[: min(size, MAX_SONGS)])
    return Pairs(*(part[chosen] for part in (data.anchors, data.positives, data.works, data.track_ids)))


def _fit(study: Study, run: Run, heard: Pairs, unheard: Pairs) -> Fit:
    """Judge one training at its best and at its last epoch; the embeddings are kept."""
    rows = {"heard": clips(heard), "unheard": clips(unheard)}
    made_from = digest(json.dumps([run.config, run.metrics]), *(part.tobytes() for part in rows.values()),
                       code_digest(*CODE))
    embedded = kept.arrays(study.store_folder / "audit" / f"{run.folder.name}.npz", made_from,
                           lambda: _embed(study, run, rows))

    def judged(epoch: str) -> tuple[Judgement, Judgement]:
        sides = {"heard": heard, "unheard": unheard}
        one, other = (judge(data, fixed_negatives(data, study.seed), embedded[f"{epoch}_{side}"],
                            run.experiment.margin) for side, data in sides.items())
        return one, other

    last = run.history.iloc[-1]
    return Fit(run.experiment, run.repeat, run.config["trunk"], run.metrics["best_epoch"],
               Estimate(**run.metrics["validation"]["triplet_loss"]), judged("best"), judged("last"),
               float(last["validation_loss"] - last["train_loss"]))


def _embed(study: Study, run: Run, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Embed rows of the store by the weights of the best and of the last epoch."""
    saved = run.embeddings.set_index("row")["embedding"]
    data, model = Batches(study.store().features, study.spec, study.device), place(run.model(), study.device)
    best = {"heard": embed(model, data, rows["heard"]), "unheard": np.stack(saved.loc[rows["unheard"]].to_list())}
    last = best
    if run.metrics["best_epoch"] != run.metrics["epochs"]:
        state = load_state(run.folder / "last.ckpt")
        if state is None:
            raise CheckpointError(f"{run.folder / 'last.ckpt'} is gone; delete its folder to train this run anew")
        model.load_state_dict(state["model"])
        last = {side: embed(model, data, some) for side, some in rows.items()}
    return {f"{epoch}_{side}": values for epoch, sides in (("best", best), ("last", last))
            for side, values in sides.items()}
