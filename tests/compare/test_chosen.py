"""Notebook 09 has two recordings whatever it is given, and knows what must come out of copies and noise."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from made import SPEC, tune

from songsim_lib import calibration
from songsim_lib.audio import AudioError
from songsim_lib.calibration import card
from songsim_lib.compare import chosen, exhibits, robust
from songsim_lib.compare.comparison import between
from songsim_lib.compare.sound import Sound, hear
from songsim_lib.models import load_pretrained
from songsim_lib.plots import calibration as plots
from songsim_lib.sources import tunebook
from songsim_lib.splits import held_out


def test_without_files_a_tune_is_compared_that_two_books_print_and_the_network_has_not_learned():
    found = chosen.choose("", "")
    edition = tunebook.catalog()
    rows = [edition[edition["path"] == str(path)].iloc[0] for path in found.paths]
    assert [row["repertoire"] for row in rows] == ["aird", "oneill"] and rows[0]["year"] == 1778
    assert rows[0]["work_id"] == rows[1]["work_id"] and rows[0]["score_id"] != rows[1]["score_id"]
    assert held_out(edition)[edition["work_id"] == rows[0]["work_id"]].all()
    assert "1782" in found.captions[0] and "1903" in found.captions[1]
    first, second = (set(member.marks.labels.values()) for member in found.notation)
    assert first & second, "bars that answer each other have a letter in common"


def test_the_default_pair_is_told_to_be_one_composition_with_its_passage():
    found = between(*(hear(path, SPEC) for path in chosen.choose("", "").paths), load_pretrained())
    assert found.verdict == "the same composition" and found.passages and found.calibrated.log_ratio > 0
    assert all(stated.p_value < 0.05 for stated in found.stated.values())


def test_two_files_are_taken_and_half_a_pair_is_refused(tmp_path):
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    found = chosen.choose(str(tmp_path / "a.wav"), str(tmp_path / "b.wav"))
    assert found.captions == ("a.wav", "b.wav") and not found.notation
    with pytest.raises(AudioError, match="name two sound files, or none"):
        chosen.choose(str(tmp_path / "a.wav"), "")
    with pytest.raises(AudioError, match=r"song_b = .*gone\.wav'.*no such file"):
        chosen.choose(str(tmp_path / "a.wav"), str(tmp_path / "gone.wav"))
    with pytest.raises(AudioError, match="in Colab alone"):
        chosen.upload()


def test_copies_are_the_same_recording_and_noise_is_neither(small_net):
    shown = robust.table(robust.cases(Sound("a", tune(0, 10), SPEC), small_net))
    assert len(shown) == 5 and shown["as it must be"].all()
    assert shown["verdict"].tolist() == ["the same recording"] * 4 + ["neither"]


def test_tunes_under_two_titles_stand_in_for_famous_cases():
    shown = robust.variants(load_pretrained(), SPEC, 2)
    assert len(shown) == 2 and (shown["first"] != shown["second"]).all()
    assert set(shown["verdict"]) <= {"the same composition", "neither"} and shown["p-value"].str.contains("0.0").all()


def test_a_notebook_plays_a_row_for_each_passage(songs, small_net):
    a, b = (hear(path, SPEC) for path in songs)
    found = between(a, b, small_net)
    assert exhibits.heard(found, a, b).data.count("<audio") == 2 * len(found.passages) == 4


def test_figures_show_every_kind_of_pair_and_where_the_pair_at_hand_lies():
    known, pairs = calibration.load(), calibration.test_pairs()
    drawn = plots.null(card.by_kind(known, pairs), pair=5.0)
    words = " ".join(text.get_text() for text in drawn.legends[0].get_texts())
    assert all(kind in words for kind in ("unrelated", "rearranged", "variant", "this pair"))
    curves = card.curves(known, pairs.groupby("set").head(500))
    drawn = plots.reliability(curves)
    said = np.concatenate([table["said"] for table in curves.values()])
    assert ((said >= 0) & (said <= 1)).all() and len(drawn.axes[0].collections) >= len(curves)
    plt.close("all")
