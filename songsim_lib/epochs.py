"""Epoch after epoch, with everything saved that a later start needs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from songsim_lib import deadline, sheets
from songsim_lib.checkpoint import load_model, load_state, save_model, save_state
from songsim_lib.device import embed
from songsim_lib.files import atomic, write_json
from songsim_lib.train import Trainer
from songsim_lib.triplets import Pairs
from songsim_lib.validate import clips, judge


def train(trainer: Trainer, folder: Path) -> None:
    """Train to the last epoch, saving the state after each; the weights of the best epoch are kept apart."""
    writes = trainer.team.writes
    if state := load_state(folder / "last.ckpt"):
        trainer.restore(state)
        if writes:
            print(f"{trainer.experiment.name}: going on after epoch {len(trainer.history)}")
    steps = trainer.steps_per_epoch
    with tqdm(total=trainer.epochs * steps, initial=len(trainer.history) * steps, unit="batch",
              desc=trainer.experiment.name, mininterval=1, disable=not writes) as bar:
        while len(trainer.history) < trainer.epochs:
            longest = max((line["seconds"] for line in trainer.history), default=0.0)
            if trainer.team.any(deadline.near(longest)):
                raise deadline.OutOfTime(f"{trainer.experiment.name}: no time is left for epoch "
                                         f"{len(trainer.history) + 1}, which takes about {longest:.0f} s")
            best = min((line["validation_loss"] for line in trainer.history), default=float("inf"))
            found = trainer.run_epoch(bar)
            if writes:
                _save(trainer, folder, is_best=found.loss < best)
    trainer.team.wait()


def _save(trainer: Trainer, folder: Path, is_best: bool) -> None:
    """Write what an epoch left; the checkpoint last, so that one that is found has all the rest."""
    if is_best:
        save_model(folder / "model.safetensors", trainer.model)
    sheets.write(pd.DataFrame(trainer.history), folder / "history.csv")
    save_state(folder / "last.ckpt", trainer.state())


def finish(trainer: Trainer, folder: Path, config: dict[str, Any]) -> None:
    """Judge the best epoch and write its embeddings and metrics; `metrics.json` seals the run."""
    load_model(folder / "model.safetensors", trainer.model)
    validation = trainer.validation_pairs
    rows = clips(validation)
    embedded = embed(trainer.model, trainer.data, rows)
    judged = judge(validation, trainer.negatives, embedded, trainer.experiment.margin)
    with atomic(folder / "embeddings.parquet") as temporary:
        pd.DataFrame({"row": rows, "embedding": list(embedded)}).to_parquet(temporary, index=False)
    history = pd.DataFrame(trainer.history)
    best = history.loc[history["validation_loss"].idxmin()]
    write_json(folder / "metrics.json", {
        "best_epoch": int(best["epoch"]), "epochs": len(history), "best_validation_loss": best["validation_loss"],
        "validation": judged.summary(), "collapsed": judged.collapsed, "trunk": config["trunk"],
        "train_triplets": len(trainer.train_pairs), "validation_triplets": len(validation),
        "train_works": _works(trainer.train_pairs), "validation_works": _works(validation),
        "training_seconds": float(history["seconds"].sum()), "processes": trainer.team.size,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    })


def _works(data: Pairs) -> int:
    return len(pd.unique(data.works))
