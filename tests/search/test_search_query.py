"""What is nearest is found, by the rule with which two recordings are compared anywhere else."""

from __future__ import annotations

import json
import shutil
import time

import numpy as np
import pytest
import soundfile
from searched import RATE_HZ, Uncrowded, calibrated, clustered, made_index, melody, unit, write

from songsim_lib.audio import AudioError
from songsim_lib.calibration import Heard, statement
from songsim_lib.composition.comparing import Embedded, distances
from songsim_lib.config import AudioSpec
from songsim_lib.search import embedding
from songsim_lib.search.asking import Asked
from songsim_lib.search.hits import MOST, Hit, Hits, Pair, digit, odds
from songsim_lib.search.query import answer, nearest, search
from songsim_lib.search.update import update

NOBODY = np.empty(0, np.int64)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, net):
    """Six melodies, the second also softer and in mp3, and a copy of the third; and the index."""
    root = tmp_path_factory.mktemp("search") / "music"
    for number in range(6):
        write(root / f"work {number}" / "a.wav", number, seconds=17)
    soundfile.write(root / "work 1" / "soft.mp3", 0.3 * melody(1, 17), RATE_HZ)
    shutil.copyfile(root / "work 2" / "a.wav", root / "work 2" / "copy.wav")
    return root, update(root, net, root.parent / "cache")


def asked(vectors):
    starts = 5.0 * np.arange(len(vectors))
    return Asked(vectors, starts, starts + 10)


def test_the_same_melody_in_another_file_is_found_first(folder, net):
    root, index = folder
    hits = search(root / "work 1" / "a.wav", index, net=net)
    assert [hit.rank for hit in hits.hits] == list(range(1, 8)) and hits.searched == 7 and hits.exact
    best = hits.hits[0]
    assert (best.track_id, best.work_id) == ("work 1/soft.mp3", "work 1") and best.similarity > 0.99
    assert all(abs(pair.query_start_s - pair.start_s) < 0.1 for pair in best.pairs[:1])
    assert "work 1/a.wav" not in {hit.track_id for hit in hits.hits}, "the query is no answer"


def test_a_file_from_elsewhere_is_heard_and_its_copies_are_no_answers(folder, net, tmp_path):
    root, index = folder
    shutil.copyfile(root / "work 2" / "a.wav", tmp_path / "elsewhere.wav")
    tracks = {hit.track_id for hit in search(tmp_path / "elsewhere.wav", index, net=net).hits}
    assert len(tracks) == 6 and not {"work 2/a.wav", "work 2/copy.wav"} & tracks
    same = search(tmp_path / "elsewhere.wav", index, net=net, itself=True, top=2).hits
    assert {hit.track_id for hit in same} == {"work 2/a.wav", "work 2/copy.wav"}
    assert same[0].similarity == pytest.approx(1, abs=1e-4)


def test_a_query_that_lies_in_the_index_is_not_heard_again(folder, net, monkeypatch):
    root, index = folder
    expected = search(root / "work 3" / "a.wav", index, net=net)
    monkeypatch.setattr(embedding, "embed_file", lambda *_: pytest.fail("it was heard again"))
    assert search(root / "work 3" / "a.wav", index) == expected


def test_similarities_agree_with_the_comparison_of_two_recordings(folder, net):
    root, index = folder
    hits = search(root / "work 4" / "a.wav", index, net=net)
    points = {track: embedding.heard(root / track, net, AudioSpec())["vectors"]
              for track in ["work 4/a.wav", *(hit.track_id for hit in hits.hits)]}
    one, *others = (Embedded(vectors, np.array([len(vectors)])) for vectors in points.values())
    expected = [1 - distances(one, other)[0, 0] for other in others]
    assert [hit.similarity for hit in hits.hits] == pytest.approx(expected, abs=1e-5)
    assert expected == sorted(expected, reverse=True)


@pytest.mark.parametrize("cells", [50, 20_000_000])
def test_blocks_change_nothing(monkeypatch, cells):
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, size=40)
    vectors, query = unit(rng, counts.sum()), unit(rng, 5)
    monkeypatch.setattr("songsim_lib.search.query.CELLS", cells)
    rows, similarities = nearest(asked(query), made_index(vectors, counts), np.array([3, 17]))
    whole = 1 - distances(Embedded(query, np.array([5])), Embedded(vectors, counts))[0]
    assert sorted(rows) == sorted(set(range(40)) - {3, 17})
    assert similarities == pytest.approx(whole[rows], abs=1e-6) and (np.diff(similarities) <= 0).all()


def test_a_recording_without_music_is_never_found():
    rng = np.random.default_rng(0)
    counts = np.array([2, 0, 3, 0])
    rows, _ = nearest(asked(unit(rng, 2)), made_index(unit(rng, 5), counts), NOBODY)
    assert sorted(rows) == [0, 2]


def test_a_shortlist_finds_what_comparing_with_all_finds():
    rng = np.random.default_rng(0)
    counts = rng.integers(2, 20, size=600)
    owners = np.repeat(np.arange(600), counts)
    # Recordings of one work share phrases: 60 works of 10 recordings, 12 phrases each.
    phrases = unit(rng, 60 * 12)
    vectors = phrases[(owners % 60) * 12 + rng.integers(12, size=len(owners))] + 0.8 * unit(rng, len(owners))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    index, found = made_index(vectors, counts), []
    for row in range(0, 600, 40):
        query = asked(vectors[index.rows(row)])
        exact, alike = (part[:10] for part in nearest(query, index, np.array([row])))
        short, alike_short = (part[:10] for part in nearest(query, index, np.array([row]), shortlist=100))
        found.append(len(set(exact) & set(short)) / 10)
        assert alike_short[0] == pytest.approx(alike[0], abs=1e-6), "the nearest of all is found"
    assert np.mean(found) >= 0.95, found


def test_the_ten_nearest_of_a_thousand_songs_take_less_than_a_second():
    rng = np.random.default_rng(0)
    counts = np.full(1_000, 48)  # songs of four minutes
    index = made_index(clustered(rng, 48_000, 500, 256), counts)
    query, times = asked(index.vectors[:48] + 0), []
    for _ in range(3):
        start = time.process_time()
        nearest(query, index, np.array([0]))
        times.append(time.process_time() - start)
    assert min(times) < 1, times


def test_what_cannot_be_asked_about_is_named(folder, net, tmp_path):
    _, index = folder
    with pytest.raises(AudioError, match=r"missing\.wav: no such file"):
        search(tmp_path / "missing.wav", index, net=net)
    soundfile.write(tmp_path / "silent.wav", np.zeros(14 * 8_000), 8_000)
    with pytest.raises(AudioError, match=r"silent\.wav: is silent"):
        search(tmp_path / "silent.wav", index, net=net)


def test_a_changed_query_is_heard_anew_and_still_no_answer_to_itself(net, tmp_path):
    for number in range(2):
        write(tmp_path / "music" / f"{number}.wav", number, seconds=5)
    index = update(tmp_path / "music", net, tmp_path / "cache")
    write(tmp_path / "music" / "0.wav", 1, seconds=5, gain=0.5)
    [hit] = search(tmp_path / "music" / "0.wav", index, net=net).hits
    assert hit.track_id == "1.wav" and hit.similarity > 0.99


@pytest.mark.fault("text of strangers")
def test_text_of_strangers_steers_no_terminal_and_is_kept_in_json():
    track = "x\x1b]0;gotcha\x07\n\u202egnp.wav"
    hits = Hits("q\udcff\x9b31m.wav", 2, False, (
        Hit(1, track, "<b>Für\nElise</b>", "夜", "w", 0.93, (Pair(0, 10, 65.2, 75.2, 0.97),)),))
    text = hits.text()
    assert all(line.isprintable() for line in text.split("\n")) and text.count("\n") == 2
    assert "approximately" in text and "0:00-0:10 ~ 1:05-1:15 (0.970)" in text and "<b>Für Elise</b> · 夜" in text
    back = json.loads(hits.json())
    assert hits.json().isascii() and back["hits"][0]["track_id"] == track and back["query"] == hits.query
    assert back["hits"][0]["pairs"][0]["start_s"] == 65.2


def test_a_hit_says_how_rare_it_is_and_what_chance_would_bring_among_all_that_were_searched(folder, net):
    root, index = folder
    told = calibrated(np.linspace(0.2, 1.2, 999))
    hits = search(root / "work 1" / "a.wav", index, top=3, net=net, calibrated=told)
    assert hits.searched == 7 and hits.unrelated_pairs == 999
    for hit in hits.hits:
        said = told.state({"network": 1 - hit.similarity}, *[Heard(17, 0.0)] * 2)
        assert (hit.p_value, hit.likelihood_ratio) == pytest.approx((said.p_value, said.ratio))
        assert hit.by_chance == pytest.approx(7 * said.p_value), "all seven were compared, not the three that are shown"
    assert hits.hits[0].p_value == pytest.approx(1 / 1_000), "no unrelated pair was as alike as two takes of one tune"
    plain = search(root / "work 1" / "a.wav", index, top=3, net=net)
    assert {hit.p_value for hit in plain.hits} == {None} and plain.unrelated_pairs is None
    assert [hit.track_id for hit in plain.hits] == [hit.track_id for hit in hits.hits]


def test_the_same_likeness_means_less_in_a_larger_folder():
    rng, found = np.random.default_rng(0), []
    for n in (10, 1_000):
        vectors = unit(rng, n, 16)
        vectors[1] = vectors[0]  # the same music, in both folders
        hits = answer("a", asked(vectors[:1]), made_index(vectors, np.ones(n, int)), 1, np.array([0]),
                      calibrated=calibrated(np.linspace(0.001, 1, 500)))
        found.append(hits.hits[0])
    assert found[0].p_value == found[1].p_value and found[0].likelihood_ratio == found[1].likelihood_ratio
    assert found[1].by_chance == pytest.approx(found[0].by_chance * 999 / 9)


def test_a_recording_lasts_until_its_last_window_ends():
    seconds = []
    told = calibrated(np.array([0.5]))

    class Listening(Uncrowded):
        def state(self, distances, a, b):
            seconds.append((a.seconds, b.seconds))
            return super().state(distances, a, b)

    rng = np.random.default_rng(0)
    index = made_index(unit(rng, 6), np.array([2, 0, 3, 1]))
    assert index.seconds.tolist() == [15, 0, 20, 10]
    answer("a", asked(unit(rng, 4)), index, 9, NOBODY, calibrated=Listening(told.models, told.cohort, 10, 10))
    assert sorted(seconds) == [(25, 10), (25, 15), (25, 20)]


def test_no_more_is_told_than_is_known():
    def of(p_value, ratio, searched=500):
        return Hit(1, "t", "T", "", "w", 0.9, (), p_value, ratio, p_value * searched)

    hits = Hits("q", 500, True, (of(1 / 20_000, 314.0), of(0.0123, 0.2), of(0.5, 1.2), of(1 / 20_000, 1e9)), 19_999)
    lines = [line.strip().replace("chance alone would bring", "chance:") for line in hits.text().splitlines()[2::3]]
    assert lines == [
        "p < 0.00005; 300 times likelier one work than two; chance: fewer than 0.03 as near",
        "p = 0.01; 5 times likelier two works than one; chance: 6 as near",
        "p = 0.5; as likely one work as two; chance: 200 as near",
        "p < 0.00005; more than 10,000 times likelier one work than two; chance: fewer than 0.03 as near",
    ]
    assert odds(of(0.1, 0.0)).startswith("more than 10,000 times likelier two works") and MOST == statement.MOST
    with pytest.raises(ValueError, match="without a calibration"):
        hits.rarity(Hit(1, "t", "T", "", "w", 0.9, ()))


@pytest.mark.parametrize(("value", "rounded", "bound"), [
    (0.004, "0.004", "0.004"), (0.0042, "0.004", "0.005"), (0.96, "1", "1"), (9.6, "10", "10"), (1, "1", "1"),
    (15.1, "20", "20"), (1_234, "1,000", "2,000"), (0.000031, "0.00003", "0.00004"), (0.3, "0.3", "0.3")])
def test_numbers_have_one_digit_and_bounds_are_rounded_up(value, rounded, bound):
    assert (digit(value), digit(value, up=True)) == (rounded, bound)


def test_json_keeps_its_keys_and_has_the_calibration_beside_them():
    pair = Pair(0, 10, 5, 15, 0.9)
    for hit in (Hit(1, "t", "T", "A", "w", 0.9, (pair,)), Hit(1, "t", "T", "A", "w", 0.9, (pair,), 0.001, 40.0, 0.2)):
        told = json.loads(Hits("q", 200, True, (hit,), None if hit.p_value is None else 5_000).json())
        assert {"query", "searched", "exact", "hits"} <= set(told)
        [one] = told["hits"]
        assert {"rank", "track_id", "title", "artist", "work_id", "similarity", "pairs"} <= set(one)
        assert (one["p_value"], one["likelihood_ratio"], one["by_chance"]) == (
            hit.p_value, hit.likelihood_ratio, hit.by_chance)
