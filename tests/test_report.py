"""The report is one file that shows what the notebooks showed, and nothing of their machinery."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pandas as pd
import pytest
import soundfile
from bs4 import BeautifulSoup
from IPython.display import Audio
from PIL import Image

from songsim_lib.files import write_json
from songsim_lib.report import MAX_BYTES, build, media
from songsim_lib.report.facts import caveats, duration
from songsim_lib.report.markup import rich
from songsim_lib.report.media import small_audio
from songsim_lib.report.numbering import Numbers
from songsim_lib.report.prose import prose
from songsim_lib.report.streams import collapse

matplotlib.use("Agg")
new = nbformat.v4


def png(width_in: float = 12) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, 4))
    figure.add_subplot().plot(np.sin(np.arange(99)))
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=100)
    return base64.b64encode(made.getvalue()).decode()


def shown(**data: str) -> dict:
    return new.new_output(
        "display_data", data={key.replace("_", "/", 1): value for key, value in data.items()}
    )


def notebook(path: Path, *cells) -> None:
    nbformat.write(new.new_notebook(cells=list(cells)), path)


def player(seconds: float = 2.0, rate: int = 22_050) -> str:
    return Audio(np.sin(np.arange(int(seconds * rate)) / 10), rate=rate)._repr_html_()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A small study folder: two notebooks with every kind of cell and output the chain leaves."""
    table = pd.DataFrame({f"column {n}": np.arange(3) * n for n in range(14)}).to_html()
    notebook(
        tmp_path / "00_data.ipynb",
        new.new_markdown_cell("# From *songs* to a catalog\n\nThe margin is $\\alpha_1 = 1$, it costs $5."),
        new.new_markdown_cell(
            "[![Colab](https://example.org/badge.svg)](https://example.org)", metadata={"tags": ["badges"]}
        ),
        new.new_code_cell("import bootstrap_machinery", metadata={"tags": ["bootstrap"]}),
        new.new_code_cell("seed = 0", metadata={"tags": ["parameters"]}),
        new.new_code_cell("seed = 7", metadata={"tags": ["injected-parameters"]}),
        new.new_markdown_cell(
            "## Reading\n\n### Detail\n\n$$L = \\max(0, \\|f(A)\\| + \\alpha)$$\n\n"
            "![far](https://example.org/far.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        new.new_code_cell(
            '# alt: A sine wave "drawn" as a curve\nplot()',
            outputs=[shown(image_png=png(), text_plain="<Figure size 1200x400 with 1 Axes>")],
        ),
        new.new_code_cell("table", outputs=[shown(text_html="<script>alert(1)</script>" + table)]),
        new.new_code_cell(
            "train()",
            outputs=[
                new.new_output("stream", name="stderr", text="\rloss:  10%|█     | 1/10 [00:01<00:09]"),
                new.new_output("stream", name="stderr", text="\rloss: 100%|██████| 10/10 [00:10<00:00]\n"),
                new.new_output("stream", name="stdout", text="\x1b[31mtrained\x1b[0m\n"),
            ],
        ),
        new.new_code_cell("play()", outputs=[shown(text_html=player())]),
        new.new_code_cell("plt.hist(x)", outputs=[shown(text_plain="<Axes: xlabel='a'>")]),
    )
    notebook(
        tmp_path / "01_eda.ipynb", new.new_markdown_cell("# Looking at the catalog\n\n## Reading\n\ntext")
    )
    step = {
        "key": "k",
        "seconds": 75.2,
        "peak_memory_mb": 812,
        "finished": "2026-01-02 03:04:05+00:00",
        "files": [],
    }
    write_json(
        tmp_path / "steps.json",
        {
            "study": {
                "source": "tunebook",
                "profile": "smoke",
                "purpose": "tests",
                "seed": 7,
                "device": "a small CPU",
                "versions": {"python": "3.12.0", "torch": "2.9"},
            },
            "steps": {"00_data": step, "01_eda": step},
        },
    )
    limits = ["corpus: computer renderings", "random trunk & <no weights> (`--seeds 3` & `<b>`)"]
    write_json(tmp_path / "results.json", {"caveats": limits})
    return tmp_path


@pytest.fixture
def page(study: Path) -> BeautifulSoup:
    return BeautifulSoup(build(study).read_text(encoding="utf-8"), "html.parser")


def test_nothing_in_the_report_is_fetched_from_anywhere(page):
    for tag in page.find_all(src=True):
        assert tag["src"].startswith("data:"), tag
    assert all(link["href"].startswith(("data:", "#")) for link in page.find_all("link", href=True))
    assert not page.find_all("script") and "url(" not in page.style.get_text()
    assert (
        "default-src 'none'" in page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    )


def test_the_head_says_when_on_what_and_with_which_reservations(page):
    head = page.header.get_text(" ")
    for fact in (
        "2026-01-02",
        "tunebook",
        "smoke (tests)",
        "7",
        "a small CPU",
        "torch 2.9",
        "python 3.12.0",
        "corpus: computer renderings",
        "random trunk & <no weights>",
    ):
        assert fact in head
    assert [code.get_text() for code in page.select(".caveats code")] == ["--seeds 3", "<b>"]
    times = page.find(id="times").get_text(" ")
    assert "1 min 15 s" in times and "812 MB" in times and "2 min 30 s" in times


def test_anchors_are_unique_and_the_contents_lead_to_them(page):
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [link["href"] for link in page.nav.find_all("a")]
    assert links == ["#background", "#data", "#00_data", "#01_eda", "#limits", "#methods", "#references", "#times"]
    assert {link[1:] for link in links} <= set(ids)
    assert [h.get_text() for h in page.select("main h2")] == [
        "What was asked", "Data", "Limits", "Methods", "References", "How long it took"]
    assert [h.get_text() for h in page.select("#data h3")] == ["From songs to a catalog", "Looking at the catalog"]


def test_code_is_folded_and_the_notebooks_machinery_is_gone(page):
    code = page.select("main details")
    assert code and not any(details.has_attr("open") for details in code)
    assert all(pre.find_parent("details") for pre in page.select(".code pre"))
    assert "Parameters of this run" in page.find("main").get_text()
    assert "bootstrap_machinery" not in str(page) and "badge.svg" not in str(page)
    assert "<Axes" not in page.get_text() and "<Figure" not in page.get_text()


def test_formulas_are_mathml_and_a_price_is_not_a_formula(page):
    assert len(page.find_all("math")) == 2
    assert page.find("math", display="block") is not None
    assert "it costs $5." in page.get_text()


def test_figures_say_what_they_show_and_scroll_in_their_own_frame(page):
    image = page.find("img")
    assert image["alt"] == 'A sine wave "drawn" as a curve'
    assert (image["width"], image["height"]) == ("1200", "400")
    assert "wide" in image.parent["class"]
    assert all(table.find_parent(class_="wide") for table in page.find_all("table"))


def test_progress_bars_keep_their_last_line_only(page):
    streams = [pre.get_text() for pre in page.select("pre.stderr, pre.stdout")]
    assert streams == ["loss: 100%|██████| 10/10 [00:10<00:00]", "trained"]
    assert collapse("a\n 1%|x| 1/9 [0:1]\nb\n 2%|x| 2/9 [0:1]\n") == "a\nb\n 2%|x| 2/9 [0:1]"


def test_a_warning_is_told_once_without_the_machines_paths():
    warning = "/home/me/songsim_lib/models.py:137: UserWarning: no weights\n  model = network()\n"
    assert collapse(f"{warning}{warning}done\n") == "UserWarning: no weights\ndone"


def test_columns_of_words_stand_left_and_numbers_right():
    table = pd.DataFrame({"title": ["Lorelei", "12"], "year": [1843, None], "share": ["3 %", "4 %"]})
    cells = BeautifulSoup(rich(table.to_html(), "x", Numbers()), "html.parser").select("tbody tr:first-child td")
    assert ["text" in cell.get_attribute_list("class") for cell in cells] == [True, False, False]


def test_players_become_small_and_stay_the_same_sound(page):
    sound = page.find("audio").find("source") or page.find("audio")
    assert sound["src"].startswith("data:audio/mpeg;base64,")
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sound["src"].split(",")[1])))
    assert rate == 22_050 and abs(len(samples) / rate - 2) < 0.1
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(np.sqrt(0.5), rel=0.1)
    wav = re.search(r'src="([^"]+)"', player(10)).group(1)
    assert len(small_audio(wav)) < len(wav) / 4


def test_markdown_inside_code_and_broken_formulas_survive():
    shown = prose("`cost = $a$` and ```b = $c$``` and $\\undefined{$", "x")
    assert "cost = $a$" in shown.get_text() and shown.find("math") is None


def test_a_formula_may_go_over_a_line_but_not_over_a_paragraph():
    assert prose("we draw $10\n\\log_{10} P$ in dB", "x").find("math") is not None
    assert prose("from $a\n\nto b$ it", "x").find("math") is None


def test_local_pictures_are_embedded(tmp_path):
    (tmp_path / "curve.png").write_bytes(base64.b64decode(png()))
    assert prose("![a curve](curve.png)", "x", tmp_path).img["src"].startswith("data:image/png;base64,")


def test_a_notebook_that_did_not_finish_says_so(study):
    write_json(study / "steps.json", {"steps": {}})
    assert "did not run to its end" in build(study).read_text()


def test_an_empty_study_has_no_report(tmp_path):
    with pytest.raises(FileNotFoundError, match="no executed notebook"):
        build(tmp_path)


def test_times_and_caveats_are_written_for_people(tmp_path):
    assert [duration(s) for s in (4.26, 75, 3725)] == ["4.3 s", "1 min 15 s", "1 h 02 min"]
    write_json(tmp_path / "results.json", {"caveats": {"04": ["a", "b"], "05": ["a"]}})
    assert caveats(tmp_path) == ["a", "b"]


def test_the_smoke_report_is_one_file_of_at_most_15_mb(smoke, smoke_stdout):
    report = smoke / "report.html"
    assert smoke_stdout.splitlines()[-1] == str(report), "the report's path is the last line printed"
    assert report.stat().st_size <= MAX_BYTES
    page = BeautifulSoup(report.read_text(encoding="utf-8"), "html.parser")
    assert len(page.find_all("article")) == 11
    assert len(page.find_all("img")) >= 10 and page.find_all("math") and page.find_all("audio")
    assert page.select_one(".caveats li") is not None
    assert all(image["alt"] for image in page.find_all("img"))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_notation_keeps_its_size_and_is_part_of_the_page(tmp_path):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="880" height="90"><path stroke-width="9" d="M0 0"/></svg>'
    shown_svg = new.new_code_cell("# alt: a tune\nshow()", outputs=[shown(**{"image_svg+xml": drawing})])
    notebook(tmp_path / "00_data.ipynb", shown_svg)
    [image] = BeautifulSoup(build(tmp_path).read_text(encoding="utf-8"), "html.parser").select("figure img")
    assert (image["width"], image["height"], image["alt"]) == ("880", "90", "a tune")
    assert base64.b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")).decode() == drawing


def test_figures_travel_in_few_colours_and_keep_their_size():
    made = io.BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(made, "png")
    small = media.small_picture(made.getvalue())
    assert len(small) < len(made.getvalue()) and media.size_px(small) == (120, 90)
    for other in (b"<svg/>", b"", made.getvalue()[:60]):
        assert media.small_picture(other) == other, "what is no picture stays as it is"
