"""The famous cases are listed with what became of them, and heard as far as their previews can be had."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_services import Services, Sold, sound
from loopback import Loopback

from songsim_lib.calibration import Statement
from songsim_lib.compare import famous
from songsim_lib.fetch import sessions

NAMED = [("Johann Sebastian Bach", "Antonio Vivaldi"), ("Wolfgang Amadeus Mozart", "Michael Haydn"),
         ("John Williams", "Igor Stravinsky"), ("Blurred Lines", "Got to Give It Up"),
         ("Ice Ice Baby", "Under Pressure"), ("My Sweet Lord", "He's So Fine"), ("Stairway to Heaven", "Taurus"),
         ("Dark Horse", "Joyful Noise"), ("Viva la Vida", "If I Could Fly")]
ROW = {"case_id": "one", "later_artist": "Nena", "later_title": "99", "later_year": "1983", "earlier_artist": "Kim",
       "earlier_title": "98", "earlier_year": "1973", "kind": "settled", "outcome": "Both agreed.", "source": "A book."}
CASES = [famous.Case("one", famous.Work("Nena", "99", 1983), famous.Work("Kim", "98", 1973), "settled", "So.", "A."),
         famous.Case("two", famous.Work("Abba", "Fernando", 1976), famous.Work("Nobody", "Lost", 1970), "credited",
                     "So.", "B.")]
NENA, KIM, ABBA = Sold(1, "Nena", "99", 230, sound(1)), Sold(2, "Kim", "98", 200, sound(2)), Sold(
    3, "Abba", "Fernando", 250, sound(3))


@pytest.fixture
def internet(monkeypatch):
    """A server that stands for all others, which nobody waits long for."""
    monkeypatch.setattr(sessions, "BACKOFF_S", 0.01)
    with Loopback() as server:
        monkeypatch.setenv("SONGSIM_MIRROR", server.address)
        yield server


@pytest.fixture
def offline(monkeypatch):
    """Call it to be without a connection from then on."""
    monkeypatch.setattr(sessions, "BACKOFF_S", 0.01)
    return lambda: monkeypatch.setenv("SONGSIM_MIRROR", "http://127.0.0.1:9")  # nobody answers


def written(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_committed_list_holds_the_pairs_that_the_report_and_the_courts_are_known_for():
    cases = famous.load()
    assert len(cases) >= 20
    songs = [(str(case.later), str(case.earlier)) for case in cases]
    for later, earlier in NAMED:
        assert any(later in one and earlier in other for one, other in songs), later


def test_final_outcomes_stand_in_the_list_and_not_first_verdicts():
    kinds = {case.case_id: case.kind for case in famous.load()}
    assert kinds["dark-horse"] == kinds["stairway-to-heaven"] == "no infringement"
    assert kinds["blurred-lines"] == kinds["my-sweet-lord"] == "infringement"
    assert kinds["viva-la-vida"] == "never tried" and kinds["bach-vivaldi"] == "no dispute"


def test_what_a_court_found_is_cited_with_the_court_and_everything_else_with_an_address():
    for case in famous.load():
        if "infringement" in case.kind:
            assert any(sign in case.source for sign in ("Cir.", "EWHC", "FCAFC")), case.case_id
        else:
            assert "http" in case.source, case.case_id


def test_no_song_is_older_than_the_one_it_is_said_to_borrow_from():
    assert all(1700 < case.earlier.year <= case.later.year <= 2026 for case in famous.load())


def test_a_list_is_read_as_it_is_written(tmp_path):
    accented = ROW | {"case_id": "two", "later_artist": "Beyoncé", "outcome": 'They said: "no", and agreed.'}
    one, two = famous.load(written(tmp_path / "cases.csv", ROW, accented))
    assert one.later == famous.Work("Nena", "99", 1983) and str(one.earlier) == "Kim: 98 (1973)"
    assert (two.later.artist, two.outcome) == ("Beyoncé", 'They said: "no", and agreed.')


@pytest.mark.parametrize("wrong, said", [
    ({"kind": "guilty"}, "kind is 'guilty'; write one of infringement, no infringement"),
    ({"later_year": "about 1983"}, "later_year is 'about 1983'; write a year with four digits"),
    ({"earlier_year": "73"}, "earlier_year is '73'; write a year with four digits"),
    ({"earlier_year": "1984"}, "earlier_year 1984 is after later_year 1983; exchange the songs"),
    ({"source": " "}, "source is empty; fill it in"), ({"outcome": ""}, "outcome is empty; fill it in"),
    ({"case_id": "one"}, "case_id 'one' is there already; give each case its own"),
])
def test_a_damaged_row_is_named_with_its_field_and_what_to_do(tmp_path, wrong, said):
    path = written(tmp_path / "cases.csv", ROW, ROW | {"case_id": "two"} | wrong)
    with pytest.raises(ValueError, match=rf"(?s)cases\.csv, row 2: {said}"):
        famous.load(path)


def test_a_list_that_lacks_a_column_or_is_not_there_is_named(tmp_path):
    path = written(tmp_path / "cases.csv", {name: value for name, value in ROW.items() if name != "kind"})
    with pytest.raises(ValueError, match=r"cases\.csv lacks the column\(s\) kind"):
        famous.load(path)
    with pytest.raises(ValueError, match=r"there is no file .*absent\.csv"):
        famous.load(tmp_path / "absent.csv")


def test_a_case_is_heard_if_both_its_songs_are_found_wherever_they_are(internet, tmp_path):
    Services(internet, deezer=[NENA, ABBA], itunes=[KIM])
    found, said = famous.gather(CASES, tmp_path / "cases")
    assert list(found) == ["one"] and said == "Previews of both songs were found for 1 of 2 cases."
    assert [path.read_bytes() for path in found["one"]] == [sound(1), sound(2)], "the later song comes first"


def test_two_songs_that_are_one_at_the_service_make_no_pair(internet, tmp_path):
    Services(internet, deezer=[NENA])
    again = famous.Case("same", CASES[0].later, famous.Work("Nena", "99 (Remastered)", 1983), "settled", "So.", "A.")
    assert famous.gather([again], tmp_path / "cases")[0] == {}


def test_a_song_of_two_cases_is_fetched_once_and_heard_in_both(internet, tmp_path):
    Services(internet, deezer=[NENA, KIM, ABBA])
    other = famous.Case("other", CASES[1].later, CASES[0].earlier, "settled", "So.", "A.")
    found, _ = famous.gather([CASES[0], other], tmp_path / "cases")
    assert set(found) == {"one", "other"} and found["one"][1] == found["other"][1]


def test_where_no_service_has_any_of_the_songs_it_is_said(internet, tmp_path):
    Services(internet)
    found, said = famous.gather(CASES, tmp_path / "cases")
    assert found == {} and "no sound was found for any of 4 song(s)" in said


def test_without_a_connection_there_are_no_previews_and_a_sentence_says_so_soon(offline, tmp_path):
    offline()
    begin = time.monotonic()
    found, said = famous.gather(famous.load(), tmp_path / "cases")
    assert found == {} and time.monotonic() - begin < 20
    assert said.startswith("No previews: no server can be reached") and "SONGSIM_MIRROR" in said


def test_a_mirror_with_a_wrong_address_is_said_and_stops_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("SONGSIM_MIRROR", "not an address")
    found, said = famous.gather(CASES, tmp_path / "cases")
    assert found == {} and "SONGSIM_MIRROR" in said


def test_previews_of_an_earlier_time_are_heard_without_a_connection(internet, offline, tmp_path):
    Services(internet, deezer=[NENA, KIM])
    before, _ = famous.gather(CASES, tmp_path / "cases")
    offline()
    after, said = famous.gather(CASES, tmp_path / "cases")
    assert after == before and list(after) == ["one"] and "1 of 2 cases" in said


def test_the_table_shows_every_case_and_leaves_blank_what_was_not_compared():
    stated = Statement(0.0123, math.log(40), 20_000)
    shown = famous.table(CASES, {"one": SimpleNamespace(calibrated=stated, verdict="neither")})
    assert shown.loc["one"].tolist() == ["Nena: 99 (1983)", "Kim: 98 (1973)", "settled", "neither", "0.012", "40"]
    assert shown.loc["two"].tolist() == ["Abba: Fernando (1976)", "Nobody: Lost (1970)", "credited", "–", "–", "–"]


def test_a_comparison_that_is_not_calibrated_has_a_verdict_without_numbers():
    said = {"one": SimpleNamespace(calibrated=None, verdict="neither")}
    assert famous.table(CASES, said).loc["one"].tolist()[3:] == ["neither", "–", "–"]


def test_where_no_case_is_asked_for_nothing_is_fetched(tmp_path):
    assert famous.gather([], tmp_path) == ({}, "No case was asked for.") and not list(tmp_path.iterdir())
