"""Fetch the OpenScore files from their public repositories, each checked against data/tunebook/scores.csv.

`python -m songsim_lib.sources.tunebook.openscore FOLDER` writes that list anew from a folder with index.csv.
"""

from __future__ import annotations

import argparse
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd
from tqdm import tqdm

from songsim_lib import fetch as fetching
from songsim_lib.files import atomic

from . import FOLDER
from .scores import LIST, ScoreError, collect, save_list, short_hash

MANIFEST = FOLDER / LIST
HOST = "https://github.com"
LIMIT_BYTES = 500_000_000  # an archive has less than 100 MB
# The state of each repository that the list describes; `write_manifest` refuses an index of another one.
COMMITS = {
    "OpenScore/Lieder": "bca122458de6da362abe62dd6aec62e25d7759b1",
    "OpenScore/StringQuartets": "2c723a5b7b4ea5420826116dfa912956c6a022c2",
}


class FetchError(ScoreError):
    """Scores that could not be had, or are not what they should be; the message says what to do."""


def fetch(folder: Path, manifest: Path = MANIFEST) -> Path:
    """Put every listed score into `folder`, each with the content the list gives; returns the folder.

    Files that are there are kept, so an interrupted fetch goes on where it stopped. `scores.collect` reads the folder.

    Parameters
    ----------
    folder : cache; about 100 MB while archives are unpacked.

    Raises
    ------
    FetchError : the server cannot be reached, or what it gives is not what the list says.
    """
    listed = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    lacking = [not _is_whole(folder / file, sha) for file, sha in zip(listed["file"], listed["sha256"], strict=True)]
    for repository, rows in listed[lacking].groupby(listed["source"].str.split("/").str[:2].str.join("/")):
        archive = _download(str(repository), folder)
        try:
            _unpack(archive, dict(zip(rows["file"], rows["sha256"], strict=True)), folder, str(repository))
        finally:
            archive.unlink()
    if not (folder / LIST).is_file() or (folder / LIST).read_bytes() != manifest.read_bytes():
        with atomic(folder / LIST) as temporary:
            shutil.copyfile(manifest, temporary)
    return folder


def _is_whole(path: Path, sha: str) -> bool:
    return path.is_file() and short_hash(path.read_bytes()) == sha


def _download(repository: str, folder: Path) -> Path:
    """Fetch the archive of a repository; GitHub packs it anew each time, so its files are checked, not its hash."""
    commit = COMMITS[repository]
    try:
        with fetching.session() as session:
            return fetching.large(session, f"{HOST}/{repository}/archive/{commit}.zip", folder / f"{commit}.zip",
                                  sha1="", limit_bytes=LIMIT_BYTES)
    except fetching.FetchError as error:
        raise FetchError(f"the scores of {repository} could not be fetched ({error}).\nThe OpenScore files are needed "
                         "for the full size: try again with a connection, or name a folder that has them and their "
                         "index.csv with --scores PATH (in a notebook: source = \"tunebook:size=full,scores=PATH\")."
                         ) from error


def _unpack(archive: Path, wanted: Mapping[str, str], folder: Path, repository: str) -> None:
    """Take the wanted files (place in `folder` -> hash) out of an archive, whatever else it holds.

    Files are found by name (OpenScore numbers them) and written to the list's place: no path of the archive is used.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = {PurePosixPath(member.filename).name: member for member in packed.infolist()}
            for file, sha in tqdm(wanted.items(), desc=f"unpacking {repository}", unit="score"):
                member = members.get(PurePosixPath(file).name)
                content = packed.read(member) if member else b""
                if short_hash(content) != sha:
                    problem = "is not what scores.csv says" if member else "is not in the archive"
                    raise FetchError(f"{repository} at {COMMITS[repository]}: {file} {problem}; nothing of it is used. "
                                     "Try again; if it stays, name a folder of scores with --scores PATH.")
                with atomic(folder / file) as temporary:
                    temporary.write_bytes(content)
    except zipfile.BadZipFile as error:
        raise FetchError(f"the archive of {repository} is damaged ({error}); run again to fetch it anew") from error


def write_manifest(folder: Path, path: Path = MANIFEST) -> None:
    """Write the list of scores from a folder with OpenScore's index.csv, composers' tables and files.

    Raises
    ------
    ScoreError : the folder has no usable index, or one of another commit.
    """
    scores = collect(folder)
    index = pd.read_csv(folder / "index.csv", dtype=str)
    found = dict(zip(index["repo"], index["commit"], strict=True))
    if found != COMMITS:
        raise ScoreError(f"{folder / 'index.csv'} lists {found}; openscore.COMMITS says {COMMITS}")
    save_list(scores, path)


def main() -> None:
    """Write the list from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with index.csv, *_composers.tsv and the .mxl files")
    write_manifest(parser.parse_args().folder)


if __name__ == "__main__":
    main()
