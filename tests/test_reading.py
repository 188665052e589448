"""The notebooks read as one text: terms are explained, exercises end each, and each leads on to the next."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import jupytext
import pytest
from support import ROOT

FOLDER = ROOT / "notebooks"
SCRIPTS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))
GLOSSARY = FOLDER / "glossary.md"
TERMS = re.findall(r"^- \*\*(.+?)\*\*: (.+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def prose(script: Path) -> list[str]:
    cells = jupytext.read(script, fmt="py:percent").cells
    return [cell.source for cell in cells if cell.cell_type == "markdown" and not cell.metadata.get("tags")]


def uses(term: str, text: str) -> bool:
    """A word that begins with the term; a term with capitals is written so."""
    return re.search(rf"(?<!\w){re.escape(term)}", text, 0 if term != term.lower() else re.IGNORECASE) is not None


def test_a_glossary_is_an_alphabetical_list_of_short_definitions():
    lines = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("-")]
    terms = [term for term, _ in TERMS]
    assert len(lines) == len(terms) >= 30, "a line that is no term with its text"
    assert terms == sorted(set(terms), key=str.casefold)
    assert {term: len(text) for term, text in TERMS if not 20 <= len(text) <= 300 or not text.endswith(".")} == {}


def test_every_term_of_the_glossary_is_used_in_some_notebook():
    text = " ".join(" ".join(cell.split()) for script in SCRIPTS for cell in prose(script))
    assert [term for term, _ in TERMS if not uses(term, text)] == []


@each_script
def test_a_notebook_leads_to_the_glossary(script):
    assert "/blob/main/notebooks/glossary.md)" in script.read_text(encoding="utf-8")


@each_script
def test_a_notebook_ends_with_exercises(script):
    *before, last = prose(script)
    assert last.startswith("## Try it\n"), "the last cell"
    assert not any("Try it" in cell for cell in before)
    exercises = [part for part in re.split(r"^- ", last.partition("\n**Next:**")[0], flags=re.MULTILINE)[1:] if part]
    assert 3 <= len(exercises) <= 5
    assert [one for one in exercises if "?" not in one] == [], "an exercise without a question"


@pytest.mark.parametrize(("script", "following"), list(pairwise(SCRIPTS)), ids=lambda path: path.stem[:2])
def test_a_notebook_leads_on_to_the_next(script, following):
    assert f"**Next:** `{following.stem}`" in "\n".join(prose(script)[-2:])


@each_script
def test_every_figure_has_prose_beside_it(script):
    """A cell that draws stands, with other cells of code at most, under a heading that has prose."""
    cells = [cell for cell in jupytext.read(script, fmt="py:percent").cells if not cell.metadata.get("tags")]
    bare, said = [], ""
    for cell in cells:
        if cell.cell_type == "markdown":
            said = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#")).strip()
        elif "# alt:" in cell.source and not said:
            bare.append(cell.source.splitlines()[0])
    assert bare == []
