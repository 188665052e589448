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

from songsim_lib import example, readme
from songsim_lib.calibration import card
from songsim_lib.files import atomic, read_json, write_text
from songsim_lib.paths import ROOT
from songsim_lib.report.media import small_picture
from songsim_lib.source_choice import SourceChoice

RESULTS = ROOT / "images" / "results.json"
README = ROOT / "README.md"
COLOURS = 32  # of a published figure, since all of them are kept for ever
PLACE = re.compile(r'(?<=")/[^"]*/data/tunebook/')  # where the corpus lay when it ran is nobody else's business
CASE = re.compile("_(best|worst)_[0-9]+$")  # pictures of cases say little without the players beside them
# What 06_results and the notebooks after it leave in results.json.
FINISHED = {"summary", "07_covers", "08_beyond", "09_compare", "10_search"}


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


def _replace(part: re.Match[str], text: str) -> str:
    return f"{part[1]}{text}\n{part[2]}"


def filled(page: str) -> str:
    """Fill the generated parts of the README, between `<!-- name:begin -->` and `<!-- name:end -->`.

    Raises
    ------
    ValueError : a marker is missing.
    """
    found = read_json(RESULTS)
    parts = {"results": readme.results_table(found), "covers": readme.covers_table(found),
             "badges": readme.badge_table(), "calibration": card.about_test(card.results())}
    for name, text in parts.items():
        part = re.compile(rf"(<!-- {name}:begin[^\n]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        page, count = part.subn(partial(_replace, text=text), page)
        if count != 1:
            raise ValueError(f"README.md: expected the markers of {name!r} once, found {count}")
    return page


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
