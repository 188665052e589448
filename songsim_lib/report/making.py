"""Put the report together: parts, numbers, map, methods and references, and the notebooks' own pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from songsim_lib import __version__, soundmap
from songsim_lib.files import read_json, write_text
from songsim_lib.report import MAX_BYTES, STYLE, audible, found, methods, pages_of, parts
from songsim_lib.report.chapters import FORMATTER, Chapter, chapter_of
from songsim_lib.report.facts import about, caveats, times
from songsim_lib.report.markup import coded
from songsim_lib.report.numbering import Numbers
from songsim_lib.report.prose import prose
from songsim_lib.report.references import REFERENCES
from songsim_lib.report.summary import numbers as numbers_that_matter

TITLE = "How similar do two songs sound?"
LEAD = (
    "A study that learns musical similarity from sound: recordings become spectrograms, spectrograms become "
    "triplets, and triplets train a network whose distances should agree with the ear."
)
PAGES = "notebooks"  # folder of the notebooks' own pages


def make(study_folder: Path) -> Path:
    """Do what `report.build` says."""
    notebooks = sorted(study_folder.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"{study_folder} holds no executed notebook; run ./run_all.sh first")
    journal, pages = read_json(study_folder / "steps.json", {}), pages_of(STYLE.parent)
    known = {"version": __version__, "style": _style(), "journal": journal.get("steps", {}), "folder": PAGES}
    context = _content(study_folder, notebooks, journal, pages) | known
    report = study_folder / "report.html"
    write_text(report, pages.get_template("page.html.j2").render(context))
    for chapter in _chapters(context):
        page = pages.get_template("notebook.html.j2").render(chapter=chapter, title=TITLE, **known)
        write_text(study_folder / PAGES / f"{chapter.name}.html", page)
    if (size := report.stat().st_size) > MAX_BYTES:
        print(f"The report is large: {size / 1e6:.1f} MB. Fewer players or smaller figures would help.")
    return report


def _style() -> Markup:
    return Markup(STYLE.read_text(encoding="utf-8") + FORMATTER.get_style_defs(".code"))


def _chapters(context: dict[str, Any]) -> Iterator[Chapter]:
    for _, _, chapters in context["parts"]:
        yield from chapters


def _content(folder: Path, notebooks: list[Path], journal: dict[str, Any], pages: Environment) -> dict[str, Any]:
    """Collect what the page shows; figures and tables are numbered in the order in which they stand on it."""
    numbers, results = Numbers(), read_json(folder / "results.json", {})
    drawn = soundmap.load(folder)
    sound_map = audible.render(pages, drawn, numbers) if drawn else ""
    told = [(part, Markup(prose(part.text, part.name)), [chapter_of(path, numbers) for path in paths])
            for part, paths in parts.in_order(notebooks)]
    yes, no = found.sentences(results)
    tables = [(Markup(numbers.table(title)), heads, rows) for title, heads, rows in
              methods.tables(journal.get("study", {}))]
    return {"title": TITLE, "lead": LEAD, "about": about(journal), "caveats": [coded(text) for text in caveats(folder)],
            "times": times(journal), "numbers": numbers_that_matter(results), "found": yes, "not_found": no,
            "parts": told, "sound_map": sound_map, "script": Markup(audible.SCRIPT) if drawn else "",
            "allowed": Markup(audible.allowed() if drawn else "'none'"), "methods": tables,
            "times_caption": Markup(numbers.table("Time and memory of each step")), "references": REFERENCES}
