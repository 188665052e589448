"""Put a finished run on display: its figures into images/, its numbers into the README.

    python -m songsim_lib.publish data/runs/study-tunebook-quick-s0   # after a run
    python -m songsim_lib.publish --check                             # is the README what images/results.json says?
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

from songsim_lib import example
from songsim_lib.calibration import card
from songsim_lib.composition import retold
from songsim_lib.files import atomic, read_json, write_text
from songsim_lib.metrics import Estimate
from songsim_lib.paths import ROOT
from songsim_lib.report.media import small_picture
from songsim_lib.repository import address, badge
from songsim_lib.results import CHANCE, SCORES, how_to_read
from songsim_lib.source_choice import SourceChoice
from songsim_lib.text import markdown
from songsim_lib.trained import spread

RESULTS = ROOT / "images" / "results.json"
README = ROOT / "README.md"
COLOURS = 32  # of a published figure, since all of them are kept for ever
PLACE = re.compile(r'(?<=")/[^"]*/data/tunebook/')  # where the corpus lay when it ran is nobody else's business
CASE = re.compile("_(best|worst)_[0-9]+$")  # pictures of cases say little without the players beside them
# What 06_results and the notebooks after it leave in results.json.
FINISHED = {"summary", "07_covers", "08_beyond", "09_compare", "10_search"}
COLUMNS = {name: SCORES[name] for name in ("triplet_loss", "triplet_accuracy", "positive_first")}


def copy_run(study_folder: Path) -> None:
    """Copy a study's figures and numbers into images/.

    Raises
    ------
    FileNotFoundError : the study is not finished (one of FINISHED has not run).
    ValueError : it heard scores that are for research on the user's own machine only.
    """
    found = read_json(study_folder / "results.json", default={})
    if absent := FINISHED - set(found):
        raise FileNotFoundError(f"{study_folder} holds no finished study: results.json has no "
                                f"{', '.join(sorted(absent))}")
    if "research" in dict(SourceChoice.of(found["summary"]["source"]).options):
        raise ValueError(f"{study_folder}: {SourceChoice.of(found['summary']['source']).description}")
    for old in _figures(RESULTS.parent):
        old.unlink()
    for figure in _figures(study_folder / "figures"):
        if CASE.search(figure.stem):
            continue
        with atomic(RESULTS.parent / figure.name) as temporary:
            temporary.write_bytes(small_picture(figure.read_bytes(), COLOURS, thorough=True))
    text = json.dumps(_rounded(found), ensure_ascii=False, allow_nan=False)  # in one line: it is kept for ever
    write_text(RESULTS, PLACE.sub("data/tunebook/", text) + "\n")
    example.write(study_folder, RESULTS.parent)


def _rounded(found: dict[str, Any]) -> dict[str, Any]:
    """Keep eight digits of every number: more are shown nowhere."""
    return json.loads(json.dumps(found), parse_float=lambda text: float(f"{float(text):.8g}"))  # type: ignore[no-any-return]


def _figures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in {".png", ".svg"})


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
                      retold.against_qmax(beyond)])


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


def _replace(part: re.Match[str], text: str) -> str:
    return f"{part[1]}{text}\n{part[2]}"


def filled(readme: str) -> str:
    """Fill the generated parts of the README, between `<!-- name:begin -->` and `<!-- name:end -->`.

    Raises
    ------
    ValueError : a marker is missing.
    """
    found = read_json(RESULTS)
    parts = {"results": results_table(found), "covers": covers_table(found), "badges": badge_table(),
             "calibration": card.about_test(card.results())}
    for name, text in parts.items():
        part = re.compile(rf"(<!-- {name}:begin[^\n]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        readme, count = part.subn(partial(_replace, text=text), readme)
        if count != 1:
            raise ValueError(f"README.md: expected the markers of {name!r} once, found {count}")
    return readme


def main(arguments: list[str] | None = None) -> int:
    """Copy a run, or only check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m songsim_lib.publish", description=__doc__.split("\n")[0])
    parser.add_argument("study", nargs="?", type=Path, help="folder of a finished study")
    parser.add_argument("--check", action="store_true", help="only say whether the README is up to date")
    options = parser.parse_args(arguments)
    if options.study:
        copy_run(options.study)
    before = README.read_text(encoding="utf-8")
    after = filled(before)
    if options.check and before != after:
        print("README.md does not show images/results.json: run python -m songsim_lib.publish")
        return 1
    if before != after:
        write_text(README, after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
