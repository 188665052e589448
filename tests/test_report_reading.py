"""The report as something to read: numbered, captioned, with its methods and references, and a map to listen to."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import soundfile
import tiny
from bs4 import BeautifulSoup

from songsim_lib import augment, chain, hardware, soundmap
from songsim_lib.config import EXPERIMENTS, AudioSpec
from songsim_lib.files import read_json, write_json
from songsim_lib.paths import ROOT
from songsim_lib.profiles import choose_profile
from songsim_lib.report import build, found, methods, summary
from songsim_lib.report.references import REFERENCES
from songsim_lib.study import Study

RESULTS = read_json(ROOT / "images" / "results.json")


def works(folder: Path, n: int = 12) -> tuple[pd.DataFrame, np.ndarray]:
    """Recordings of n works, two of each, and distances by which versions are near."""
    folder.mkdir(parents=True)
    rows = []
    for i in range(2 * n):
        soundfile.write(folder / f"{i}.wav", tiny.melody(i // 2, seconds=14), 22_050)
        rows.append({"track_id": str(i), "recording_id": str(i), "work_id": f"w{i // 2}", "title": f"Tune <b>{i}</b>",
                     "artist": "x", "repertoire": "lieder" if i < n else "aird", "path": str(folder / f"{i}.wav")})
    places = np.repeat(np.random.default_rng(0).normal(size=(n, 8)), 2, axis=0)
    places += 0.01 * np.random.default_rng(1).normal(size=places.shape)
    return pd.DataFrame(rows), np.linalg.norm(places[:, None] - places[None], axis=2).astype(np.float32)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> soundmap.SoundMap:
    return soundmap.draw(*works(tmp_path_factory.mktemp("sound") / "music"), AudioSpec())


@pytest.fixture(scope="module")
def study(tmp_path_factory, drawn) -> Path:
    """A study of two notebooks with the results of the last full run, and a map."""
    made = Study("tunebook", "smoke", output=str(tmp_path_factory.mktemp("study")))
    made.folder.mkdir(parents=True)
    new = nbformat.v4
    table = pd.DataFrame({"a": [1, 2]}).to_html()
    shown = new.new_output("display_data", data={"text/html": table})
    for name in ("02_spectrograms", "03_augmentation"):
        cells = [new.new_markdown_cell(f"# {name}\n\n## Looking\n\nWords."),
                 new.new_code_cell("show()", outputs=[shown]),
                 new.new_markdown_cell("Seen.\n\nNext: `04` goes on."),
                 new.new_markdown_cell("## Try it\n\n- Change the seed.")]
        nbformat.write(new.new_notebook(cells=cells), made.folder / f"{name}.ipynb")
    write_json(made.folder / "results.json", RESULTS)
    write_json(made.folder / "steps.json", {"study": {"profile": "quick"}, "steps": {}})
    soundmap.save(made, drawn)
    build(made.folder)
    return made.folder


@pytest.fixture(scope="module")
def page(study) -> BeautifulSoup:
    return BeautifulSoup((study / "report.html").read_text("utf-8"), "html.parser")


def test_the_parts_come_in_the_order_of_the_original(page):
    parts = [tag["id"] for tag in page.select("main > section")]
    assert parts == ["map", "background", "augmentation", "spectrograms", "limits", "methods", "references", "times"]


def test_figures_and_tables_are_numbered_in_the_order_they_stand_in(page):
    for tag, word in (("figcaption", "Figure"), ("caption", "Table")):
        numbers = [caption.b.get_text() for caption in page.find_all(tag)]
        assert numbers == [f"{word} {i}." for i in range(1, len(numbers) + 1)] and numbers
    assert all(len(caption.get_text()) > 12 for caption in page.find_all(["figcaption", "caption"]))
    assert len(page.find_all("table")) == len(page.find_all("caption"))


def test_exercises_and_signposts_are_for_the_notebook_s_own_page(page, study):
    assert "Try it" not in page.get_text() and "goes on" not in page.get_text() and "Seen." in page.get_text()
    alone = BeautifulSoup((study / "notebooks" / "02_spectrograms.html").read_text("utf-8"), "html.parser")
    assert "Change the seed." in alone.get_text() and alone.select("details[open]")
    links = {link["href"] for link in page.select(".notebook a")}
    assert links == {"notebooks/02_spectrograms.html", "notebooks/03_augmentation.html"}
    assert all((study / link).is_file() for link in links)


def test_the_summary_has_five_numbers_with_interval_and_n(page):
    told = page.select(".summary dl > div")
    assert len(told) == 5
    for one in told:
        assert re.search(r"\d", one.select_one(".number").get_text())
        assert re.search(r"95 % interval .* n = [\d,]+", one.select_one(".interval").get_text())


def test_the_numbers_are_those_of_the_results():
    numbers = summary.numbers(RESULTS)
    best = max(run["validation"]["triplet_accuracy"]["value"] for run in RESULTS["summary"]["runs"].values())
    assert numbers[0].value == f"{best:.3f}"
    assert summary.numbers({}) == [] and len(summary.numbers({"summary": RESULTS["summary"]})) == 2


def test_what_was_not_found_is_said_too():
    yes, no = found.sentences(RESULTS)
    assert yes and no and not set(yes) & set(no)
    worse = [text for text in no if re.search(r"\b0 of \d+ of them find more versions than", text)]
    assert worse, "the original's networks do not beat the strongest baseline"


def test_the_methods_are_those_of_the_configuration():
    tables = {title: rows for title, _, rows in methods.tables({"profile": "quick"})}
    assert ["hop length", f"{AudioSpec().hop_length:,}"] in tables["Sound and spectrograms"]
    assert len(tables["Augmentations, in this order"]) == len(augment.transforms())
    assert [row[0] for row in tables["Trainings"]] == [one.title for one in EXPERIMENTS.values()]
    assert ["triplets", "360"] in tables["Profile quick"]


def test_the_methods_tell_the_triplets_that_were_trained_on(monkeypatch, tmp_path):
    monkeypatch.setattr(hardware, "has_fast_bf16", lambda: False)
    monkeypatch.setattr(hardware, "gpu_name", lambda: "")
    request = chain.Request({}, [], "tunebook", "quick", 0, str(tmp_path))
    ran = chain.chain_of(request, Study("tunebook", choose_profile("quick"), 0, str(tmp_path))).study
    tables = {title: rows for title, _, rows in methods.tables(ran)}
    assert ["triplets", "180"] in tables["Profile quick"], "half, on a processor without native bfloat16"


def test_every_reference_has_an_address_and_they_are_in_order():
    surnames = [one.who.split(",")[0] for one in REFERENCES]
    assert surnames == sorted(surnames)
    assert all(re.fullmatch(r"https?://\S+", one.url) and one.used_for for one in REFERENCES)
    assert len({one.url for one in REFERENCES}) == len(REFERENCES)


def test_a_map_keeps_versions_together(drawn):
    assert len(drawn.points) == 24 and len(drawn.lines) == 12 and drawn.trustworthiness > 0.8
    places = np.array([(one.x, one.y) for one in drawn.points])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert np.median([apart[line] for line in drawn.lines]) < np.median(apart) / 3
    assert all(0 <= one.x <= 1 and 0 <= one.y <= 1 and one.sound.startswith("data:audio/") for one in drawn.points)
    assert sum(len(one.sound) for one in drawn.points) / 24 < 16_000, "small enough for 140 of them"


def test_the_same_recordings_give_the_same_map(drawn, tmp_path):
    again = soundmap.draw(*works(tmp_path / "music"), AudioSpec())
    assert [(one.x, one.y) for one in again.points] == [(one.x, one.y) for one in drawn.points]


def test_a_damaged_map_is_named(tmp_path):
    write_json(tmp_path / soundmap.FILE, {"points": [{"x": 1}], "trustworthiness": 1})
    with pytest.raises(ValueError, match=r"sound_map\.json is no map"):
        soundmap.load(tmp_path)
    assert soundmap.load(tmp_path / "none") is None


@pytest.fixture
def opened(browser, study):
    page = browser.new_page()
    page.add_init_script("""window.played = []; const play = Audio.prototype.play;
        Audio.prototype.play = function () { played.push(this.src.length); return play.call(this); };""")
    page.goto((study / "report.html").as_uri())
    yield page
    page.close()


def playing(opened) -> list[str]:
    return opened.evaluate("[...document.querySelectorAll('.point.playing')].map(p => p.getAttribute('aria-label'))")


def test_the_map_is_heard_by_keyboard_and_by_pointer(opened):
    opened.locator(".point").first.focus()
    assert len(opened.evaluate("played")) == 1
    [first] = playing(opened)
    assert opened.locator("#sound-map-says").inner_text() == first and first.startswith("Tune <b>")
    opened.keyboard.press("v")
    [second] = playing(opened)
    assert second != first and len(opened.evaluate("played")) == 2
    work = opened.locator(".point.version").first.get_attribute("data-work")
    assert opened.evaluate("document.activeElement.dataset.work") == work, "V goes to a version of the same work"
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"):
        opened.keyboard.press(key)
    assert len(opened.evaluate("played")) >= 4
    opened.keyboard.press("Escape")
    assert playing(opened) == []
    opened.keyboard.press("Tab")
    assert not opened.evaluate("document.activeElement.classList.contains('point')"), "one stop of the tab key"
    heard = len(opened.evaluate("played"))
    opened.locator(".point").nth(5).click()
    opened.locator(".point").nth(9).hover()
    assert len(opened.evaluate("played")) >= heard + 2


def test_every_clip_of_the_map_can_be_decoded(opened):
    seconds = opened.evaluate("""Promise.all([...document.querySelectorAll('.point')].map(p => new Promise(done => {
        const a = new Audio(p.dataset.sound); a.onloadedmetadata = () => done(a.duration); a.onerror = () => done(-1);
        })))""")
    assert len(seconds) == 24 and all(2.9 < one < 3.3 for one in seconds)


def test_the_page_runs_its_own_script_and_no_other(opened):
    opened.evaluate("""() => { const s = document.createElement('script'); s.textContent = 'window.intruder = 1';
        document.body.append(s); }""")
    assert opened.evaluate("window.intruder === undefined")


def serious(browser, path: Path, width: int) -> list[tuple[str, str]]:
    """What axe finds in a page at a width: serious and critical violations."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)  # axe is a script
    page = context.new_page()
    page.goto(path.as_uri())
    violations = axe.run(page).response["violations"]
    context.close()
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in violations
            if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(browser, study, width):
    assert serious(browser, study / "report.html", width) == []
    assert serious(browser, study / "notebooks" / "02_spectrograms.html", width) == []


def test_axe_finds_nothing_serious_in_a_whole_report(browser, smoke):
    assert serious(browser, smoke / "report.html", 400) == []


def test_it_prints_with_every_part_beginning_a_page(browser, study, tmp_path):
    page = browser.new_page()
    page.goto((study / "report.html").as_uri())
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
    page.emulate_media(media="print")
    width, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= seen and not page.locator("nav").is_visible()
    page.close()
