"""./run_all.sh compare: one line or JSON on stdout, a page that stands alone, or one sentence that says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
import sounds as files
from bs4 import BeautifulSoup
from made import RATE_HZ, SPEC, noise, tune

from songsim_lib import cli, models
from songsim_lib.calibration import ASKED, Statement
from songsim_lib.checkpoint import CheckpointError
from songsim_lib.compare import exhibits, page, telling
from songsim_lib.compare.comparison import between
from songsim_lib.compare.sound import hear


def stated(p_value, log_ratio=5.0):
    """What a calibration says where network, alignment and both together are as rare as this."""
    return {kind: Statement(p_value, log_ratio, 20_000) for kind in ASKED}


@pytest.fixture
def run(small_net, monkeypatch, capsys):
    """Give the command to the command line: exit status, stdout, stderr."""
    monkeypatch.setattr(models, "load_pretrained", lambda: small_net)

    def run(*words):
        code = cli.main(["compare", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_it_prints_one_line_or_json_and_writes_a_page(run, songs, answered):
    code, line, err = run(*songs)
    assert (code, err) == (0, "") and line.count("\n") == 1 and "semitones lower" in line
    assert line[:-1].isprintable(), "a name steers no terminal"
    told, written = answered
    assert told.isascii() and json.loads(told)["verdict"] == line[:-1]
    assert [path.name for path in written.parent.iterdir()] == ["page.html"]
    assert plt.get_fignums() == [], "figures are closed"


def test_the_page_stands_alone_and_names_do_no_harm(answered):
    soup = read(answered[1])
    assert not soup.find_all(["script", "iframe", "object"]) and [tag["href"] for tag in soup("link")] == ["data:,"]
    sources = [tag["src"] for tag in soup.find_all(src=True)]
    assert sources and all(source.startswith("data:") for source in sources)
    assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert "<img src=x onerror=alert(1)>\"&' $\\frac{ {{7}} [31m 音楽 long" in soup.dl.get_text()
    assert "\u202e" not in str(soup) and "\x1b" not in str(soup)
    assert answered[1].stat().st_size < 4e6


def test_the_page_shows_evidence_doubt_and_what_it_does_not_mean(answered):
    soup = read(answered[1])
    text = " ".join(soup.get_text().split())
    assert "They share 2 passages" in text and "is not infringement" in text and "chord progressions" in text
    assert telling.PASSAGE_DOUBT in text and "not calibrated" in text
    badges = [badge["style"] for badge in soup.select("#passages tbody .badge")]
    assert len(badges) == len(json.loads(answered[0])["passages"]) == 2 and len(set(badges)) == 2
    assert len(soup.select("#passages .pair")) == 2 and len(soup.select("#passages audio")) == 4
    assert [row.th.text for row in soup.select("#witnesses tbody tr")] == ["composition", "alignment", "recording"]
    assert len(soup.select("section img")) == 3 and all("passage 2" in image["alt"] for image in soup("img"))
    assert soup.header and soup.nav and soup.main and soup.footer and soup.html["lang"] == "en"
    assert all(soup.find(id=link["href"][1:]) for link in soup.select("a[href^='#']"))


def test_a_calibrated_statement_comes_first_where_there_is_one(songs, small_net, monkeypatch):
    monkeypatch.setattr(exhibits, "figures", lambda *_: dict.fromkeys(("waveforms", "spectrograms", "similarity"), ""))
    sounds = [hear(path, SPEC) for path in songs]
    found = replace(between(*sounds, small_net), stated=stated(0.00015))
    soup = BeautifulSoup(page.render(found, *sounds), "html.parser")
    verdict = soup.find(id="verdict")
    assert verdict.h2.text == "The same composition" and verdict.p.text.startswith("Of 20,000 pairs of unrelated works")
    assert "not calibrated" not in verdict.text and telling.CALIBRATED_DOUBT in verdict.text
    assert [line.text for line in verdict.select("dd")] == ["0.00015", "150", "20,000"]
    said = [row.select("td")[2].text for row in soup.select("#witnesses tbody tr")]
    assert said[0].startswith("the same composition (p 0.00015)") and said[1].startswith("the same composition")
    assert "20,000 pairs" in found.one_line() and json.loads(found.to_json())["calibrated"]["p_value"] == 0.00015


def test_witnesses_agree_or_leave_doubt(songs, small_net):
    found = between(*(hear(path, SPEC) for path in songs), small_net)
    whole = replace(found, stated=stated(0.0002))
    assert whole.verdict == "the same composition" and "agree" in telling.agreement(whole)
    same = replace(whole, recording=replace(found.recording, same=True, offset_s=0.0))
    assert same.verdict == "the same recording" == telling.headline(same).lower() and "agree" in telling.agreement(same)
    assert "doubt" in telling.agreement(replace(same, alignment=replace(same.alignment, passages=())))
    torn = replace(found, stated=stated(0.0002) | {"alignment": Statement(0.4, -1.0, 20_000)})
    assert "alignment does not: there is reason for doubt" in telling.agreement(torn)
    neither = replace(found, stated=stated(0.4, -1.0))
    assert neither.verdict == "neither" and "a passage in common" in telling.headline(neither)
    assert "quotation" in telling.agreement(neither)


def test_music_and_noise_are_compared_and_have_a_page(run, songs, tmp_path):
    soundfile.write(tmp_path / "noise.wav", noise(0, 7), RATE_HZ)
    code, line, _ = run(songs[1], tmp_path / "noise.wav", "--out", tmp_path / "page.html")
    soup = read(tmp_path / "page.html")
    assert code == 0 and "no passage" in line and len(soup("audio")) == 2
    assert "no pitches that stand out" in soup.find(id="witnesses").text


@pytest.mark.parametrize("kind", ["missing", "silence", "a web page", "short", "hour"])
def test_what_cannot_be_compared_is_told_in_one_sentence(run, songs, tmp_path, kind):
    ending, make, reason = files.BROKEN.get(kind, (".wav", None, ""))
    bad = tmp_path / f"bad{ending}"
    if kind == "short":
        soundfile.write(bad, tune(0, 3), RATE_HZ)
    elif kind == "hour":
        soundfile.write(bad, np.full(3_600 * 4_000, 0.1, np.float32), 4_000)
    elif make:
        make(bad)
    (tmp_path / "page.html").write_text("the last one")
    code, out, err = run(songs[1], bad, "--json", "--out", tmp_path / "page.html")
    assert (code, out) == (2, "") and err.count("\n") == 1 and err.startswith(f"compare: {bad}: ")
    assert {"missing": "no such file", "short": "too short, 3.0 s; needs 5", "hour": "longer than 10 minutes"}.get(
        kind, reason) in err
    assert (tmp_path / "page.html").read_text() == "the last one" and not list(tmp_path.glob(".*"))


def test_a_place_for_the_page_or_weights_that_are_not_there_are_told(run, songs, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for out, reason in (("b.wav", "ends in .html"), ("file/page.html", "no page can be written")):
        assert cli.main(["--check", "compare", "--out", str(tmp_path / out), *map(str, songs)]) == 2, "before a set-up"
        code, _, err = run("--out", tmp_path / out, *songs)
        assert code == 2 and reason in err and err.count("\n") == 2

    def absent():
        raise CheckpointError("the weights are not there")

    monkeypatch.setattr(models, "load_pretrained", absent)
    assert run(*songs) == (2, "", "compare: the weights are not there\n")


def test_the_set_up_leaves_stdout_to_the_answer(tmp_path):
    from test_run_all import Miniature

    project = Miniature(tmp_path, "torch>=99")  # which a hosted machine keeps, and says so
    result = project.run("compare", "a.wav", "b.wav", "--json", KAGGLE_KERNEL_RUN_TYPE="Batch")
    assert result.stdout.split()[0] == "RUN" and result.stdout.count("\n") == 1, result.stderr
    assert "is kept" in result.stderr
