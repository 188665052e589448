"""One song in many spellings is one; another version, artist or song is not."""

from __future__ import annotations

import pytest

from songsim_lib import song_names
from songsim_lib.song_names import parse, plain, same_artist, same_kind_of_album, same_title, work_name


@pytest.mark.parametrize("one, other", [
    ("Karma Police", "KARMA POLICE"),
    ("Karma Police - Remastered", "Karma Police (2009 Remaster)"),
    ("Lithium - 2021 - Remaster", "Lithium"),
    ("Hurt - Re-mastered", "Hurt [Digitally Remastered]"),
    ("Crazy in Love (feat. Jay-Z)", "Crazy In Love"),
    ("Umbrella feat. Jay-Z (Remix)", "Umbrella (Remix) [feat. JAY-Z]"),
    ("Déjà Vu", "Deja vu"), ("Mañana", "manana"), ("Smørrebrød", "smorrebrod"), ("Straße", "Strasse"),
    ("Don’t Stop Believin'", "Dont Stop Believin"),
    ("Rock 'n' Roll", "Rock & Roll"), ("Rock & Roll", "Rock and Roll"),
    ("The Sound of Silence", "Sound of Silence"),
    ("Another Brick in the Wall, Pt. 2", "Another Brick in the Wall (Part 2)"),
    ("(I Can't Get No) Satisfaction - Mono Version", "I Can't Get No Satisfaction"),
    ("One More Time - Radio Edit", "One More Time (Single Version)"),
    ("Strobe (Original Mix)", "Strobe"), ("Halo - Album Version (Explicit)", "Halo"),
    ("Skyfall (From the Motion Picture Skyfall)", "Skyfall"),
    ("Alive (Live)", "Alive (Live at Wembley 1992)"), ("Hey - Live 1997 / Remastered 2011", "Hey (Live)"),
    ("Layla - Acoustic Version", "Layla (Acoustic)"),
    ("東京", "東京"), ("Тёмная ночь", "Темная ночь"), ("24K Magic", "24k magic"), ("1999", "1999 - Remastered"),
])
def test_two_spellings_of_one_recording_are_one_title(one, other):
    assert same_title(one, other) and same_title(other, one)


@pytest.mark.parametrize("one, other", [
    ("Alive", "Alive (Live)"), ("Alive", "Alive - Live at Wembley"), ("Alive", "Alive [Live / Remastered]"),
    ("Smells Like Teen Spirit", "Smells Like Teen Spirit (Karaoke Version in the Style of Nirvana)"),
    ("Hurt", "Hurt (Nine Inch Nails Cover)"), ("Hurt", "Hurt (Tribute to Johnny Cash)"),
    ("Layla", "Layla (Acoustic)"), ("Layla", "Layla - Instrumental"), ("Layla (Acoustic)", "Layla (Live)"),
    ("Alive (Live)", "Alive (Live Acoustic)"),
    ("Strobe", "Strobe (Club Mix)"), ("Ignition", "Ignition (Remix)"),
    ("Blue (Foo Remix)", "Blue (Bar Remix)"), ("Blue (Live in Paris)", "Blue (Live in Rome)"),
    ("Long Live", "Long Live (Taylor's Version)"), ("Blue", "Blue (Re-recorded)"), ("Blue", "Blue (Version)"),
    ("1999", "1984"), ("Part 1", "Part 2"), ("Satisfaction", "(I Can't Get No) Satisfaction"),
    ("Live Forever", "Forever"), ("ガール", "カール"), ("!!!", "???"), ("", "Hello"),
])
def test_another_version_or_song_is_another_title(one, other):
    assert not same_title(one, other) and not same_title(other, one)


def test_a_word_of_versions_in_the_name_itself_is_no_version():
    assert parse("Live and Let Die") == ("live and let die", frozenset())
    assert parse("Cover Me") == ("cover me", frozenset())
    assert parse("(Live)") == ("live", frozenset())


def test_a_title_is_taken_apart_into_song_and_version():
    assert parse("Creep (Acoustic) - Remastered") == ("creep", {"acoustic"})
    assert parse("Hey - Live at Wembley, 1986 (2011 Remaster)") == ("hey", {"live", "wembley"})


@pytest.mark.parametrize("one, other", [
    ("The Beatles", "Beatles"), ("The Beatles", "Beatles, The"), ("Simon & Garfunkel", "Simon and Garfunkel"),
    ("AC/DC", "ACDC"), ("Jay-Z feat. Alicia Keys", "JAY Z"), ("P!nk", "Pink"), ("Ke$ha", "Kesha"),
    ("A$AP Rocky", "ASAP Rocky"), ("Sigur Rós", "Sigur Ros"),
    ("Crosby, Stills & Nash", "Nash, Stills & Crosby"), ("Queen, David Bowie", "Queen"),
    ("Mötley Crüe", "Motley Crue"), ("!!!", "!!!"), ("The The", "The The"),
])
def test_two_spellings_of_an_artist_are_one(one, other):
    assert same_artist(one, other) and same_artist(other, one)


@pytest.mark.parametrize("one, other", [
    ("Queen", "Queen Tribute Band"), ("Nirvana", "Karaoke Universe"), ("Simon", "Simon & Garfunkel"),
    ("Prince", "The Prince Band"), ("!!!", "???"), ("", "Queen"),
])
def test_another_artist_is_another(one, other):
    assert not same_artist(one, other) and not same_artist(other, one)


@pytest.mark.parametrize("album", ["Live at Wembley", "MTV Unplugged in New York", "Karaoke Hits", "Pulse (Live)",
                                   "A Tribute to Queen", "Hits in the Style of Queen"])
def test_a_plain_title_is_not_found_on_an_album_of_other_versions(album):
    assert not same_kind_of_album(album, "Alive") and same_kind_of_album(album, "Alive (Live)")


@pytest.mark.parametrize("album", ["Ten", "Live Through This", "Ten (Deluxe Edition)", ""])
def test_a_plain_title_is_found_on_a_plain_album(album):
    assert same_kind_of_album(album, "Alive")


def test_live_takes_and_remixes_of_a_song_are_one_work_and_other_songs_are_not():
    titles = ("Creep", "Creep (Live)", "Creep - Remastered", "creep [Remix]")
    names = {work_name("Radiohead", title) for title in titles}
    assert names == {"radiohead: creep"}
    assert work_name("TLC", "Creep") != work_name("Radiohead", "Creep")
    assert work_name("", "Creep") == "" and work_name("Radiohead", "") == ""


def test_a_service_is_asked_for_the_title_as_it_is_spelt_without_asides():
    assert song_names.main_part("Don't Stop (feat. X) - Remastered 2011") == "Don't Stop"
    assert song_names.main_part("(Live)") == "(Live)"


def test_text_of_signs_alone_is_kept():
    assert plain("!!!") == "!!!" and plain("") == ""
