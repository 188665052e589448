"""The generated parts of the README: tables of what a published run found, and links that open the notebooks."""

from __future__ import annotations

from typing import Any

from songsim_lib.composition import retold
from songsim_lib.metrics import Estimate
from songsim_lib.metrics.estimates import may_fail
from songsim_lib.paths import ROOT
from songsim_lib.repository import address, badge
from songsim_lib.results import CHANCE, SCORES, how_to_read
from songsim_lib.text import markdown
from songsim_lib.trained import spread

COLUMNS = {name: SCORES[name] for name in ("triplet_loss", "triplet_accuracy", "positive_first")}


def results_table(found: dict[str, Any]) -> str:
    """Draw the README's table: every system with its scores and 95 % intervals, then what limits them."""
    summary = found["summary"]
    rows = [(CHANCE, {name: f"{value:.3f}" for name, value in summary["chance"].items()})]
    rows += [(scores["title"], {name: str(Estimate(**scores[name])) for name in COLUMNS})
             for scores in summary["baselines"].values()]
    rows += [(f"**{run['title']}**", {name: _cell(run["validation"][name], run["seeds"]) for name in COLUMNS})
             for run in summary["runs"].values()]
    lines = ["| system | " + " | ".join(COLUMNS.values()) + " |", "|---" * (1 + len(COLUMNS)) + "|"]
    lines += [f"| {title} | " + " | ".join(cells.get(name, "–") for name in COLUMNS) + " |" for title, cells in rows]
    return "\n".join([_about(summary), "", *lines, "", *(f"- {caveat}" for caveat in found["caveats"])])


def _cell(score: dict[str, Any], seeds: int) -> str:
    """Write a model's score: mean, interval, and the range over trainings where there are several."""
    return f"{Estimate.of(score)}{spread(score['range']) if seeds > 1 else ''}"


def _about(summary: dict[str, Any]) -> str:
    n, seeds = next(iter(summary["runs"].values())), summary["seeds"]
    trained = "trained once" if seeds == 1 else f"trained {seeds} times"
    return (f"Source {summary['source']}, profile {summary['profile']}, seed {summary['seed']}, each model {trained}: "
            f"{n['train_triplets']} training and n = {n['validation_triplets']} validation triplets of "
            f"{n['train_works']} and {n['validation_works']} works, on {summary['device']}, torch {summary['torch']}. "
            f"{how_to_read(seeds)}")


def covers_table(found: dict[str, Any]) -> str:
    """Draw the README's second table: mean average precision on covers, and how many models beat each baseline.

    What 08 compares beyond 07 (the composition model) stands below, with its differences from Qmax.
    """
    beyond = found["08_beyond"]["groups"]
    groups = {name: one | {"scores": one["scores"] | {key: scores for key, scores in beyond[name]["scores"].items()
                                                      if key not in one["scores"]}}
              for name, one in found["07_covers"]["groups"].items()}
    first = next(iter(groups.values()))
    heads = [f"{name} (n = {one['queries']} of {one['candidates']})" for name, one in groups.items()]
    lines = ["| system | " + " | ".join(heads) + " |", "|---" * (1 + len(heads)) + "|",
             f"| {CHANCE} | " + " | ".join(f"{one['chance']['map']:.3f}" for one in groups.values()) + " |"]
    for name, scores in first["scores"].items():
        title = scores["title"] if scores["kind"] == "baseline" else f"**{scores['title']}**"
        cells = [f"{Estimate(**one['scores'][name]['map'])}{spread(one['scores'][name]['each']['map'])}"
                 for one in groups.values()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(_beaten(name, one["differences"]) for name, one in groups.items()),
                      retold.against_qmax(beyond),
                      *(line for name, one in groups.items() for line in _perfect(name, one))])


def _perfect(group: str, one: dict[str, Any]) -> list[str]:
    """Say of a system without a fault what its interval of no width cannot say."""
    return [f"- On *{markdown(group)}* {scores['title']} puts every version first, and drawing works again finds "
            f"nothing else: its interval has no width. Of all such works up to {100 * may_fail(one['works']):.1f} % "
            f"may still fail (95 % bound from {one['works']} works, the rule of three)."
            for scores in one["scores"].values() if scores["map"]["low"] == 1]


def _beaten(group: str, differences: list[dict[str, Any]]) -> str:
    """Say how many of the trained models find more, and fewer, versions than each baseline."""
    told = []
    for title in dict.fromkeys(row["baseline_title"] for row in differences):
        sides = [Estimate(**row["difference"]).side_of() for row in differences if row["baseline_title"] == title]
        told.append(f"{title}: {sides.count(1)} better, {sides.count(-1)} worse")
    models = len({row["model"] for row in differences})
    return (f"- *{markdown(group)}*, {models} models of the report against each baseline, by the paired 95 % interval "
            f"of the difference: {'; '.join(told)}.")


def badge_table() -> str:
    """List the notebooks with links that open them in Colab and Kaggle."""
    url = address()
    names = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))]
    return "\n".join(["| notebook | open |", "|---|---|",
                      *(f"| [`{name}`](notebooks/{name}.ipynb) | {badge(name, url)} |" for name in names)])
