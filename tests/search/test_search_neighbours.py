"""Neighbours tell a genre where there is something to tell, and only those by other artists are asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from searched import made_index, unit, write

from songsim_lib.composition.comparing import Embedded, distances
from songsim_lib.search.neighbours import between, by_filter, genres, judge
from songsim_lib.search.others import ANY, OTHER_WORKS, OTHERS, NeighboursError, by_others, same
from songsim_lib.search.query import search
from songsim_lib.search.update import update


def songs(rng, genre, artist, spread):
    """One window a song [shape=(n, 64)]: where its genre is, and its artist."""
    vectors = genre + 3 * artist + spread * unit(rng, len(genre))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def library(genre_strength=1.0, per_artist=4, artists=30):
    """Three genres, ten artists each: songs are near those of their artist, and, less, of their genre."""
    rng = np.random.default_rng(0)
    artist = np.repeat(np.arange(artists), per_artist)
    genre = artist % 3
    vectors = songs(rng, genre_strength * unit(rng, 3)[genre], 0.3 * unit(rng, artists)[artist], 0.5)
    return made_index(vectors, np.ones(len(artist), int), artist=[f"artist {number}" for number in artist],
                      genre=[("Rock", "Jazz", "Folk")[number] for number in genre])


def test_genres_that_show_are_told_better_than_the_most_frequent():
    found = genres(library())
    assert found.accuracy.n == 120 and found.artists == 30 and found.genres == 3 and found.left_out == 0
    assert found.accuracy.low > found.majority.high and found.gain.side_of() == 1
    assert found.majority.value == pytest.approx(1 / 3)
    assert found.gain.value == pytest.approx(found.accuracy.value - found.majority.value)
    assert "n = 120 recordings of 30 artists" in str(found)


def test_knowing_artists_is_not_knowing_genres():
    index = library(genre_strength=0.0)
    naive = judge(1 - between(index, np.arange(120)),
                  index.recordings.assign(artist=index.recordings["track_id"]))  # nobody has two songs
    assert naive.accuracy.value > 0.9, "without the filter the artist's other songs give the genre away"
    filtered = genres(index)
    assert filtered.accuracy.low < 0.34 + 0.1 and filtered.gain.side_of() <= 0


def test_neighbours_are_by_others_and_no_copies():
    table = pd.DataFrame({"artist": ["Ann", " ann", "Bob", "Cid", "Bob"], "recording_id": list("abcdd"),
                          "work_id": list("12344")})
    alike = np.array([[0, 9, 3, 4, 5]] * 5, dtype=float)
    assert by_others(alike, table, 2)[0].tolist() == [4, 3]
    assert by_others(alike, table, 9)[3].tolist() == [1, 2, 0], "an artist is one however it is written"


def test_the_majority_of_the_neighbours_decides_and_the_nearest_of_equals():
    table = pd.DataFrame({"artist": list("12345"), "recording_id": list("12345"), "work_id": list("12345"),
                          "genre": list("abbab")})
    alike = np.tile([5.0, 4, 3, 2, 1], (5, 1))
    # The only right answer is the fourth song's, by its nearest; of two equals still; then the fifth's, by "abb"; then
    # none, since "abba" is a tie that the first decides.
    assert [judge(alike, table, k).accuracy.value for k in (1, 2, 3, 4)] == [1 / 5, 1 / 5, 1 / 5, 0]


def test_recordings_are_compared_as_anywhere_else():
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 6, size=40)
    vectors, rows = unit(rng, counts.sum()), np.arange(0, 40, 2)
    found = between(made_index(vectors, counts), rows)
    everyone = Embedded(vectors, counts)
    assert found == pytest.approx(distances(everyone, everyone)[np.ix_(rows, rows)], abs=1e-6)


@pytest.mark.parametrize(("columns", "said"), [
    ({}, r"known of 0 recording\(s\); 10 are needed: give genre and artist in the files' tags"),
    ({"genre": "Rock", "artist": ""}, "known of 0 recording"),
    ({"genre": ["Rock", None] * 6}, "known of 6 recording"),
    ({"genre": ["Rock", "rock "] * 6}, "all 12 recordings have one genre, 'rock'"),
    ({"genre": ["Rock", "Jazz"] * 6, "artist": "Ann"}, "all 12 recordings have one artist, 'ann'"),
])
def test_where_nothing_can_be_told_it_says_why(columns, said):
    index = made_index(unit(np.random.default_rng(0), 12), np.ones(12, int), **columns)
    with pytest.raises(NeighboursError, match=said):
        genres(index)


def test_recordings_without_genre_or_artist_are_left_out_and_counted():
    index = library()
    index.recordings.loc[:4, "genre"] = None
    index.recordings.loc[5, "artist"] = ""
    found = genres(index)
    assert found.left_out == 6 and found.accuracy.n == 114
    assert genres(index, most=60).accuracy.n == 60


def test_a_tune_in_two_collections_gives_its_genre_away_until_versions_are_left_out():
    rng = np.random.default_rng(0)
    works = np.repeat(np.arange(40), 2)  # each by two artists, alike; genres mean nothing
    vectors = unit(rng, 40)[works] + 0.3 * unit(rng, 80)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    index = made_index(vectors, np.ones(80, int), work_id=works, genre=[f"g{work % 4}" for work in works],
                       artist=[f"a{number % 7}" for number in range(80)])
    naive = judge(1 - between(index, np.arange(80)), index.recordings, k=1, apart=("recording_id", "artist"))
    assert naive.accuracy.value > 0.9, "another artist's version tells the genre"
    assert genres(index, k=1).accuracy.value < 0.5
    found = by_filter(index, k=1)
    assert found[ANY].accuracy.value > 0.9 > found[OTHER_WORKS].accuracy.value
    assert found[OTHERS] == genres(index, k=1)


def test_more_by_others_is_neither_of_the_work_nor_by_the_artist_nor_by_somebody_unknown(net, tmp_path):
    rows = {"asks": ("w1", "Ann"), "version": ("w1", "Bob"), "hers": ("w2", "ann "), "nobody's": ("w3", ""),
            "his": ("w4", "Bob")}
    lines = [f"{name}.wav,{work},{artist},{name}" for name, (work, artist) in rows.items()]
    root = tmp_path / "music"
    for number, name in enumerate(rows):
        write(root / f"{name}.wav", number, seconds=5)
    (root / "index.csv").write_text("\n".join(["file,work_id,artist,title", *lines]))
    index = update(root, net, tmp_path / "cache")
    left_out = same(root / "asks.wav", index)
    assert set(index.recordings["track_id"].iloc[left_out]) == {"asks.wav", "version.wav", "hers.wav", "nobody's.wav"}
    hits = search(root / "asks.wav", index, net=net, without=left_out)
    assert [hit.track_id for hit in hits.hits] == ["his.wav"] and hits.searched == 1
    for stranger in (root / "nobody's.wav", write(tmp_path / "elsewhere.wav", 9)):
        with pytest.raises(NeighboursError, match=r"nobody knows whose .* in the file's tags or in an index\.csv"):
            same(stranger, index)
