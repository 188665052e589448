"""A folder of recordings becomes a catalog, or an error that names what is wrong with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
import pytest
import soundfile
import sounds
import tiny
from support import ROOT

from songsim_lib import audio, splits
from songsim_lib import catalog as catalogs
from songsim_lib.catalog import REQUIRED, CatalogError
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources.folder import catalog, require_versions, source
from songsim_lib.sources.listing import ENDINGS

MUSIC = ROOT.parent / "shared" / "music"
COVERS80 = [
    "coversongs/covers32k/Abracadabra/steve_miller_band+Steve_Miller_Band_Live_+09-Abracadabra.mp3",
    "coversongs/covers32k/Abracadabra/sugar_ray+14_59+11-Abracadabra.mp3",
    "coversongs/covers32k/Yesterday/beatles+1+11-Yesterday.mp3",
    "coversongs/covers32k/Yesterday/boyz_ii_men+The_Ballad_Collection+10-Yesterday.mp3",
]


@pytest.fixture
def made(tmp_path: Path):
    """Make a folder of files: names -> content (their own name, where none is given)."""

    def make(*names: str, **contents: str) -> Path:
        root = tmp_path / "music"
        for name, content in {**{name: name for name in names}, **contents}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return root

    return make


def indexed(made, text: str, *names: str) -> Path:
    root = made(*names)
    root.mkdir(exist_ok=True)
    (root / "index.csv").write_text(text, encoding="utf-8")
    return root


def test_each_folder_that_holds_sound_is_a_work_as_in_covers80(made):
    root = made(*reversed(COVERS80), "coversongs/covers32k/list1.txt", "coversongs/covers32k/.DS_Store",
                "coversongs/covers32k/Yesterday/._hidden.mp3", "__MACOSX/Yesterday/copy.mp3")
    table = require_versions(catalog(root))
    assert table["track_id"].tolist() == COVERS80, "sorted, without lists and hidden files"
    works = "coversongs/covers32k/Abracadabra", "coversongs/covers32k/Yesterday"
    assert table["work_id"].tolist() == [works[0], works[0], works[1], works[1]]
    assert table["recording_id"].tolist() == COVERS80
    assert table["title"].iloc[1] == "sugar_ray+14_59+11-Abracadabra" and (table["artist"] == "").all()
    assert table["path"].tolist() == [str(root / name) for name in COVERS80]
    assert set(REQUIRED) <= set(table)


def test_files_in_no_folder_are_works_of_their_own(made):
    table = catalog(made("a.wav", "b.WAV", "pair/x.flac", "pair/y.ogg"))
    assert dict(zip(table["track_id"], table["work_id"], strict=True)) == {
        "a.wav": "a.wav", "b.WAV": "b.WAV", "pair/x.flac": "pair", "pair/y.ogg": "pair"}


def test_every_listed_kind_of_file_can_be_decoded(tmp_path):
    by_libsndfile = {".opus": {"format": "OGG", "subtype": "OPUS"}, ".oga": {"format": "OGG"},
                     ".aif": {"format": "AIFF"}}
    by_ffmpeg = {".m4a": ("aac", None), ".mp4": ("aac", None), ".aac": ("aac", "adts"), ".wma": ("wmav2", "asf")}
    for number, ending in enumerate(ENDINGS):
        path, tone = tmp_path / f"tone{ending}", sounds.tone(1.5, 48_000, 440 + number)
        if ending in by_ffmpeg:
            sounds.encode(path, tone, by_ffmpeg[ending][0], 48_000, by_ffmpeg[ending][1])
        else:
            soundfile.write(path, tone, 48_000, **by_libsndfile.get(ending, {}))
    table = catalog(tmp_path)
    assert len(table) == table["recording_id"].nunique() == len(ENDINGS)
    assert all(len(audio.load(path, tiny.SPEC)) > 1.4 * 22_050 for path in table["path"])


def test_an_index_tells_works_recordings_and_titles(made):
    root = indexed(made, "\ufefffile, work_id ,recording_id,title,artist,composer,score_id\n"
                   'b/2.opus,Reel,r2,"Reel, The",Ann,Trad.,s1\na/1.opus, Reel ,r1,NA,,,s1\nc.opus,,,,,,\n',
                   "a/1.opus", "b/2.opus", "c.opus", "unlisted.opus")
    table = catalog(root)
    assert table["track_id"].tolist() == ["b/2.opus", "a/1.opus", "c.opus"], "in the order of the index"
    assert table["work_id"].tolist() == ["Reel", "Reel", "c.opus"]
    assert table["recording_id"].tolist() == ["r2", "r1", "c.opus"]
    assert table["title"].tolist() == ["Reel, The", "NA", "c"], "a song may be called NA"
    assert table["artist"].tolist() == ["Ann", "", ""]
    assert "score_id" not in table, "what other columns mean is not known"


def test_an_index_needs_nothing_but_files(made):
    table = catalog(indexed(made, "file\n./a.wav\nsub/../b.wav\n", "a.wav", "b.wav", "sub/c.wav"))
    assert table["track_id"].tolist() == ["a.wav", "b.wav"]
    assert table["work_id"].nunique() == 2


def test_a_work_of_its_own_is_never_taken_for_a_named_one(made):
    table = catalog(indexed(made, "file,work_id\na.wav,b.wav\nb.wav,\nc.wav,b.wav\n", "a.wav", "b.wav", "c.wav"))
    assert table["work_id"].nunique() == 2 and table["work_id"].iloc[0] == table["work_id"].iloc[2]


def test_encodes_of_one_recording_are_of_one_work(made):
    names = "a.mp3", "a.opus", "b.mp3"
    table = catalog(indexed(made, "file,work_id,recording_id\na.mp3,,r\na.opus,Air,r\nb.mp3,,\n", *names))
    assert table["work_id"].tolist() == ["Air", "Air", "b.mp3"]
    with pytest.raises(CatalogError, match=r"several works, Air, Jig: a\.mp3, a\.opus"):
        catalog(indexed(made, "file,work_id,recording_id\na.mp3,Air,r\na.opus,Jig,r\n", *names))


def test_copies_of_a_file_are_one_recording_and_no_version(made):
    root = made(**{"Air/a.mp3": "one sound", "Air/copy.mp3": "one sound", "Air/b.mp3": "other one",
                   "empty/1.mp3": "", "broken/2.mp3": ""})
    table = catalog(root).set_index("track_id")
    assert table.loc["Air/copy.mp3", "recording_id"] == table.loc["Air/a.mp3", "recording_id"] == "Air/a.mp3"
    assert table["recording_id"].nunique() == 4, "files without content are not copies of each other"
    (root / "Air" / "b.mp3").unlink()
    with pytest.raises(CatalogError, match="single recording"):
        require_versions(catalog(root))


def test_a_recording_in_two_folders_is_of_the_first_work(made, capsys):
    root = made("Jig/b.wav", **{"Air/page.mp3": "<html>", "Jig/page.mp3": "<html>"})
    soundfile.write(root / "Air" / "a.wav", sounds.tone(11, 8_000), 8_000)
    (root / "Jig" / "a.wav").write_bytes((root / "Air" / "a.wav").read_bytes())
    table = catalog(root).set_index("track_id")
    assert sorted(table.index) == ["Air/a.wav", "Air/page.mp3", "Jig/b.wav", "Jig/page.mp3"]
    assert table["recording_id"].nunique() == 4, "what cannot be heard is no copy, and is named later"
    assert "another work's folder: Jig/a.wav\n" in capsys.readouterr().out
    files = "file,work_id\nAir/a.wav,Air\nJig/a.wav,Jig\n"
    with pytest.raises(CatalogError, match=r"several works, Air, Jig: Air/a\.wav, Jig/a\.wav"):
        catalog(indexed(made, files))


def test_a_split_of_the_index_asks_by_its_name(made):
    root = indexed(made, "file,split\na.wav,dev\nb.wav,test\nc.wav,dev\n", "a.wav", "b.wav", "c.wav")
    assert catalog(root, "dev")["asks"].tolist() == [True, False, True]
    assert catalog(root, "test")["track_id"].tolist() == ["a.wav", "b.wav", "c.wav"], "all can be found"
    assert "asks" not in catalog(root)
    with pytest.raises(CatalogError, match=r"'tset'; the splits there: dev, test"):
        catalog(root, "tset")
    with pytest.raises(CatalogError, match=r"no column split, so no 'dev'; it has: file"):
        catalog(indexed(made, "file\na.wav\n"), "dev")
    (root / "index.csv").unlink()
    with pytest.raises(CatalogError, match=r"no index\.csv, so no split 'dev'"):
        catalog(root, "dev")


@pytest.mark.fault("tampered file")
@pytest.mark.parametrize(("index", "said"), [
    ("name,work_id\na.wav,x\n", r"lacks the column\(s\) file; .* it names: name, work_id"),
    ("file;work_id\na.wav;x\n", "commas between them"),
    ("", "not a readable csv"),
    ('"file\na.wav', "not a readable csv"),
    ("file\n", "has no rows"),
    ("file,title\na.wav,x\n ,y\n", r"names no file in row\(s\): 2"),
    ("file,title\na.wav,Hello, Dolly\n", "double quotes"),
    ("file,title\na.wav,x\na.wav,Hello, Dolly\n", "line 3"),
    ("file\n../secret.wav\n", r"outside the folder.*: \.\./secret\.wav"),
    ("file\nsub/../../secret.wav\n", "outside the folder"),
    ("file\n/etc/a.wav\n", "outside the folder"),
    ("file\na.wav\nnotes.txt\n", r"not sound files of a known kind .*: notes\.txt"),
    ("file\na.wav\n" + "".join(f"m{i}.wav\n" for i in range(7)),
     r"no such files.*: m0\.wav, m1\.wav, m2\.wav, m3\.wav, m4\.wav, \.\.\. \(7 in all\)"),
    ("file\na.wav\0\n", "holds zero bytes"),
    ("file\na.wav\n./a.wav\n", r"more than once.*: a\.wav, \./a\.wav"),
])
def test_a_wrong_index_is_refused_with_what_is_wrong(made, index, said):
    root = indexed(made, index, "a.wav", "sub/b.wav", "notes.txt")
    (root.parent / "secret.wav").write_text("private")
    with pytest.raises(CatalogError, match=said):
        catalog(root)


@pytest.mark.fault("paths")
def test_a_path_is_given_from_the_folder_on_and_stays_there(made):
    root = made("a.wav")
    neighbour = root.with_name("music-of-somebody-else")
    neighbour.mkdir()
    (neighbour / "b.wav").write_text("private")
    for file in (root / "a.wav", f"../{neighbour.name}/b.wav", ".."):
        with pytest.raises(CatalogError, match="outside the folder"):
            catalog(indexed(made, f"file\n{file}\n"))


@pytest.mark.fault("text of strangers")
def test_an_index_in_another_encoding_is_refused(made):
    root = made("a.wav")
    (root / "index.csv").write_bytes("file,title\na.wav,Für Elise\n".encode("latin-1"))
    with pytest.raises(CatalogError, match=r"index\.csv is not UTF-8"):
        catalog(root)


@pytest.mark.fault("paths")
@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_out_of_the_folder_are_refused(made, tmp_path):
    outside = tmp_path / "library"
    outside.mkdir()
    (outside / "song.wav").write_text("private")
    root = made("Air/a.wav")
    (root / "Air" / "link.wav").symlink_to(outside / "song.wav")
    for root_with_link in (root, indexed(made, "file\nAir/link.wav\n")):
        with pytest.raises(CatalogError, match=r"outside the folder.*: Air/link\.wav"):
            catalog(root_with_link)
    (root / "index.csv").unlink()
    (root / "Air" / "link.wav").unlink()
    (root / "Jig").symlink_to(outside)
    with pytest.raises(CatalogError, match=r"outside the folder.*: Jig"):
        catalog(root)


@pytest.mark.fault("paths")
def test_a_link_that_leads_nowhere_is_left_out_and_named(made, capsys):
    root = made("Air/a.wav")
    (root / "Air" / "b.wav").symlink_to(root / "moved.wav")
    assert catalog(root)["track_id"].tolist() == ["Air/a.wav"]
    assert "links that lead nowhere): Air/b.wav" in capsys.readouterr().out


def test_a_link_inside_the_folder_is_the_same_file(made):
    root = made("Air/a.wav")
    (root / "Jig").mkdir()
    (root / "Jig" / "a.wav").symlink_to(root / "Air" / "a.wav")
    with pytest.raises(CatalogError, match=r"more than once.*: Air/a\.wav, Jig/a\.wav"):
        catalog(root)


def test_a_folder_without_sound_is_refused(made, tmp_path, capsys):
    for nothing in ("", tmp_path / "none"):
        with pytest.raises(CatalogError, match="there is no folder"):
            catalog(nothing)
    root = made("list.txt", "Air/a.m4p")
    with pytest.raises(CatalogError, match=r"no sound files in .*cannot be read: Air/a\.m4p"):
        catalog(root)
    made("Air/a.wav")
    assert catalog(root)["track_id"].tolist() == ["Air/a.wav"]
    assert "left out" in (said := capsys.readouterr().out) and "Air/a.m4p" in said


@pytest.mark.fault("text of strangers")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file's name is always text")
def test_a_file_whose_name_is_not_text_is_left_out_and_named(made, capsys):
    root = made("a.wav", "Für Elise.wav")
    Path(os.fsdecode(os.fsencode(root) + b"/F\xfcr Elise.wav")).write_text("other")
    table = catalog(root)
    catalogs.save(table, root.parent / "catalog.parquet")
    assert sorted(table["track_id"]) == ["Für Elise.wav", "a.wav"]
    assert r"left out" in (said := capsys.readouterr().out) and r"F\udcfcr Elise.wav" in said


def test_a_folder_with_a_single_recording_per_work_has_no_versions(made):
    root = made(*(f"work {i}/a.wav" for i in range(7)))
    with pytest.raises(CatalogError, match=r"music has a single recording of each of its 7 work\(s\) "
                                           r"\(work 0, .*, work 4, \.\.\. \(7 in all\)\).*a folder for each work"):
        require_versions(catalog(root), str(root))
    made("work 0/b.wav")
    assert len(require_versions(catalog(root))) == 8


def test_the_same_folder_gives_the_same_catalog(made):
    root = made(*COVERS80, "x.wav")
    pd.testing.assert_frame_equal(catalog(root), catalog(str(root)))


def write(path: Path, **said: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sounds.encode(path, sounds.tone(0.5, hertz=300 + sum(str(path).encode())), "libmp3lame", **said)


def test_the_index_wins_over_tags_and_tags_over_the_file_s_name(tmp_path):
    for name in ("a", "b", "c"):
        write(tmp_path / f"{name}.mp3", **({"title": "Tag", "artist": "Tagger", "album": "LP", "genre": "Rock",
                                            "date": "1987-05-01"} if name != "c" else {}))
    (tmp_path / "index.csv").write_text("file,title,genre,year,tags,mood\na.mp3,Index,Jazz,1955,\"slow , 50s,\",x\n"
                                        "b.mp3,,,,,\nc.mp3,,,soon,,\n", encoding="utf-8")
    table = catalog(tmp_path)
    assert table["title"].tolist() == ["Index", "Tag", "c"]
    assert table["artist"].tolist() == ["Tagger", "Tagger", ""]
    assert table["genre"].tolist()[:2] == ["Jazz", "Rock"] and table["album"].tolist()[:2] == ["LP", "LP"]
    assert table["year"].tolist()[:2] == [1955, 1987]
    assert table.loc[2, ["genre", "album", "year"]].isna().all(), "unknown is missing, not empty or 0"
    assert table["tags"].tolist() == [["slow", "50s"], [], []]
    assert "mood" not in table, "what other columns mean is not known"
    catalogs.save(table, tmp_path / "catalog.parquet")
    kept = catalogs.load(tmp_path / "catalog.parquet")
    assert kept["year"].dropna().astype(int).tolist() == [1955, 1987]
    assert kept["tags"].tolist() == table["tags"].tolist()


def test_what_no_file_tells_is_no_column(made):
    assert not {"album", "genre", "year", "tags", "split", "test"} & set(catalog(made("a.wav", "b/c.wav")))


def test_an_album_is_not_one_work_and_versions_of_a_song_are(tmp_path, capsys):
    for number, song in enumerate(("Help!", "Yesterday", "Act Naturally")):
        write(tmp_path / "Help" / f"{number}.mp3", title=song, album="Help!", artist="The Beatles")
        write(tmp_path / "Yesterday" / f"{number}.mp3", title="Yesterday" + " (Live)" * number, album=f"LP {number}",
              artist="A singer")
        write(tmp_path / "Air" / f"{number}.mp3", title=f"Air {song}", album=f"LP {number}", artist=f"Band {number}")
        write(tmp_path / "plain" / f"{number}.mp3")
    works = catalog(tmp_path).groupby("work_id")["track_id"].nunique()
    assert works.to_dict() == {"Air": 3, "Yesterday": 3, "plain": 3, **{f"Help/{number}.mp3": 1 for number in range(3)}}
    assert "(an index.csv can say otherwise): Help\n" in capsys.readouterr().out


def chosen(root: Path) -> pd.DataFrame:
    return source(SourceChoice.of("folder", {"folder": str(root)}), root.parent, 0, 2)


def test_the_folder_is_a_source_to_train_on_with_all_its_files(made):
    root = made(*(f"work {i}/{name}.wav" for i in range(8) for name in "ab"))
    table = chosen(root)
    pd.testing.assert_frame_equal(table, catalog(root))
    assert set(splits.split_by_work(table, seed=0)) == {"train", "validation"}, "8 works with versions test nothing"
    more = chosen(made(*(f"work {i}/{name}.wav" for i in range(40) for name in "ab")))
    assert set(splits.split_by_work(more, seed=0)) == {"train", "validation", "test"}


def test_a_published_test_set_is_respected(made):
    rows = [f"{name}.wav,w{i},{'dev' if i < 6 else 'Test'}" for i, name in enumerate("abcdefgh")] + ["i.wav,w7,dev"]
    root = indexed(made, "\n".join(["file,work_id,split", *rows]), *(f"{name}.wav" for name in "abcdefghi"))
    table = chosen(root)
    assert splits.held_out(table).tolist() == [False] * 6 + [True] * 3, "the whole work w7"
    assert set(splits.split_by_work(table, 0)[:6]) == {"train", "validation"}
    (root / "index.csv").write_text("file,split\na.wav,dev\n")
    assert "test" not in chosen(root), "without a test set the works are dealt by the study"


@pytest.mark.skipif(not MUSIC.is_dir(), reason="needs ../shared/music, which a clone does not have")
def test_the_real_folder_has_works_with_versions():
    table = require_versions(catalog(MUSIC, "dev"))
    assert len(table) == 553 and table["asks"].sum() == 348
    table = table[table["asks"]]
    versions = table.groupby("work_id")["recording_id"].nunique()
    assert (versions > 1).sum() > 40 and (versions == 1).sum() > 100
    assert (table.groupby("recording_id")["work_id"].nunique() == 1).all()
