"""What notebook 07 has measured already is told again in 08, not measured again, and set beside the new model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from songsim_lib import invariance
from songsim_lib.covers import verdict
from songsim_lib.covers.evaluation import CHANCE, Covers
from songsim_lib.metrics import Estimate
from songsim_lib.metrics.estimates import gaps
from songsim_lib.study import Study
from songsim_lib.systems import BASELINE, COMPOSITION, System
from songsim_lib.text import markdown

SAME = 1e-6  # of a score


def told_by_07(study: Study, test: Covers) -> dict[str, Any]:
    """Read what 07 has found in this run, group by group; measured here where 07 has not run."""
    if found := study.results().get("07_covers"):
        return found["groups"]  # type: ignore[no-any-return]
    return {group: verdict.summary(test, labels, [name for name in test.models if name != COMPOSITION], ["qmax"])
            for group, labels in test.heard.groups.items()}


def told_table(groups: dict[str, Any]) -> pd.DataFrame:
    """Set the MAP of all systems that 07 compared side by side, a column a group, chance first."""
    first = next(iter(groups.values()))
    rows: list[dict[str, str]] = [{"system": CHANCE} | {
        name: f"{group['chance']['map']:.3f}" for name, group in groups.items()}]
    rows += [{"system": scores["title"]} | {name: str(Estimate(**group["scores"][system]["map"]))
                                            for name, group in groups.items()}
             for system, scores in first["scores"].items()]
    return pd.DataFrame(rows)


def in_short(groups: dict[str, Any]) -> str:
    """Say for each group how many of the models of 07 are above guessing, and what untrained method is the best."""
    lines = []
    for name, group in groups.items():
        scores = [one for key, one in group["scores"].items() if key != COMPOSITION]
        models = [Estimate(**one["map"]) for one in scores if one["kind"] != BASELINE]
        best = max((one for one in scores if one["kind"] == BASELINE), key=lambda one: one["map"]["value"])
        above = sum(one.side_of(group["chance"]["map"]) > 0 for one in models)
        lines.append(f"- On *{markdown(name)}* {above} of {len(models)} trained models are above guessing (the whole "
                     f"interval); the best of those that need no training is {best['title']}, "
                     f"MAP {Estimate(**best['map'])}.")
    return "\n".join(lines)


def invariances(study: Study, model: System, others: Sequence[System]) -> pd.DataFrame:
    """Measure what the model is blind to, and add what 07 has measured for the other systems of this run.

    Where 07 has not run, or with other trainings or works, all are measured here.
    """
    path = study.folder / "tables" / "invariance.csv"
    had = pd.read_csv(path, dtype={"label": str}) if path.exists() else pd.DataFrame(columns=["system"])
    had = had[had["system"].isin([system.name for system in others])]
    measured = invariance.of_study(study, [model], study.profile.probes)
    if _same_works(had, measured) and had.groupby("system")["repeats"].max().to_dict() == Counter(
            system.name for system in others):
        return pd.concat([measured, had], ignore_index=True)
    return pd.concat([measured, invariance.of_study(study, others, study.profile.probes)], ignore_index=True)


def _same_works(had: pd.DataFrame, measured: pd.DataFrame) -> bool:
    """Whether two tables of invariances ask as many queries at the same levels."""
    asked = [set(table[["factor", "label", "n"]].itertuples(index=False, name=None)) if len(table) else set()
             for table in (had, measured)]
    return asked[0] == asked[1]


def against_qmax(groups: dict[str, Any]) -> str:
    """Say for each group on which side of Qmax the intervals of the models lie, which 08 compares with it."""
    words = {1: "**above** Qmax", 0: "**undecided**: it cannot be told from Qmax", -1: "**below** Qmax"}
    return "\n".join(f"- On *{markdown(group)}* the {title} is {words[gap.side_of()]} (difference of MAP "
                     f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}], n = {gap.n})."
                     for group, title, gap in gaps(groups, "qmax"))


def agrees(told: dict[str, Any] | None, found: dict[str, Any]) -> bool:
    """Tell whether 07 gives the same MAP to every system that was measured by both, trained as often."""
    before = told["scores"] if told else {}
    both = [(before[name]["each"]["map"], scores["each"]["map"]) for name, scores in found["scores"].items()
            if name in before and len(before[name]["each"]["map"]) == len(scores["each"]["map"])]
    return all(abs(a - b) < SAME for one, other in both for a, b in zip(one, other, strict=True))
