"""Songs are found at Deezer and iTunes by what they are, and their previews are fetched through links that end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_services import DEEZER, ITUNES, QUOTA, Services, Sold
from loopback import Answer, Loopback, as_json

from songsim_lib import fetch
from songsim_lib.fetch import lookups, services
from songsim_lib.fetch.lookups import Lookups, Match, Song

SONG = Song("Radiohead", "Karma Police", 261.9)
SOLD = Sold(3, "Radiohead", "Karma Police", 262, b"the sound")


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PAUSES_S", (0.01, 0.01))


@pytest.fixture
def session(mirror: Loopback):
    with fetch.session() as opened:
        yield opened


DECOYS = [
    Sold(10, "Radiohead", "Karma Police (Live)", 262, b"x"),
    Sold(11, "Karaoke Universe", "Karma Police", 262, b"x"),
    Sold(12, "Radiohead", "Karma Police (Karaoke Version)", 262, b"x"),
    Sold(13, "Radiohead", "Karma Police", 268, b"x"),
    Sold(14, "Radiohead", "Karma Police", 262, b"x", album="Live at Glastonbury"),
    Sold(15, "Radiohead", "Karma Police", 262, None),
    Sold(16, "Radiohead", "Police Karma", 262, b"x"),
]


def test_a_song_is_found_behind_seven_that_come_first_and_are_not_it(mirror, session):
    Services(mirror, deezer=[*DECOYS, SOLD])
    found = lookups.find(session, SONG)
    assert (found.service, found.id, found.title, found.duration_s) == ("deezer", "3", "Karma Police", 262)


@pytest.mark.parametrize("decoy", DECOYS, ids=lambda decoy: f"{decoy.artist}: {decoy.title}, {decoy.album}")
def test_what_is_not_the_song_is_not_taken_for_it_at_either_service(mirror, session, decoy):
    Services(mirror, deezer=[decoy], itunes=[decoy])
    assert lookups.find(session, SONG) is None


@pytest.mark.parametrize("apart_s, found", [(2.9, True), (-2.9, True), (3.1, False), (-3.1, False)])
def test_durations_agree_within_three_seconds(apart_s, found):
    offered = Match("itunes", "1", "Karma Police", "Radiohead", 261.9 + apart_s, "https://x.org/y.m4a")
    assert (lookups.closest(SONG, [offered]) is not None) is found


def test_of_several_that_fit_the_nearest_duration_is_taken(mirror, session):
    Services(mirror, deezer=[Sold(1, "Radiohead", "Karma Police - Remastered", 264, b"x"), SOLD])
    assert lookups.find(session, SONG).id == "3"


def test_a_song_of_unknown_duration_is_found_by_artist_and_title(mirror, session):
    Services(mirror, deezer=[*DECOYS, SOLD])
    assert lookups.find(session, Song("radiohead", "karma police")).title == "Karma Police"


def test_itunes_is_asked_for_what_deezer_lacks_and_only_then(mirror, session):
    Services(mirror, deezer=[SOLD], itunes=[SOLD, Sold(4, "Blur", "Song 2", 121.4, b"x")])
    assert lookups.find(session, SONG).service == "deezer" and mirror.count(ITUNES) == 0
    found = lookups.find(session, Song("Blur", "Song 2", 121.0))
    assert (found.service, found.id, found.duration_s) == ("itunes", "4", 121.4)


def test_deezer_is_asked_without_fields_when_its_fields_find_nothing(mirror, session):
    shop = Services(mirror, deezer=[SOLD])
    empty = as_json({"data": [], "total": 0})
    mirror.add(DEEZER, "/search", lambda asked: empty if "artist:" in asked.query["q"] else shop._deezer_search(asked))
    assert lookups.find(session, SONG).id == "3"
    assert [asked.query["q"] for asked in mirror.requests] == [
        'artist:"Radiohead" track:"Karma Police"', "Radiohead Karma Police"]


def test_quotation_marks_of_a_title_do_not_end_the_field_of_a_search(mirror, session):
    Services(mirror)
    lookups.find(session, Song('"Weird Al" Yankovic', 'The "Check" is in the Mail', 200.0))
    assert mirror.requests[0].query["q"].count('"') == 4


def test_deezers_quota_error_with_status_200_is_waited_out(mirror, session):
    Services(mirror, deezer=[SOLD], refusals={DEEZER: [as_json(QUOTA), as_json(QUOTA)]})
    assert lookups.find(session, SONG).id == "3"
    assert mirror.count(DEEZER, "/search") == 3


def test_itunes_refusal_of_too_many_requests_is_waited_out(mirror, session):
    refused = as_json({"resultCount": 0, "results": []}, status=403)
    Services(mirror, itunes=[SOLD], refusals={ITUNES: [refused, refused]})
    assert lookups.find(session, SONG).service == "itunes"


def test_a_service_that_goes_on_refusing_is_an_error_and_nothing_is_kept_of_it(mirror, session, tmp_path):
    refused = as_json({"resultCount": 0, "results": []}, status=403)
    Services(mirror, itunes=[SOLD], refusals={ITUNES: [refused] * 3})
    kept = Lookups(tmp_path / "lookups.jsonl")
    with pytest.raises(fetch.FetchError, match="403"):
        kept.find(session, SONG)
    assert kept.find(session, SONG).service == "itunes", "a failure was kept"


def test_what_one_service_has_is_found_while_the_other_is_broken(mirror, session):
    Services(mirror, itunes=[SOLD])
    mirror.add(DEEZER, "/search", Answer(b"<html>Log in</html>", type="text/html"))
    assert lookups.find(session, SONG).service == "itunes"


@pytest.mark.parametrize("answer", [
    Answer(b"<html>Log in</html>", type="text/html"), as_json({"data": [{"id": 1}]}), as_json({"data": None}),
    as_json([1]), as_json({"error": {"type": "Exception", "message": "Invalid query", "code": 600}}),
])
def test_an_answer_that_cannot_be_understood_is_an_error_that_names_the_service(mirror, session, answer):
    Services(mirror)
    mirror.add(DEEZER, "/search", answer)
    with pytest.raises(fetch.FetchError, match="deezer") as caught:
        lookups.find(session, SONG)
    assert caught.value.cause == "odd answer"


def test_found_songs_are_kept_as_ids_without_links_and_not_asked_for_again(mirror, session, tmp_path):
    Services(mirror, deezer=[SOLD])
    file = tmp_path / "kept" / "lookups.jsonl"
    Lookups(file).find(session, SONG)
    assert Lookups(file).find(session, Song("Nobody", "Nothing", 1.0)) is None
    asked = mirror.count()
    assert Lookups(file).find(session, SONG).id == "3" and mirror.count() == asked
    text = file.read_text()
    assert text.count("\n") == 1 and "http" not in text and "hmac" not in text and "Nobody" not in text


def test_a_line_that_was_cut_short_is_looked_up_again(mirror, session, tmp_path):
    Services(mirror, deezer=[SOLD])
    file = tmp_path / "lookups.jsonl"
    Lookups(file).find(session, SONG)
    whole = file.read_text()
    file.write_text(whole + whole[:40])
    kept = Lookups(file)
    assert kept.known(SONG).id == "3"
    kept.find(session, Song("Radiohead", "Karma Police"))
    assert [json.loads(line)[1]["id"] for line in file.read_text().splitlines()] == ["3", "3"]


def test_a_preview_is_fetched_from_the_link_that_the_search_gave(mirror, session, tmp_path):
    Services(mirror, deezer=[SOLD])
    path = lookups.save(session, lookups.find(session, SONG), tmp_path / "song.one")
    assert path == tmp_path / "song.one.mp3" and path.read_bytes() == b"the sound"
    assert mirror.count(DEEZER, "/track/3") == 0


def test_a_link_that_has_expired_is_asked_for_anew_once(mirror, session, tmp_path):
    shop = Services(mirror, deezer=[SOLD], expired={0, 1, 2})
    match = lookups.find(session, SONG)
    with pytest.raises(fetch.FetchError, match="403") as caught:
        lookups.save(session, match, tmp_path / "a")
    assert "hmac" not in str(caught.value) and mirror.count(DEEZER, "/track/3") == 1
    shop.expired = {0}
    assert lookups.save(session, match, tmp_path / "a").read_bytes() == b"the sound"
    assert mirror.count(DEEZER, "/track/3") == 2


@pytest.mark.parametrize("service", ["deezer", "itunes"])
def test_a_remembered_song_gets_a_fresh_link_by_its_id(mirror, session, tmp_path, service):
    Services(mirror, **{service: [SOLD]})
    kept = Lookups(tmp_path / "lookups.jsonl")
    kept.find(session, SONG)
    searches = mirror.count(path="/search")
    path = Lookups(tmp_path / "lookups.jsonl").save(session, SONG, tmp_path / "song")
    assert path.read_bytes() == b"the sound" and mirror.count(path="/search") == searches
    assert path.suffix == {"deezer": ".mp3", "itunes": ".m4a"}[service]


@pytest.mark.parametrize("gone", [{"deezer": [], "itunes": [SOLD]},
                                  {"deezer": [Sold(3, "Radiohead", "Karma Police", 262, None)], "itunes": [SOLD]}])
def test_a_remembered_song_that_the_service_no_longer_has_is_looked_up_again(mirror, session, tmp_path, gone):
    Services(mirror, deezer=[SOLD])
    kept = Lookups(tmp_path / "lookups.jsonl")
    kept.find(session, SONG)
    Services(mirror, **gone)
    assert Lookups(tmp_path / "lookups.jsonl").save(session, SONG, tmp_path / "song").suffix == ".m4a"
    assert Lookups(tmp_path / "lookups.jsonl").known(SONG).service == "itunes"


def test_a_song_without_a_preview_or_that_is_gone_says_so(mirror, session):
    Services(mirror, deezer=[Sold(3, "Radiohead", "Karma Police", 262, None)])
    for number, cause in (("3", "no preview"), ("4", "not found")):
        with pytest.raises(fetch.FetchError) as caught:
            lookups.preview_url(session, Match("deezer", number, "", "", 1.0))
        assert caught.value.cause == cause


def test_many_threads_keep_every_song_they_find(mirror, session, tmp_path: Path):
    songs = [Sold(i, "A Band", f"Number {i}", 100, b"x") for i in range(40)]
    Services(mirror, deezer=songs)
    kept = Lookups(tmp_path / "lookups.jsonl")
    fetch.batch(songs, lambda song: str(song.id), lambda opened, song, path: kept.save(
        opened, Song(song.artist, song.title, song.duration_s), path), tmp_path / "files")
    again = Lookups(tmp_path / "lookups.jsonl")
    assert [again.known(Song("A Band", f"Number {i}", 100)).id for i in range(40)] == [str(i) for i in range(40)]


def test_a_title_with_odd_line_ends_is_kept(mirror, session, tmp_path):
    song = Song("Radiohead", "Karma\u2028Police\x85", 261.9)
    Services(mirror, deezer=[SOLD])
    path = tmp_path / "lookups.jsonl"
    assert Lookups(path).find(session, song) == Lookups(path).known(song) is not None


@pytest.mark.parametrize("body", [b'{"error": "quota"}', b"\x1f\x8b\x08\xff", b"[]"])
def test_an_odd_answer_about_a_song_is_an_error_that_says_so(mirror, session, body):
    mirror.add(DEEZER, "/track/3", Answer(body, type="application/json"))
    with pytest.raises(fetch.FetchError) as caught:
        lookups.preview_url(session, Match("deezer", "3", "Karma Police", "Radiohead", 262))
    assert caught.value.cause == services.ODD and "api.deezer.com" in str(caught.value)
