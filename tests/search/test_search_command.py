"""./run_all.sh search: the nearest works of a folder, listened to once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from searched import calibrated, write

from songsim_lib import calibration, cli, models
from songsim_lib.paths import Paths
from songsim_lib.search import embedding, opening


@pytest.fixture
def run(net, tmp_path, monkeypatch, capsys):
    """Give the command to the command line, with a cache of its own: exit status, stdout, stderr."""
    monkeypatch.setattr(models, "load_pretrained", lambda: net)
    monkeypatch.setattr(calibration, "of", lambda _: calibrated(np.linspace(0.2, 1, 99)))
    monkeypatch.setattr(opening, "locate", lambda: Paths(tmp_path / "data"))

    def run(*words):
        code = cli.main(["search", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_nearest_works_are_told_and_the_folder_is_listened_to_once(run, tmp_path, monkeypatch):
    root, query = tmp_path / "music", write(tmp_path / "query.wav", 1, gain=0.4)
    for number in range(3):
        write(root / f"work {number}" / "a.wav", number)
    (root / "work 0" / "page.mp3").write_text("<html>" * 99)
    code, text, err = run(query, "--catalog", root, "--top", 2)
    assert code == 0 and text.splitlines()[0] == f"nearest to {query} among 3 recordings"
    assert "[work 1/a.wav]" in text.splitlines()[1] and len(text.splitlines()) == 7
    assert "p < 0.01; " in text.splitlines()[2] and "chance alone would bring fewer than 0.03 as near" in text
    assert "1 of 4 recordings could not be used" in err and "page.mp3: not readable" in err
    asked, heard = [], embedding.heard
    monkeypatch.setattr(embedding, "heard", lambda path, *rest: asked.append(path) or heard(path, *rest))
    code, told, _ = run(query, "--catalog", root, "--json")
    assert code == 0 and json.loads(told)["hits"][0]["track_id"] == "work 1/a.wav" and asked == [query]
    assert run(query, "--catalog", root, "--fresh")[0] == 0 and len(asked) == 6


def test_what_cannot_be_searched_is_told_before_a_folder_is_listened_to(run, tmp_path):
    query = write(tmp_path / "query.wav", 1)
    (tmp_path / "page.mp3").write_text("<html>" * 99)
    (tmp_path / "empty").mkdir()
    for words, reason in (((tmp_path / "gone.wav", tmp_path), "gone.wav: no such file"),
                          ((query, tmp_path / "gone"), "gone: no such folder"),
                          ((query, tmp_path / "empty"), "no sound files in"),
                          ((tmp_path / "page.mp3", tmp_path), "page.mp3: not readable")):
        code, out, err = run(words[0], "--catalog", words[1])
        assert (code, out) == (2, "") and reason in err and err.count("\n") == 1
    assert not list(tmp_path.glob("data/cache/search/*/*"))


@pytest.mark.parametrize("top", ["0", "-1", "ten", "1.5"])
def test_a_number_of_hits_is_a_whole_one(run, tmp_path, top):
    with pytest.raises(SystemExit) as refused:
        run(tmp_path, "--catalog", tmp_path, f"--top={top}")
    assert refused.value.code == 2


def test_of_a_network_without_a_calibration_nothing_is_said_about_chance(run, tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "of", lambda _: None)
    write(tmp_path / "music" / "a.wav", 2, seconds=5)
    query = write(tmp_path / "query.wav", 1, seconds=5)
    code, text, _ = run(query, "--catalog", tmp_path / "music")
    assert code == 0 and "chance" not in text and len(text.splitlines()) == 3
    [hit] = json.loads(run(query, "--catalog", tmp_path / "music", "--json")[1])["hits"]
    assert hit["p_value"] is hit["by_chance"] is None


def test_a_calibration_that_is_damaged_is_told_before_a_folder_is_listened_to(run, tmp_path, monkeypatch):
    def damaged(_):
        raise ValueError("calibration.json is damaged")

    monkeypatch.setattr(calibration, "of", damaged)
    write(tmp_path / "music" / "a.wav", 2, seconds=5)
    code, out, err = run(write(tmp_path / "query.wav", 1, seconds=5), "--catalog", tmp_path / "music")
    assert (code, out) == (2, "") and err == "search: calibration.json is damaged\n"
    assert not list(tmp_path.glob("data/cache/search/*/*"))
