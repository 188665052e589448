"""The same music by different hands: the comparison on made-up melodies, and what it found in the corpus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from songsim_lib import splits
from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook import alignment, families, lines, melodies, variants
from songsim_lib.sources.tunebook.music import Bar, Note, Part, Piece
from songsim_lib.sources.tunebook.titles import plain_title, same_title

MAJOR = [0, 2, 4, 5, 7, 9, 11]


def tune(seed: int, name: str = "a", bars: int = 16, repertoire: str = "ryan") -> Piece:
    """A melody of eighth notes over an octave and a half of a major scale, in 4/4."""
    steps = np.random.default_rng(seed).integers(-3, 8, bars * 8)
    notes = tuple(Note(i / 2, 0.5, 62 + 12 * (int(s) // 7) + MAJOR[s % 7], 30 + int(s)) for i, s in enumerate(steps))
    facts = (("title", f"Tune {seed}"), ("repertoire", repertoire), ("source", name))
    return Piece(name, (Part("melody", notes),), tuple(Bar(4.0 * i, 4.0, "4/4") for i in range(bars)), 2, 120.0,
                 "marked", 2, "major", facts)


def transposed(piece: Piece, by: int, name: str) -> Piece:
    notes = tuple(replace(note, pitch=note.pitch + by) for note in piece.melody)
    return replace(piece, score_id=name, parts=(Part("melody", notes),))


def ornamented(piece: Piece, name: str, seed: int = 1) -> Piece:
    """Every fourth note is divided in two, the second half a step higher; some notes are changed."""
    rng = np.random.default_rng(seed)
    notes: list[Note] = []
    for number, note in enumerate(piece.melody):
        if number % 4 == 3:
            half = note.duration / 2
            notes += [replace(note, duration=half), replace(note, onset=note.onset + half, duration=half,
                                                            pitch=note.pitch + 2)]
        elif rng.random() < 0.1:
            notes.append(replace(note, pitch=note.pitch - 3))
        else:
            notes.append(note)
    return replace(piece, score_id=name, parts=(Part("melody", tuple(notes)),))


def in_two_four(piece: Piece, name: str) -> Piece:
    """The same tune in halved values, as another editor prints it."""
    notes = tuple(replace(n, onset=n.onset / 2, duration=n.duration / 2) for n in piece.melody)
    bars = tuple(Bar(bar.onset / 2, bar.length / 2, "2/4") for bar in piece.bars)
    return replace(piece, score_id=name, parts=(Part("melody", notes),), bars=bars)


@pytest.mark.parametrize("change", [
    lambda p: transposed(p, 5, "b"), lambda p: transposed(p, -12, "b"), lambda p: ornamented(p, "b"),
    lambda p: in_two_four(p, "b"), lambda p: ornamented(transposed(in_two_four(p, "b"), 3, "b"), "b"),
])
def test_another_setting_is_found_in_any_key_meter_and_with_ornaments(change):
    others = [tune(seed, f"other-{seed}") for seed in range(100, 120)]
    pairs = variants.find([tune(1), change(tune(1)), *others])
    assert [tuple(pair) for pair in pairs[["score_a", "score_b"]].to_numpy()] == [("a", "b")]


def test_the_transposition_leads_from_the_first_to_the_second():
    pairs = variants.find([tune(1), transposed(tune(1), 5, "b"), *(tune(seed, str(seed)) for seed in range(9, 20))])
    assert pairs.loc[0, "transposition_semitones"] == 5


def test_answering_bars_are_those_with_the_same_notes():
    other = tune(2, "c", bars=4)
    late = replace(tune(1), score_id="b", bars=tuple(Bar(4.0 * i, 4.0, "4/4") for i in range(20)),
                   parts=(Part("melody", (*other.melody, *(replace(n, onset=n.onset + 16) for n in tune(1).melody))),))
    found = alignment.align(lines.line_of(tune(1)), lines.line_of(late))
    bars = variants.answering_bars(lines.line_of(tune(1)), lines.line_of(late), found)
    assert list(zip(*bars, strict=True)) == [(bar, bar + 4) for bar in range(16)]


def test_a_repeated_part_is_compared_once():
    once = tune(3, bars=8)
    again = tuple(replace(note, onset=note.onset + 32) for note in once.melody)
    twice = replace(once, parts=(Part("melody", (*once.melody, *again)),),
                    bars=tuple(Bar(4.0 * i, 4.0, "4/4") for i in range(16)))
    assert np.array_equal(lines.line_of(twice).pitch, lines.line_of(once).pitch)


def test_works_are_connected_components_named_after_their_first_score():
    pairs = pd.DataFrame({"score_a": ["a", "c"], "score_b": ["c", "d"]})
    assert variants.works(["a", "b", "c", "d"], pairs) == {"a": "a", "b": "b", "c": "a", "d": "a"}


def test_two_pieces_of_one_name_are_refused():
    with pytest.raises(ValueError, match="same score_id"):
        variants.find([tune(1), tune(2)])


def test_the_number_of_workers_changes_nothing():
    pieces = [tune(1), ornamented(tune(1), "b"), *(tune(seed, f"x{seed}") for seed in range(40, 60))]
    pd.testing.assert_frame_equal(variants.find(pieces, 1), variants.find(pieces, 2))


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return pd.read_parquet(tunebook.FOLDER / "variants.parquet")


@pytest.fixture(scope="module")
def scores() -> dict[str, Piece]:
    return melodies.load(tunebook.FOLDER / "melodies.parquet")


@pytest.fixture(scope="module")
def catalog() -> pd.DataFrame:
    return tunebook.catalog()


def test_many_tunes_are_in_several_collections(pairs):
    works = variants.works({*pairs["score_a"], *pairs["score_b"]}, pairs)
    assert len(families.families(pairs, works)) >= 150


def test_one_title_may_name_two_tunes(scores):
    """The Rocks of Cashel: Aird and O'Neill print one tune, Ryan another one under the same title."""
    cashel = [scores[name] for name in ("aird-4-0629", "oneill-1819", "ryan-rocks-of-cashel-reel")]
    assert len({plain_title(str(piece.fact("title"))) for piece in cashel}) == 1
    found = variants.find(cashel)
    assert found[["score_a", "score_b"]].to_numpy().tolist() == [["aird-4-0629", "oneill-1819"]]


def test_two_titles_may_name_one_tune(scores):
    """Carolan's tune for Margaret Brown: Ryan's Maggie Brown's Favorite is O'Neill's Planxty Browne."""
    brown = [scores[name] for name in ("oneill-0692", "ryan-maggie-browns-favorite-jig")]
    assert not same_title(*(str(piece.fact("title")) for piece in brown))
    found = variants.find([*brown, scores["ryan-rocks-of-cashel-reel"]])
    assert found[["score_a", "score_b"]].to_numpy().tolist() == [[piece.score_id for piece in brown]]


def test_works_of_the_catalog_follow_the_confirmed_pairs(pairs, catalog):
    works = variants.works({*pairs["score_a"], *pairs["score_b"]}, pairs)
    assert (catalog["work_id"] == catalog["score_id"].map(lambda name: works.get(name, name))).all()


@pytest.mark.parametrize("seed", range(5))
def test_no_confirmed_pair_lies_across_the_split(pairs, catalog, seed):
    side = dict(zip(catalog["score_id"], splits.split_by_work(catalog, seed), strict=True))
    known = pairs[pairs["score_a"].isin(side) & pairs["score_b"].isin(side)]
    assert len(known) >= 150
    assert (known["score_a"].map(side) == known["score_b"].map(side)).all()


def test_comparing_the_committed_melodies_again_finds_no_pair_across_works(scores, catalog):
    """The leak test without the table: tunes of the edition are compared anew."""
    work = dict(zip(catalog["score_id"], catalog["work_id"], strict=True))
    tunes = [piece for piece in scores.values() if piece.repertoire.kind == "tune"]
    found = variants.find(tunes, workers=2)
    assert len(found) >= 150
    assert (found["score_a"].map(work) == found["score_b"].map(work)).all()


def test_settings_of_a_family_start_at_bars_that_answer_each_other(pairs, catalog):
    works = variants.works({*pairs["score_a"], *pairs["score_b"]}, pairs)
    starts = dict(zip(catalog["score_id"], catalog["start_bar"], strict=True))
    heard = [family for family in families.families(pairs, works) if set(family) <= set(starts)]
    assert len(heard) >= 100
    shared = []
    for first, *others in heard:
        for other in others:
            answers = families.answers(pairs, first, other)
            shared += [sum(answers.get(starts[first] + i) in range(starts[other], starts[other] + 10)
                           for i in range(families.HEARD_BARS))]
    assert min(shared) >= 3 and np.mean(shared) >= 6


def test_the_judged_sample_is_nearly_all_right(pairs):
    """data/tunebook/judged.csv: a random sample of confirmed pairs, each looked at in notation."""
    judged = pd.read_csv(tunebook.FOLDER / "judged.csv")
    assert len(judged) == 100 and judged["reason"].str.len().min() > 20
    known = set(zip(pairs["score_a"], pairs["score_b"], strict=True))
    assert all(pair in known for pair in zip(judged["score_a"], judged["score_b"], strict=True))
    assert (judged["verdict"] == "same").mean() >= 0.95
