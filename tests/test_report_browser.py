"""The report in a browser: offline, readable on a desktop and on a telephone."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=[1280, 400], ids=["desktop", "telephone"])
def opened(request, browser, smoke: Path):
    """The smoke report in a window of that width, with all requests and console messages it caused."""
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    page.requests, page.messages = [], []
    page.on("request", lambda asked: page.requests.append(asked.url))
    page.on("console", lambda message: page.messages.append(message.text))
    page.on("pageerror", lambda error: page.messages.append(str(error)))
    page.goto((smoke / "report.html").as_uri())
    page.wait_for_load_state("networkidle")
    yield page
    page.close()


def test_opening_the_report_asks_no_network_and_raises_no_error(opened):
    beyond = [url for url in opened.requests if not url.startswith(("data:", "file:"))]
    files = [url for url in opened.requests if url.startswith("file:")]
    assert beyond == [] and len(files) == 1 and files[0].endswith("report.html")
    assert opened.messages == []


def test_the_page_never_scrolls_sideways(opened):
    for unfold in (False, True):
        if unfold:
            opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        width, seen = opened.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= seen


def test_every_figure_is_decoded_and_large_enough_to_read(opened):
    sizes = opened.evaluate("""Promise.all([...document.images].map(
        i => i.decode().then(() => [i.naturalWidth, i.getBoundingClientRect().width])))""")
    assert sizes and all(natural > 0 for natural, _ in sizes)
    assert all(drawn >= min(natural, 600) for natural, drawn in sizes)


def test_code_is_folded_until_asked_for(opened):
    assert opened.evaluate("document.querySelectorAll('main details[open]').length") == 0
    first = opened.locator("main details").first
    assert not first.locator("pre").is_visible()
    first.locator("summary").click()
    assert first.locator("pre").is_visible()


def test_players_can_play(opened):
    loaded = opened.evaluate("""Promise.all([...document.querySelectorAll('audio')].map(
        a => new Promise(done => {
        if (a.readyState >= 1) return done(a.duration);
        a.onloadedmetadata = () => done(a.duration); a.onerror = () => done(-1); a.load(); })))""")
    assert loaded and all(seconds > 1 for seconds in loaded)


def test_text_is_large_enough_and_formulas_are_drawn(opened):
    assert opened.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)") >= 14
    assert opened.evaluate("document.querySelector('math').getBoundingClientRect().height") > 5
