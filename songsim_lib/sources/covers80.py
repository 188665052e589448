"""covers80: 80 songs in two or more versions, the small public test set of cover song identification; test only.

Made by Dan Ellis (LabROSA, Columbia University, 2007). Its two lists pair one version of each song with another, 160
files; the archive holds four more. Results are published with either number, so a result has to say which.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pandas as pd

from songsim_lib import archives, fetch
from songsim_lib import catalog as catalogs
from songsim_lib.archives import ArchiveError
from songsim_lib.files import atomic
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import folder as folders
from songsim_lib.sources.listing import INDEX
from songsim_lib.text import named

ADDRESS = "https://labrosa.ee.columbia.edu/projects/coversongs/covers80/covers80.tgz"
LIMIT_BYTES = 400_000_000  # the archive has 164 MB, and mp3 files take as much room unpacked
PLACE = "coversongs/covers32k"
ALL, LISTED = "164", "160"
FILES, WORKS = int(ALL), 80  # FACTS, section 8: 77 works in 2 versions, 2 in 3, 1 in 4
SAYS = {ALL: "all 164 files of the archive, 80 works",
        LISTED: "the 160 files of the 80 listed pairs (the archive has 4 more)"}


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int) -> pd.DataFrame:
    """Fetch covers80; all of its works are for testing (column `test`). Whole works are drawn if fewer are asked for.

    Raises
    ------
    As `folder`.
    """
    catalog = folders.catalog(folder(cache, choice["files"]))
    return catalogs.sample_works(catalog, max_recordings, seed).assign(test=True)


def folder(cache: Path, files: str = ALL) -> Path:
    """Put covers80 into a folder that `sources.folder.catalog` reads, with an index of works, titles and artists.

    Parameters
    ----------
    cache : receives the archive, and a folder for each choice of `files`.
    files : "164" for all, "160" for the pairs of the two lists.

    Raises
    ------
    fetch.FetchError : the archive cannot be had.
    archives.ArchiveError : it is not covers80 (it was deleted, so the next run fetches it anew).
    """
    print(f"covers80: {SAYS[files]}")
    root = cache / "downloads" / "covers80"
    place = root / f"files-{files}"
    if not _is_whole(place):
        _unpack(_fetched(root / "covers80.tgz"), place, files)
    return place


def describe(file: str) -> dict[str, str]:
    """Tell what a path says, as in Work/artist_name+Album_Name+09-Title.mp3: `work_id`, `artist`, `album`, `title`."""
    path = PurePosixPath(file)
    artist, *album, title = path.stem.split("+") if "+" in path.stem else ("", path.stem)
    words = {"artist": artist, "album": "+".join(album), "title": re.sub(r"^\d+-", "", title)}
    return {"file": file, "work_id": path.parent.name} | {
        name: " ".join(text.replace("_", " ").split()) for name, text in words.items()}


def _is_whole(place: Path) -> bool:
    """Whether the index is there, which is written last, and every file in it."""
    index = place / INDEX
    return index.is_file() and all((place / file).is_file() for file in pd.read_csv(index, dtype=str)["file"])


def _fetched(archive: Path) -> Path:
    """Fetch the archive, of which no hash was published; what tells it is the number of its works and files."""
    with fetch.session() as session:
        return fetch.large(session, ADDRESS, archive, sha1="", limit_bytes=LIMIT_BYTES)


def _unpack(archive: Path, place: Path, files: str) -> None:
    """Unpack the recordings of a choice, then write their index; an archive that is not covers80 is deleted."""
    try:
        recordings = _recordings(archive)
        lists = archives.extract(archive, place, _is_list, total_bytes=LIMIT_BYTES)
        chosen = recordings if files == ALL else _listed(archive, lists, recordings)
        archives.extract(archive, place, set(chosen).__contains__, progress="unpacking covers80",
                         total_bytes=LIMIT_BYTES)
    except ArchiveError:
        archive.unlink()
        raise
    with atomic(place / INDEX) as temporary:
        pd.DataFrame(map(describe, chosen)).to_csv(temporary, index=False)


def _recordings(archive: Path) -> list[str]:
    """List the recordings in the archive, sorted; refuse one that has not as many works and files as covers80."""
    pattern = re.compile(rf"{PLACE}/[^/.][^/]*/[^/.][^/]*\.mp3")
    found = sorted(filter(pattern.fullmatch, archives.sizes(archive, LIMIT_BYTES)))
    works = {PurePosixPath(name).parent for name in found}
    if (len(works), len(found)) != (WORKS, FILES):
        raise ArchiveError(f"{archive} is not covers80, or changed: {len(found)} recordings of {len(works)} works in "
                           f"{PLACE}, instead of {FILES} of {WORKS}; it was deleted, run again to fetch it anew")
    return found


def _is_list(name: str) -> bool:
    return re.fullmatch(rf"{PLACE}/list[12]\.(list|txt)", name) is not None


def _listed(archive: Path, lists: list[Path], recordings: list[str]) -> list[str]:
    """Find the recordings of the two lists, which name them from the work on, mostly without an ending."""
    lines = {path.stem: path.read_text(encoding="utf-8", errors="replace").splitlines() for path in lists}
    names = [[f"{PLACE}/{line.strip().removesuffix('.mp3')}.mp3" for line in lines.get(name, []) if line.strip()]
             for name in ("list1", "list2")]
    unknown = set(names[0] + names[1]) - set(recordings)
    pairs = {(PurePosixPath(a).parent, PurePosixPath(b).parent) for a, b in zip(*names, strict=False) if a != b}
    if unknown or len(pairs) != WORKS or any(a != b for a, b in pairs) or list(map(len, names)) != [WORKS, WORKS]:
        raise ArchiveError(f"the lists in {archive} do not pair {WORKS} works: {len(names[0])} and {len(names[1])} "
                           f"entries, without a recording: {named(sorted(unknown)) or 'none'}; it was deleted, run "
                           "again to fetch it anew, or take all files (covers80:files=164)")
    return sorted(names[0] + names[1])
