"""Lists of cover sets become recordings of works, as far as they can be heard, and it is said how far."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from fake_services import Services, Sold, sound
from loopback import Answer, Loopback

from songsim_lib import files
from songsim_lib.catalog import CatalogError
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import metadata, source, versions

LIST = """work,title,performer,link
Hallelujah,Hallelujah,Leonard Cohen,
Hallelujah,Hallelujah,Jeff Buckley,https://www.youtube.com/watch?v=y8AWFf7EAc4
Hallelujah,Hallelujah (Live),k.d. lang,https://songs.example/lang.MP3?token=secret
Hurt,Hurt,Nine Inch Nails,
Hurt,Hurt,Johnny Cash,
Respect,Respect,Otis Redding,
Respect,Respect,Nobody At All,
"""
SHS = """0\t0\tHallelujah\tLeonard Cohen\thttps://www.youtube.com/watch?v=1\t1
0\t1\tHallelujah\tJeff "Scottie" Buckley\thttps://www.youtube.com/watch?v=2\t0
1\t0\tWork Song\tNina Simone\thttps://www.youtube.com/watch?v=3\t1
"""


@pytest.fixture
def shop(internet: Loopback) -> Services:
    """Sells five of the seven performances, and others of the same songs."""
    internet.add("songs.example", "/lang.MP3", Answer(sound(0)))
    return Services(internet, deezer=[
        Sold(90, "Hallelujah Karaoke", "Hallelujah", 200, sound(9)), Sold(91, "Jeff Buckley", "Grace", 200, sound(9)),
        Sold(1, "Leonard Cohen", "Hallelujah", 276, sound(1)), Sold(2, "Jeff Buckley", "Hallelujah", 413, sound(2)),
        Sold(92, "Johnny Cash", "Hurt (Karaoke Version)", 216, sound(9)), Sold(3, "Johnny Cash", "Hurt", 216, sound(3)),
    ], itunes=[Sold(4, "Otis Redding", "Respect", 127, sound(4))])


def listen(path: Path, cache: Path, want: int = 100) -> pd.DataFrame:
    choice = SourceChoice.of(f"versions:csv={path}")
    return source(choice)(choice, cache, 0, want)


def written(folder: Path, text: str) -> Path:
    path = folder / "covers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_performances_are_found_by_performer_and_title_or_by_a_link_to_sound(shop, tmp_path):
    songs = listen(written(tmp_path, LIST), tmp_path).set_index("artist")
    assert songs["found_at"].to_dict() == {
        "Leonard Cohen": "deezer:1", "Jeff Buckley": "deezer:2", "k.d. lang": "link", "Johnny Cash": "deezer:3",
        "Otis Redding": "itunes:4"}
    assert {name: Path(songs.loc[name, "path"]).read_bytes() for name in ("k.d. lang", "Johnny Cash")} == {
        "k.d. lang": sound(0), "Johnny Cash": sound(3)}
    assert songs.loc["Leonard Cohen", "work_id"] == songs.loc["Jeff Buckley", "work_id"] == "Hallelujah"
    assert songs["recording_id"].is_unique


def test_works_with_one_recording_stay_and_the_fraction_found_is_told(shop, tmp_path, capsys):
    songs = listen(written(tmp_path, LIST), tmp_path / "cache")
    assert songs["work_id"].value_counts().to_dict() == {"Hallelujah": 3, "Hurt": 1, "Respect": 1}
    found = files.read_json(tmp_path / "cache" / "downloads" / "versions" / "found.json")
    assert found == songs.attrs["found"] == {
        "asked": 7, "found": 5, "fraction": 0.7143, "works_asked": 3, "works_found": 3, "works_with_versions": 1,
        "found_at": {"deezer": 3, "link": 1, "itunes": 1}}
    assert "sound of 5 of 7 songs (71%)" in capsys.readouterr().out
    failed = pd.read_csv(tmp_path / "cache" / "downloads" / "versions" / "failed.csv")
    assert failed["cause"].tolist() == ["not found", "not found"] and "secret" not in failed.to_csv()


def test_video_pages_are_not_asked_for_sound(shop, internet, tmp_path):
    listen(written(tmp_path, LIST), tmp_path)
    assert internet.count("www.youtube.com") == 0 and internet.count("songs.example") == 1


@pytest.mark.parametrize("header", ["", "set_id\tver_id\ttitle\tperformer\turl\tstatus\n"])
def test_the_public_lists_are_read_with_and_without_a_first_line_of_names(tmp_path, header):
    songs = versions.load(written(tmp_path, header + SHS))
    assert songs["work_id"].tolist() == ["0", "0", "1"]
    assert songs["artist"].tolist() == ["Leonard Cohen", 'Jeff "Scottie" Buckley', "Nina Simone"]
    assert songs["title"].iloc[2] == "Work Song" and songs["url"].isna().all()


def test_a_public_list_is_heard_as_far_as_the_services_go(shop, tmp_path):
    songs = listen(written(tmp_path, SHS), tmp_path)
    assert songs["found_at"].tolist() == ["deezer:1"] and songs["work_id"].tolist() == ["0"]


def test_one_performance_listed_twice_is_heard_once(shop, tmp_path):
    twice = SHS + "0\t5\tHallelujah\tLeonard Cohen\thttps://www.youtube.com/watch?v=4\t1\n"
    assert len(versions.load(written(tmp_path, twice))) == 4
    assert len(listen(written(tmp_path, twice), tmp_path)) == 1


def test_a_row_that_is_put_in_does_not_move_the_sound_of_the_others(shop, internet, tmp_path):
    before = listen(written(tmp_path, LIST), tmp_path).set_index("artist")["path"]
    lines = LIST.splitlines(keepends=True)
    asked = internet.count("cdnt-preview.dzcdn.net")
    after = listen(written(tmp_path, "".join([lines[0], "Hurt,Hurt,Sevdaliza,\n", *lines[1:]])), tmp_path)
    assert after.set_index("artist")["path"].to_dict() == before.to_dict()
    assert internet.count("cdnt-preview.dzcdn.net") == asked


def test_names_of_columns_may_be_written_in_capitals_and_the_link_left_out(tmp_path):
    songs = versions.load(written(tmp_path, "Performer,Work,Title\nNina Simone,Sinnerman,Sinnerman\n"))
    assert songs[["artist", "work_id", "title"]].iloc[0].tolist() == ["Nina Simone", "Sinnerman", "Sinnerman"]


@pytest.mark.parametrize("text, said", [
    ("title,performer\nHurt,Cash\n", r"lacks the column\(s\) work; it has: title, performer"),
    ("work,title,performer\nHurt,Hurt,Cash\nHurt,,Nine\n", r"no title in record\(s\) 2"),
    ("0\t1\n0\t2\n", r"no title in record\(s\) 1, 2"), ("work,title,performer\n", "no rows"),
    ("", "not a readable csv"),
])
def test_a_wrong_list_is_named_with_what_is_wrong(tmp_path, text, said):
    with pytest.raises(CatalogError, match=rf"covers\.csv.*{said}"):
        versions.load(written(tmp_path, text))


def test_a_list_that_is_not_there_or_in_another_encoding_is_named(tmp_path):
    with pytest.raises(CatalogError, match="nowhere"):
        versions.load(tmp_path / "nowhere.csv")
    (tmp_path / "covers.csv").write_bytes("work,title,performer\nDéjà,Déjà,Vu\n".encode("latin-1"))
    with pytest.raises(CatalogError, match="not UTF-8"):
        versions.load(tmp_path / "covers.csv")


@pytest.mark.parametrize("link, is_sound", [
    ("https://x.org/a.mp3", True), ("http://x.org/a/b.FLAC?x=1", True),
    ("https://www.youtube.com/watch?v=a.mp3", False),
    ("ftp://x.org/a.mp3", False), ("file:///etc/a.mp3", False), ("", False), ("http://[", False),
])
def test_links_to_sound_are_told_by_their_path(link, is_sound):
    assert versions.is_sound_file(link) is is_sound


def test_a_list_of_covers_tells_no_more_of_songs_than_the_study_uses(tmp_path):
    assert metadata(SourceChoice.of(f"versions:csv={written(tmp_path, LIST)}")) is None
