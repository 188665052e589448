"""The page of a comparison in a browser: offline, readable on a desktop, a telephone and paper."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("width", [1280, 360], ids=["desktop", "telephone"])
def test_it_opens_offline_fits_and_plays(browser, answered, width):
    written = answered[1]
    opened, requests, messages = browser.new_page(viewport={"width": width, "height": 800}), [], []
    opened.on("request", lambda asked: requests.append(asked.url))
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("dialog", lambda dialog: messages.append(dialog.message))
    opened.goto(written.as_uri())
    opened.wait_for_load_state("networkidle")
    assert [url for url in requests if not url.startswith("data:")] == [written.as_uri()] and messages == []
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert opened.evaluate(fits)
    lasts = opened.evaluate("""Promise.all([...document.querySelectorAll('audio')].map(a => new Promise(done => {
        a.onloadedmetadata = () => done(a.duration); a.onerror = () => done(-1);
        a.preload = 'metadata'; a.load(); })))""")
    assert len(lasts) == 4 and all(4 < seconds < 10 for seconds in lasts)
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 700, "height": 1000})
    assert opened.evaluate(fits) and not opened.locator("audio").first.is_visible()
    assert opened.evaluate("[...document.images].every(i => i.getBoundingClientRect().right <= innerWidth)")
    opened.close()
