"""Text from strangers passes through everything the study writes: it is shown as it is, and nothing of it runs."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import hostile
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from matplotlib import cbook
from matplotlib.text import Text
from support import ROOT, run_cli

from songsim_lib import catalog as catalogs
from songsim_lib import sheets, text
from songsim_lib.chain.execute import execute
from songsim_lib.plots import catalog as plots
from songsim_lib.plots import style
from songsim_lib.report import audible, build
from songsim_lib.sources import folder

pytestmark = pytest.mark.fault("text of strangers")

SHOW = """
import numpy as np, pandas as pd
from IPython.display import HTML, Markdown, display
from songsim_lib import listen, text
assert given == TEXTS, "papermill has changed a parameter"
names = list(given.values())
pd.set_option("display.max_colwidth", None)  # as a study does
display(pd.DataFrame({"as it is": names}, index=list(given)))
display(Markdown("\\n".join(f"- {text.markdown(name, 20_000)}" for name in names)))
display(listen.players([(name, np.sin(np.arange(4_000) / 9)) for name in names], 8_000))
print(*names, sep="\\n")
# alt: """ + hostile.TEXTS["end_of_attribute"] + """
display(HTML("".join(names)))  # as a notebook that forgot to escape would
display(Markdown("\\n\\n".join(names)))
"""
BREACHES = """[...document.querySelectorAll('*')].filter(e => ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE']
    .includes(e.tagName) || [...e.attributes].some(a => a.name.startsWith('on') || a.value.startsWith('javascript:')
    || (a.name == 'src' && !a.value.startsWith('data:')))).map(e => e.outerHTML.slice(0, 20000))"""


@pytest.fixture(scope="module")
def visit(browser):
    """Open a page in a browser; what it asked for, said and ran there, and the page."""

    def opened(path: Path):
        page, heard = browser.new_page(), []
        page.on("request", lambda asked: heard.append(asked.url) if asked.url.startswith("http") else None)
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.keyboard.press("Tab")  # what waits for a focus
        page.wait_for_timeout(200)
        return page, heard

    return opened


def check_harmless(page, heard) -> None:
    assert heard == []
    ours = f"<script>{audible.SCRIPT}</script>"  # the map's, the only one that a report's policy lets run
    assert page.title() != "run" and [breach for breach in page.evaluate(BREACHES) if breach != ours] == []
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    assert page.evaluate("getComputedStyle(document.body).display") != "none", "the page is still there"
    width, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= seen


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The report of one notebook that got all texts as a parameter and showed them in every way there is."""
    place, new = tmp_path_factory.mktemp("study"), nbformat.v4
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    book = new.new_notebook(metadata=kernel, cells=[
        new.new_markdown_cell("# Texts of strangers"),
        new.new_code_cell("given = {}", metadata={"tags": ["parameters"]}),
        new.new_code_cell(f"TEXTS = {hostile.TEXTS!r}"), new.new_code_cell(SHOW),
        new.new_markdown_cell("## The end\n\nis here.")])
    nbformat.write(book, place / "book.ipynb")
    execute(place / "book.ipynb", place / "00_data.ipynb", {"given": hostile.TEXTS})
    return build(place)


def test_a_report_shows_every_text_and_runs_none(report, visit):
    page, heard = visit(report)
    check_harmless(page, heard)
    assert page.locator("main article").count() == 1, "no text has ended a chapter"
    check_harmless(*visit(report.parent / "notebooks" / "00_data.html"))
    assert page.get_by_role("heading", name="The end").count() == 1
    rows = page.evaluate("[...document.querySelectorAll('main .rich table tbody td')].map(cell => cell.textContent)")
    as_pandas_writes = str.maketrans({"\n": r"\n", "\r": r"\r", "\t": r"\t"})
    expected = [given.translate(as_pandas_writes).strip() for given in hostile.TEXTS.values()]
    assert [cell.strip() for cell in rows[: len(expected)]] == expected
    items = page.evaluate("[...document.querySelectorAll('main .rich li')].map(item => item.textContent)")
    assert items[: len(hostile.TEXTS)] == [text.line(given, 20_000) for given in hostile.TEXTS.values()]
    assert page.locator("audio").count() == len(hostile.TEXTS)


def test_a_markdown_line_stays_a_line():
    for given in hostile.TEXTS.values():
        assert "\n" not in text.markdown(given) and not set("<>`*[]$|") & set(text.markdown(given))


def test_code_in_a_markdown_line_stays_code_and_nothing_else_does():
    assert text.coded("a *b* (`--seeds 3` or `x = <i>`) `c") == (
        "a &#42;b&#42; &#40;`--seeds 3` or `x = <i>`&#41; &#96;c")
    for given in hostile.TEXTS.values():
        outside = re.sub("`[^`]+`", "", text.coded(given, 20_000))
        assert "\n" not in outside and not set("<>`*[]$|") & set(outside)


@pytest.mark.parametrize("name", hostile.TEXTS)
def test_figures_draw_any_text_and_take_none_for_a_formula(name, tmp_path):
    given = hostile.TEXTS[name]
    table = pd.DataFrame({"genre": [given] * 3, "year": [1_900] * 3, "tags": [[given]] * 3, "split": "train",
                          "work_id": [given] * 3, "repertoire": [given] * 3, "recording_id": list("abc")})
    shown: list[str] = []
    for figure in (plots.genres_years(table), plots.tag_counts(table), plots.splits(table)):
        figure.suptitle(style.wrap(given, 60)[:600])
        figure.savefig(tmp_path / "figure.png", dpi=20)
        shown += [label.get_text() for label in figure.findobj(Text)]
        plt.close(figure)
    assert not [label for label in shown if cbook.is_math_text(label)]
    assert shown.count(style.shorten(given)) >= 2, "the genre and the tag are there to be read"


def test_a_spreadsheet_computes_nothing_and_we_read_back_what_was_written(tmp_path):
    texts = [*hostile.TEXTS.values(), "'=1+1", "-0.12 [-0.30, +0.10]", "-5", "+3 %", ""]
    table = pd.DataFrame({"=title": texts, "number": range(len(texts)), "difference": [-0.5] * len(texts)})
    sheets.write(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["'=title", "number", "difference"] and rows[1][2] == "-0.5", "numbers stay numbers"
    assert [row[0] for row in rows if row[0].startswith(("=", "@", "+1+", "-1+", "\t"))] == []
    assert rows[-4][0] == "-0.12 [-0.30, +0.10]" and rows[-3][0] == "-5"
    back = sheets.read(tmp_path / "t.csv")
    expected = [given.removeprefix("'") if given == "'=1+1" else given for given in texts]
    assert list(back["=title"]) == expected


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    name = hostile.file_name(hostile.TEXTS["script"] + "\n\"' ; $(id)")
    return hostile.folder(tmp_path_factory.mktemp("music") / name)


def test_a_folder_is_cataloged_with_its_texts_unchanged_but_for_what_no_line_can_hold(music, tmp_path):
    table = folder.catalog(music)
    catalogs.save(table, tmp_path / "catalog.parquet")
    table = catalogs.load(tmp_path / "catalog.parquet")
    assert len(table) == 2 * len(hostile.TEXTS) and all(map(os.path.isfile, table["path"]))
    named = [text.clean(given) for given in hostile.TEXTS.values() for _ in range(2)]
    files = [text.clean(Path(track).stem) for track in table["track_id"]]
    assert [title for title in table["title"]] == [name or file for name, file in zip(named, files, strict=True)]
    assert table["title"].str.len().max() <= text.LONGEST


def run_study(music: Path, output: Path, *options: str) -> Path:
    """Run the smoke study on a folder; its own folder."""
    done = run_cli("--profile", "smoke", "--source", "folder", "--folder", str(music), "--output", str(output),
                   *options)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    return Path(done.stdout.splitlines()[-1]).parent


def check_study(study: Path, visit) -> None:
    page, heard = visit(study / "report.html")
    check_harmless(page, heard)
    assert page.locator("main article").count() == len(list(study.glob("[0-9]*.ipynb")))
    for path in study.glob("*.json"):
        json.loads(path.read_text("utf-8"))
    for path in study.glob("tables/*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+1+", "-1+"))], path.name
    for path in study.glob("[0-9]*.ipynb"):
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
        shown = "".join(str(output.get("data", {}).get(kind, "")) for output in outputs
                        for kind in ("text/html", "text/markdown"))
        assert "<script>" not in shown and "<svg onload" not in shown and "<img src=http" not in shown, path.name


def test_a_study_of_such_a_folder_reports_it_and_runs_nothing(music, tmp_path, visit):
    study = run_study(music, tmp_path / "out & \"'<b>", "--notebooks", "00")
    check_study(study, visit)
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {
        path for path in (tmp_path / "out & \"'<b>").rglob("*")
        if path.is_dir() and any(child.is_file() for child in path.iterdir())}, "all of it lies in the output folder"


@pytest.mark.stress
def test_the_whole_study_of_such_a_folder_runs_nothing(music, tmp_path, visit):
    study = run_study(music, tmp_path / "out & \"'<b>", "--covers-folder", str(music))
    assert len(list(study.glob("[0-9]*.ipynb"))) == 11
    check_study(study, visit)


# One process asks several things of the command line: most of a process's time is its imports.
ASKS = """
import sys
from itertools import groupby
from songsim_lib.cli import main

for said, words in groupby(sys.argv[1:], lambda word: word != "then"):
    if said:
        try:
            print(main(list(words)))
        except SystemExit as ended:
            print(ended.code)
"""


def test_a_name_that_is_no_text_is_used_or_refused_and_said(music, tmp_path):
    query = Path(os.fsdecode(os.fsencode(tmp_path) + b"/nam\xe9.wav"))
    query.write_bytes(next(music.glob("*.wav")).read_bytes())
    away = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    away.mkdir()
    (away / "a.wav").write_bytes(query.read_bytes())
    found = subprocess.run([sys.executable, "-m", "songsim_lib.cli", "compare", query, query], cwd=ROOT,
                           capture_output=True)
    assert found.returncode == 0 and b"the same recording" in found.stdout and rb"nam\udce9.wav" in found.stdout
    asked = (["search", query, "--catalog", away], ["--source", "folder", "--folder", away], ["--output", away])
    refused = subprocess.run([sys.executable, "-c", ASKS, *(word for words in asked for word in (*words, "then"))],
                             cwd=ROOT, capture_output=True)
    assert refused.stdout.split() == [b"2"] * 3 and refused.stderr.count(b"UTF-8 text") == 3
    assert b"Traceback" not in refused.stderr
