"""The model card: what the shipped network was made from and what it is worth, as data and as text."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from songsim_lib import hardware
from songsim_lib.composition.corpus import Corpus, unseen
from songsim_lib.composition.judging import judge
from songsim_lib.composition.network import CompositionNet
from songsim_lib.composition.pretrained import FOLDER, load_pretrained, save_half
from songsim_lib.composition.recipe import Recipe
from songsim_lib.config import AudioSpec
from songsim_lib.files import write_json, write_text
from songsim_lib.metrics import Estimate

VERSIONS = ("torch", "librosa", "audiomentations", "pytorch-metric-learning", "numpy")
SCORES = {"map": "MAP", "p_at_1": "P@1", "triplet_accuracy": "triplet accuracy"}


def publish(net: CompositionNet, recipe: Recipe, found: Corpus, source: str, runs: Path, cache: Path,
            device: torch.device, folder: Path = FOLDER) -> None:
    """Put a trained network into the project: half-precision weights, its curves, the ablation, and its model card.

    Parameters
    ----------
    runs : folder of the trainings, with `training/` and `ablation/`.

    The scores are those of the weights as they are shipped, on validation works and, for the first time, test works.

    Raises
    ------
    FileNotFoundError : the ablation has not run.
    """
    if not (runs / "ablation" / "ablation.json").exists():
        raise FileNotFoundError(f"{runs / 'ablation'} holds no ablation.json: run the step `ablate` first")
    folder.mkdir(parents=True, exist_ok=True)
    save_half(net, folder)
    shutil.copyfile(runs / "training" / found.key / "history.csv", folder / "history.csv")
    shutil.copyfile(runs / "ablation" / "ablation.json", folder / "ablation.json")
    shipped = load_pretrained(folder).to(device)
    sides = {"validation": (found.validation, found.levels), "test": unseen(AudioSpec(), cache)}
    facts = {"trained": trained(recipe, found, source, folder / "history.csv"),
             **{side: {group: one.summary() for group, one in judge(shipped, *heard, device).items()}
                for side, heard in sides.items()}}
    write_json(folder / "card.json", facts)
    write_text(folder / "README.md", text(facts))


def trained(recipe: Recipe, found: Corpus, source: str, history: Path) -> dict[str, Any]:
    """Say what a training was: the recipe, the clips, the machine, and how long it took."""
    return {"recipe": asdict(recipe), "seed": recipe.seed, "steps": recipe.steps, "source": source,
            "clips": len(found.clips.levels), "works": len(found.clips.scores),
            "recordings": int(found.clips.recordings.max()) + 1,
            "hours": float(pd.read_csv(history)["seconds"].iloc[-1]) / 3600,
            "device": hardware.gpu_name() or hardware.cpu_name(),
            "versions": {name: version(name) for name in VERSIONS}}


def text(facts: dict[str, Any]) -> str:
    """Write the model card from its facts."""
    made = facts["trained"]
    rows = [f"| {side} works, {group} | {scores['map']['n']} | "
            + " | ".join(str(Estimate(**scores[name])) for name in SCORES) + " |"
            for side in ("validation", "test") for group, scores in facts[side].items()]
    return TEXT.format(
        works=f"{made['works']:,}", recordings=f"{made['recordings']:,}", source=made["source"], seed=made["seed"],
        steps=f"{made['steps']:,}", clips=made["recipe"]["works"] * made["recipe"]["performances"],
        hours=f"{made['hours']:.1f}", device=made["device"],
        versions=", ".join(f"{name} {number}" for name, number in made["versions"].items()),
        heads=" | ".join(SCORES.values()), rows="\n".join(rows))


TEXT = """\
# The composition model

A network that puts recordings of one **composition** near each other, in whatever key, tempo and instruments they are
played. `songsim_lib.models.load_pretrained()` loads it; notebook `08_beyond_the_report` tells its story. This page is
written by `python -m songsim_lib.composition publish` from `card.json`.

**Hears** constant-Q spectrograms of 10 s (72 semitones from C2, 22 columns a second). **Gives** 256 numbers of unit
length for each; the cosine says how alike two are; `songsim_lib.calibration` says how rare that is. **Licence** of the
weights: that of the project (MIT); of what they learned from: scores in the public domain or CC0, sound font MIT.

## How it was trained

    python -m songsim_lib.composition train --source {source} --seed {seed}

{works} works in {recordings} synthesized recordings, each as rendered and once more worn (mistuned, equalised,
overdriven, noisy, through a codec); {steps} steps of {clips} clips, {hours} hours on {device}.
Versions: {versions}.
It was chosen by validation works. No work of which the committed edition tests or validates any score was learned from.

## What it is worth
Scores of the weights as they lie here, each recording that has another version asking among all of that side, with
95 % intervals over works. *Rearranged*: one score, performed twice. *Variant*: one melody, written down twice.

| recordings of | n | {heads} |
|---|---|---|---|---|
{rows}

## What it is not good at
It learned from synthesized sound alone, of fiddle tunes, songs and string quartets: music without pitches (drums,
speech, noise), music of other tunings, and dense productions are not what it knows. It compares 10 s at a time, so a
short quotation in a long passage goes unheard. It says how alike two passages are, not who borrowed from whom: common
chords and common styles raise the likeness of unrelated works.
"""
