"""Which two recordings notebook 09 compares: those that were named or uploaded, else a tune printed twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from songsim_lib import splits
from songsim_lib.audio import AudioError
from songsim_lib.compare import wording
from songsim_lib.engrave import family
from songsim_lib.engrave.family import Member
from songsim_lib.sources import tunebook

OLDEST, NEWEST = "aird-1-", "oneill"  # Aird's first volume, often dated 1782, and O'Neill's collection of 1903


@dataclass(frozen=True)
class Chosen:
    """Two recordings, what they are, and where they are of the embedded corpus their notation."""

    paths: tuple[Path, Path]
    captions: tuple[str, str]
    notation: tuple[Member, ...] = ()


def choose(song_a: str, song_b: str) -> Chosen:
    """Take two sound files, or where none is named a tune of the corpus as its oldest and its newest book print it.

    The tune is one that the network of compositions has not learned from; of those in the first volume of Aird's Airs
    and in O'Neill's Music of Ireland, the most alike in notation but not alike to the note (`engrave.family`).

    Raises
    ------
    AudioError : one file is named and not the other, or a file is not there.
    """
    if not song_a and not song_b:
        return _printed_twice()
    if not (song_a and song_b):
        raise AudioError("song_a and song_b: name two sound files, or none for a tune of the embedded corpus")
    paths = Path(song_a).expanduser(), Path(song_b).expanduser()
    for name, path in zip(("song_a", "song_b"), paths, strict=True):
        if not path.is_file():
            raise AudioError(f"{name} = {str(path)!r}: no such file")
    return Chosen(paths, (wording.name(song_a), wording.name(song_b)))


def _printed_twice() -> Chosen:
    edition = tunebook.catalog()
    unseen = edition[splits.held_out(edition)]
    books = unseen["score_id"].str.startswith(OLDEST) | (unseen["repertoire"] == NEWEST)
    members = family.find(family.confirmed("tunebook"), unseen[books])
    both = (members[0], members[-1])
    first = unseen.drop_duplicates("score_id").set_index("score_id")
    paths = [Path(first.loc[member.piece.score_id, "path"]) for member in both]
    return Chosen((paths[0], paths[1]), (both[0].caption, both[1].caption), both)


def upload() -> tuple[str, str]:
    """Ask for two sound files in Colab, by a button of Google's, and give their names; of more, the first two.

    Raises
    ------
    AudioError : this is not Colab, or fewer than two files were given.
    """
    try:
        from google.colab import files
    except ImportError:
        raise AudioError("files are uploaded in Colab alone; elsewhere set song_a and song_b") from None
    return _two(list(files.upload()))


def _two(names: Sequence[str]) -> tuple[str, str]:
    if len(names) < 2:
        raise AudioError(f"two sound files are compared, and {len(names)} was given; run the cell again")
    return names[0], names[1]
