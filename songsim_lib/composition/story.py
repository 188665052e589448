"""What notebook 08 tells of the shipped network: how it was trained, what each ingredient adds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from songsim_lib.composition.pretrained import FOLDER
from songsim_lib.files import read_json
from songsim_lib.metrics import Estimate

MAPS = {"map_rearranged": "rearranged", "map_variant": "variant"}  # columns of the history -> groups of versions
TRAINED = ("source", "works", "recordings", "clips", "steps", "hours", "device", "seed", "versions", "recipe")
PER_BATCH = ("works", "performances")


def _read(path: Path, holds: dict[str, Sequence[str]]) -> dict[str, Any]:
    """Read a JSON file whose sections hold certain entries."""
    found = read_json(path)
    if found is None:
        raise FileNotFoundError(f"{path} is not there: it comes with the shipped weights; restore its folder with git")
    missing = [f"{section}.{entry}" for section, entries in holds.items() for entry in entries
               if entry not in found.get(section, {})]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: it is damaged or outdated; restore it with git")
    return found  # type: ignore[no-any-return]


def card(folder: Path = FOLDER) -> dict[str, Any]:
    """Read the facts of the model card: how the shipped weights were trained, and what they score.

    Raises
    ------
    FileNotFoundError, ValueError : it is absent, damaged or lacks something; names the file and what.
    """
    return _read(folder / "card.json", {"trained": TRAINED, "validation": ()})


def ablation(folder: Path = FOLDER) -> dict[str, Any]:
    """Read what each ingredient adds (`composition.ablation`); raises as `card`."""
    return _read(folder / "ablation.json", {"recipe": ("steps", *PER_BATCH), "variations": ("full",)})


def history(folder: Path = FOLDER) -> pd.DataFrame:
    """Read how the shipped training went: step, loss, and MAP on validation works of each group; raises as `card`."""
    path = folder / "history.csv"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: it comes with the shipped weights; restore its folder with git")
    found = pd.read_csv(path)
    if missing := {"step", "loss", *MAPS} - set(found.columns) or (set() if len(found) else {"any row"}):
        raise ValueError(f"{path} lacks {', '.join(sorted(missing))}: it is damaged; restore it with git")
    return found


def about_training(facts: dict[str, Any]) -> str:
    """Say in words what the shipped network learned from, by its card."""
    made = facts["trained"]
    return (f"**{made['works']:,} works** in {made['recordings']:,} recordings (`{made['source']}`, seed "
            f"{made['seed']}), {made['clips']:,} clips in all; {made['steps']:,} steps in {made['hours']:.1f} hours on "
            f"{made['device']}, with {', '.join(f'{name} {number}' for name, number in made['versions'].items())}.")


def ablation_table(found: dict[str, Any]) -> pd.DataFrame:
    """List every variation for each group: group, title, and the Estimates score (MAP) and difference from all.

    The full recipe, from which it would differ by nothing, has no difference (None).
    """
    return pd.DataFrame([
        {"group": group, "title": row["title"], "score": Estimate(**scores["map"]),
         "difference": None if name == "full" else Estimate(**row["difference"][group])}
        for name, row in found["variations"].items() for group, scores in row["scores"].items()])


def about_ablation(found: dict[str, Any], table: pd.DataFrame) -> str:
    """Say in words how the variations were trained, and without which the validation works are found less well."""
    recipe, lines = found["recipe"], []
    for group, rows in table.dropna(subset="difference").groupby("group", sort=False):
        sides = rows["difference"].map(Estimate.side_of)
        words = [f"{text}: {'; '.join(rows.loc[sides == side, 'title'])}"
                 for side, text in ((-1, "finds fewer"), (0, "cannot be told from everything"), (1, "finds more"))
                 if (sides == side).any()]
        lines.append(f"- *{group}*: {'. '.join(words)}.")
    return (f"Each is one short training of {recipe['steps']:,} steps of {recipe['works']} works with "
            f"{recipe['performances']} clips each, judged on validation works (n = "
            f"{', '.join(f'{rows.iloc[0].n} {group}' for group, rows in table.groupby('group', sort=False)['score'])}"
            " queries):\n" + "\n".join(lines))
