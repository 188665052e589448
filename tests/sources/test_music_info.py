"""The report's csv: read whole and with the right types, and heard as far as it can be."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import song_csv
from fake_services import SPOTIFY_SOUND, Services, Sold, sound
from loopback import Answer, Loopback

from songsim_lib import files
from songsim_lib.catalog import CatalogError, load, save
from songsim_lib.fetch import sessions
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import metadata, music_info, previews, source
from songsim_lib.splits import TEST, split_by_work


@pytest.fixture
def csv_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a csv of some rows, with cells of the first one replaced."""
    def make(n: int = 5, **first: object) -> Path:
        table = song_csv.rows(n).astype(object)
        for column, value in first.items():
            table.loc[0, column] = value
        return song_csv.write(tmp_path / "Music Info.csv", table)
    return make


def listen(path: Path, cache: Path, want: int = 100, seed: int = 0) -> pd.DataFrame:
    choice = SourceChoice.of(f"music_info:csv={path}")
    return source(choice)(choice, cache, seed, want)


@pytest.mark.stress
def test_all_50683_rows_are_read_with_their_types_in_two_seconds(tmp_path):
    rows = song_csv.rows()
    path = song_csv.write(tmp_path / "music_info.csv", rows)
    spent = []
    for _ in range(3):
        begin = time.process_time()  # other work on this machine does not count
        songs = music_info.load(path)
        spent.append(time.process_time() - begin)
    assert min(spent) < 2
    assert len(songs) == 50_683 and songs["track_id"].tolist() == rows["track_id"].tolist()
    assert all(songs[name].dtype.kind == "i" for name in ("year", "duration_ms", "key", "mode", "time_signature"))
    assert all(songs[name].dtype == float for name in ("energy", "loudness", "tempo", "valence"))
    for name in music_info.NUMBERS:
        assert np.allclose(songs[name].astype(float), rows[name].astype(float)), name
    assert songs["genre"].isna().sum() == (rows["genre"] == "").sum() > 20_000
    assert songs["tags"].map(len).sum() == sum(len(text.split(", ")) for text in rows["tags"] if text)
    assert songs.loc[rows["tags"] == "", "tags"].map(lambda tags: tags == []).all()


def test_what_is_written_in_the_csv_is_what_is_read(csv_of):
    song = music_info.load(csv_of(name="Null", artist="NA", tags="rock, 80s ,,soft_rock", genre="", year="")).iloc[0]
    assert (song["title"], song["artist"], song["tags"]) == ("Null", "NA", ["rock", "80s", "soft_rock"])
    assert pd.isna(song["genre"]) and pd.isna(song["year"]) and song["spotify_id"] == "00spotify00000000"


def test_a_compressed_csv_is_read_as_well(csv_of):
    plain = csv_of()
    packed = plain.with_name("songs.csv.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    pd.testing.assert_frame_equal(music_info.load(packed), music_info.load(plain))


def test_versions_of_a_song_are_one_work_and_repeated_rows_one_recording(csv_of):
    rows = song_csv.rows(6)
    rows["artist"] = ["Nena", "NENA", "Nena", "The Nena", "Nena feat. Kim", "Nena"]
    rows["name"] = ["99", "99 - Remastered", "99 (Live)", "99", "99", "100"]
    rows["duration_ms"] = [200_000, 201_000, 200_000, 190_000, 203_500, 200_000]
    songs = music_info.load(song_csv.write(csv_of(), rows))
    assert songs["work_id"].nunique() == 2 and songs["work_id"].iloc[:5].nunique() == 1
    name = songs["recording_id"].tolist()
    assert name[0] == name[1] == name[4], "within 3 s of each other, one after the other"
    assert len(set(name)) == 4


def test_songs_without_a_title_are_works_of_their_own(csv_of):
    rows = song_csv.rows(3).assign(name="", artist="Nobody")
    assert music_info.load(song_csv.write(csv_of(), rows))["work_id"].nunique() == 3


def broken(rows: pd.DataFrame, path: Path, how: str) -> None:
    if how == "columns":
        rows.drop(columns=["artist", "energy"]).to_csv(path, index=False)
    elif how == "latin":
        rows.assign(name="Déjà vu").to_csv(path, index=False, encoding="latin-1")
    elif how == "empty":
        path.write_text("")
    elif how == "no rows":
        rows.head(0).to_csv(path, index=False)
    elif how == "numbers":
        rows.astype({"tempo": object}).assign(tempo=["fast", 1.0, 2.0, 3.0, "slow"]).to_csv(path, index=False)
    elif how == "whole":
        rows.assign(key=[0, 1, 2.5, 3, 4]).to_csv(path, index=False)
    elif how == "twice":
        pd.concat([rows, rows.head(1)]).to_csv(path, index=False)
    elif how == "quotes":
        path.write_text(rows.to_csv(index=False) + 'TR9,"a title that does not end\n')
    else:
        path.write_bytes(b"\x89PNG\x00\x00\xff")


@pytest.mark.parametrize("how, said", [
    ("columns", r"lacks the column\(s\) artist, energy"), ("latin", "not UTF-8.*save it as CSV in UTF-8"),
    ("empty", "not a readable csv"), ("no rows", "no rows"), ("twice", "'track_id' must be unique.*TR00000000000000"),
    ("numbers", r"column tempo should hold numbers; it holds 'fast', 'slow' in record\(s\) 1, 5"),
    ("whole", "column key should hold whole numbers"), ("quotes", "not a readable csv"), ("picture", "UTF-8"),
])
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path, how, said):
    path = tmp_path / "wrong.csv"
    broken(song_csv.rows(5), path, how)
    with pytest.raises(CatalogError, match=rf"(?s)wrong\.csv.*{said}"):
        music_info.load(path)


def test_the_csv_is_found_where_the_report_had_it_and_among_kaggles_inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(music_info, "DATA", tmp_path / "project" / "data")
    monkeypatch.setattr(music_info, "KAGGLE", tmp_path / "kaggle")
    choice = SourceChoice.of("music_info")
    with pytest.raises(CatalogError, match=r"(?s)download it from Kaggle.*--csv FILE"):
        metadata(choice)
    for folder, name, n in (("kaggle/million-song/x", "Music Info.csv", 3), ("project/data", "Music Info.csv", 4),
                            ("data", "music_info.csv", 5)):
        (tmp_path / folder).mkdir(parents=True)
        song_csv.write(tmp_path / folder / name, song_csv.rows(n))
        assert len(metadata(choice)) == n
    assert len(metadata(SourceChoice.of(f"music_info:csv={song_csv.write(tmp_path / 'x.csv', song_csv.rows(2))}"))) == 2


def test_sound_comes_from_the_link_else_deezer_else_itunes(internet, csv_of, tmp_path):
    path = csv_of(4)
    rows = song_csv.rows(4)
    link = rows["spotify_preview_url"][0].split("/")[-1].split("?")[0]
    internet.add(SPOTIFY_SOUND, f"/mp3-preview/{link}", Answer(sound(0)))
    sold = [Sold(i, rows["artist"][i], rows["name"][i], rows["duration_ms"][i] / 1_000 + 1, sound(i)) for i in range(4)]
    Services(internet, deezer=sold[1:2], itunes=sold[2:3])
    songs = listen(path, tmp_path / "cache").set_index("track_id").sort_index()
    assert songs["found_at"].tolist() == ["link", "deezer:1", "itunes:2"], "the fourth is nowhere"
    assert [Path(name).read_bytes() for name in songs["path"]] == [sound(0), sound(1), sound(2)]
    assert all(Path(name).is_absolute() for name in songs["path"]) and "url" not in songs
    assert set(music_info.NUMBERS) | {"tags", "genre", "spotify_id", "test"} <= set(songs)
    found = files.read_json(tmp_path / "cache" / "downloads" / "music_info" / "found.json")
    assert found == songs.attrs["found"] and (found["asked"], found["found"], found["fraction"]) == (4, 3, 0.75)
    assert found["found_at"] == {"link": 1, "deezer": 1, "itunes": 1}
    save(songs.reset_index(), tmp_path / "catalog.parquet")
    assert load(tmp_path / "catalog.parquet")["tags"].tolist() == songs["tags"].tolist()


def test_a_link_that_answers_with_a_web_page_is_no_sound(internet, csv_of, tmp_path):
    rows = song_csv.rows(1)
    internet.add(SPOTIFY_SOUND, "/*", Answer(b"<html>gone</html>" * 100, type="audio/mpeg"))
    Services(internet, deezer=[Sold(1, rows["artist"][0], rows["name"][0], rows["duration_ms"][0] / 1_000, sound(1))])
    assert listen(csv_of(1), tmp_path)["found_at"].tolist() == ["deezer:1"]


def test_a_live_take_of_another_length_is_not_heard_for_the_song(internet, csv_of, tmp_path):
    rows, seconds = song_csv.rows(1), song_csv.rows(1)["duration_ms"][0] / 1_000
    wrong = [Sold(1, rows["artist"][0], rows["name"][0] + " (Live)", seconds, sound(1)),
             Sold(2, rows["artist"][0], rows["name"][0], seconds + 5, sound(2)),
             Sold(3, "Somebody else", rows["name"][0], seconds, sound(3))]
    Services(internet, deezer=wrong, itunes=wrong)
    with pytest.raises(CatalogError, match=r"(?s)no sound was found for any of 1 song.*not found: 1.*failed\.csv"):
        listen(csv_of(1), tmp_path)


@pytest.fixture
def many(internet: Loopback, csv_of: Callable[..., Path]) -> Path:
    """60 songs, every fifth link of which answers with nothing."""
    path, body = csv_of(60), sound(0)
    Services(internet)
    internet.add(SPOTIFY_SOUND, "/*", lambda asked: Answer(status=404) if asked.path[-1] in "05" else Answer(body))
    return path


def test_as_many_songs_are_heard_as_asked_for_and_the_same_ones_each_time(many, tmp_path):
    one, again = (listen(many, tmp_path / name, want=20)["track_id"].tolist() for name in "ab")
    assert one == again and 18 <= len(one) <= 20
    assert listen(many, tmp_path / "c", want=20, seed=1)["track_id"].tolist() != one


def test_a_larger_draw_goes_on_from_the_smaller_and_fetches_nothing_twice(many, internet, tmp_path):
    few = listen(many, tmp_path, want=10)
    more = listen(many, tmp_path, want=30)
    assert more["track_id"].tolist()[: len(few)] == few["track_id"].tolist() and len(more) > len(few)
    heard = [asked.path for asked in internet.requests if asked.host == SPOTIFY_SOUND and asked.path[-1] not in "05"]
    assert len(heard) == len(set(heard)) == 30


def test_works_are_drawn_whole_and_none_is_cut_at_the_end(internet, csv_of, tmp_path):
    rows = song_csv.rows(12)
    rows["artist"], rows["name"] = "Nena", [f"{i // 3}{['', ' (Live)', ' (Acoustic)'][i % 3]}" for i in range(12)]
    Services(internet)
    internet.add(SPOTIFY_SOUND, "/*", Answer(sound(0)))
    songs = listen(song_csv.write(csv_of(), rows), tmp_path, want=7)
    assert songs["work_id"].value_counts().tolist() == [3, 3]


def test_test_works_are_those_of_the_whole_csv_whatever_is_drawn(many, tmp_path):
    everything = music_info.load(many)
    few, more = listen(many, tmp_path, want=15), listen(many, tmp_path, want=40, seed=2)
    both = few.merge(more, on="track_id")
    assert len(both) > 3 and (both["test_x"] == both["test_y"]).all()
    assert set(split_by_work(more, 0)[more["test"]]) <= {TEST} and len(everything) == 60


def test_two_rows_that_are_one_song_at_the_service_are_heard_once(internet, csv_of, tmp_path):
    rows = song_csv.rows(2).assign(artist="Nena", name="99", duration_ms=[200_000, 205_000])
    Services(internet, deezer=[Sold(7, "Nena", "99", 202.5, sound(0))])
    assert listen(song_csv.write(csv_of(), rows), tmp_path)["found_at"].tolist() == ["deezer:7"]


def test_a_song_whose_link_answers_is_looked_up_nowhere(internet, csv_of, tmp_path):
    shop = Services(internet)
    internet.add(SPOTIFY_SOUND, "/*", Answer(sound(0)))
    listen(csv_of(3), tmp_path)
    assert {asked.host for asked in internet.requests} == {SPOTIFY_SOUND} and next(shop.signed) == 0


def test_another_csv_with_the_same_ids_does_not_get_the_first_ones_sound(internet, csv_of, tmp_path):
    Services(internet)
    internet.add(SPOTIFY_SOUND, "/*", Answer(sound(0)))
    listen(csv_of(1), tmp_path)
    internet.add(SPOTIFY_SOUND, "/*", Answer(sound(1)))
    assert Path(listen(csv_of(1, name="Another"), tmp_path)["path"][0]).read_bytes() == sound(1)


def test_without_any_connection_the_source_gives_up_soon_and_says_what_to_do(csv_of, tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "BACKOFF_S", 0.01)
    with Loopback() as gone:
        pass
    monkeypatch.setenv("SONGSIM_MIRROR", gone.address)
    begin = time.monotonic()
    with pytest.raises(CatalogError, match=r"(?s)no server can be reached.*SONGSIM_MIRROR.*--source folder"):
        listen(csv_of(500), tmp_path)
    assert time.monotonic() - begin < 20


def test_songs_that_are_there_already_are_not_asked_for(many, internet, tmp_path):
    before = listen(many, tmp_path, want=10)
    before_n = internet.count()
    again = listen(many, tmp_path, want=10)
    assert again["path"].tolist() == before["path"].tolist()
    assert {asked.path[-1] for asked in internet.requests[before_n:] if asked.host == SPOTIFY_SOUND} <= {"0", "5"}


def test_an_order_drawn_by_a_seed_keeps_works_together():
    songs = pd.DataFrame({"work_id": list("abcabcabc"), "track_id": range(9)})
    order = previews.shuffled(songs, seed=3)
    assert [len(set(order["work_id"].iloc[i : i + 3])) for i in (0, 3, 6)] == [1, 1, 1]
    assert sorted(order["track_id"]) == list(range(9))


def test_songs_that_share_a_link_are_one_and_a_link_that_is_none_stops_nothing(internet, csv_of, tmp_path):
    rows = song_csv.rows(4)
    path = csv_of(4)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["spotify_preview_url"] = [rows["spotify_preview_url"][0]] * 3 + ["http://[oops/x.mp3"]
    song_csv.write(path, table)
    Services(internet)
    internet.add(SPOTIFY_SOUND, "/*", Answer(sound(0)))
    songs = listen(path, tmp_path / "cache")
    assert len(songs) == 1 and songs["found_at"].tolist() == ["link"]
    failed = pd.read_csv(tmp_path / "cache" / "downloads" / "music_info" / "failed.csv", dtype=str)
    assert len(failed) == 1 and failed["cause"].tolist() == ["not found"]


def test_without_a_connection_what_is_there_is_enough(many, internet, tmp_path, monkeypatch):
    there = listen(many, tmp_path, want=20)
    monkeypatch.setenv("SONGSIM_MIRROR", "http://127.0.0.1:9")  # nobody answers
    assert listen(many, tmp_path, want=20)["track_id"].tolist() == there["track_id"].tolist()
