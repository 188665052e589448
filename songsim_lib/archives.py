"""What is taken out of archives that others made: only what is wanted, whole or not at all, and nowhere else."""

from __future__ import annotations

import gzip
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from tqdm import tqdm

from songsim_lib.files import atomic
from songsim_lib.text import named

MEMBER_BYTES = 1 << 30  # no file that the study wants is larger
TOTAL_BYTES = 64 << 30
BLOCK_BYTES = 1 << 20
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError,
           NotImplementedError)


class ArchiveError(ValueError):
    """An archive that is damaged, holds too much, or something that nobody should unpack; names it."""


class Member(NamedTuple):
    """A file in an archive: its plain path, its size when unpacked, how to read it, and why not to (or "")."""

    name: str
    size_bytes: int
    open: Callable[[], Any]
    unfit: str = ""


def sizes(archive: Path, total_bytes: int = TOTAL_BYTES) -> dict[str, int]:
    """List the files in an archive: path inside -> bytes when unpacked. Raises ArchiveError as `extract` does."""
    with _members(archive, total_bytes) as members:
        return {member.name: member.size_bytes for member in members}


def extract(archive: Path, folder: Path, wanted: Callable[[str], bool] = bool, *, progress: str = "",
            member_bytes: int = MEMBER_BYTES, total_bytes: int = TOTAL_BYTES) -> list[Path]:
    """Unpack the wanted files of a zip or tar archive (plain or gzip) into a folder, each atomically.

    What is there in its full size is kept, so an interrupted extraction goes on where it stopped. Nothing is written
    before the whole list of contents is checked.

    Parameters
    ----------
    wanted : tells of a path inside the archive whether to unpack it; by default of each.
    progress : words before the progress bar; none for "".
    member_bytes, total_bytes : the largest unpacked size of one file, and of all wanted ones.

    Returns
    -------
    The paths of the wanted files, in the archive's order.

    Raises
    ------
    ArchiveError : damaged; a member that lies outside the folder (an absolute path, .., a drive letter); a wanted one
        that is a link, a device, encrypted or too large.
    """
    with _members(archive, total_bytes) as members:
        chosen = list({member.name: member for member in members if wanted(member.name)}.values())
        _check(archive, chosen, member_bytes, total_bytes)
        for member in tqdm(chosen, desc=progress, unit="file", disable=not progress):
            _write(archive, member, folder)
    return [folder / member.name for member in chosen]


@contextmanager
def _members(archive: Path, total_bytes: int) -> Iterator[list[Member]]:
    """Open an archive and list its files; what goes wrong while it is open is told of the archive."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                yield [_of_zip(archive, zipped, info) for info in zipped.infolist() if not info.is_dir()]
        else:
            with tarfile.open(archive, _tar_mode(archive, total_bytes)) as tarred:
                yield [_of_tar(archive, tarred, info) for info in tarred if not info.isdir()]
    except DAMAGED as error:
        raise ArchiveError(f"{archive} is damaged ({error}); delete it and run again to fetch it anew") from error


def _tar_mode(archive: Path, total_bytes: int) -> Literal["r:", "r:gz"]:
    """Tell gzip from plain tar; a gzip file is first read to its end: its checksum is right, and it is no bomb."""
    with open(archive, "rb") as raw:
        if raw.read(2) != b"\x1f\x8b":
            return "r:"  # as large as it looks
    with gzip.open(archive) as stream:
        while stream.read(BLOCK_BYTES):
            if stream.tell() > total_bytes:
                raise _too_large(archive, f"more than {total_bytes:,} bytes")
    return "r:gz"


def _too_large(archive: Path, what: str) -> ArchiveError:
    return ArchiveError(f"{archive} holds {what} when unpacked; nothing of it is used")


def _of_zip(archive: Path, packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was not made on Unix
    unfit = "encrypted" if info.flag_bits & 1 else "" if kind in (0, stat.S_IFREG) else "a link or a device"
    return Member(_inside(archive, info.filename), info.file_size, lambda: packed.open(info), unfit)


def _of_tar(archive: Path, packed: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    unfit = "" if info.isreg() else "a link or a device"
    return Member(_inside(archive, info.name), info.size, lambda: packed.extractfile(info), unfit)


def _inside(archive: Path, name: str) -> str:
    """Give the plain form of a member's path; refuse one that leads out of the folder on any system."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or re.search(r"^[A-Za-z]:|[\\\0]", name):
        raise ArchiveError(f"{archive} holds {name!r}, which lies outside the folder it is unpacked to; nothing of it "
                           "is used. Delete it, and see that it comes from where it should")
    return path.as_posix()


def _check(archive: Path, members: list[Member], member_bytes: int, total_bytes: int) -> None:
    if unfit := [f"{member.name} is {member.unfit}" for member in members if member.unfit]:
        raise ArchiveError(f"{archive}: {named(unfit)}; nothing of it is used")
    if large := [member.name for member in members if member.size_bytes > member_bytes]:
        raise _too_large(archive, f"files of more than {member_bytes:,} bytes ({named(large)})")
    total = sum(member.size_bytes for member in members)
    if total > total_bytes:
        raise _too_large(archive, f"{total:,} bytes (more than {total_bytes:,})")


def _write(archive: Path, member: Member, folder: Path) -> None:
    """Write one member where it is not there yet in its full size."""
    path = folder / member.name
    if path.is_file() and path.stat().st_size == member.size_bytes:
        return  # written whole, since atomically
    try:
        with atomic(path) as temporary, open(temporary, "wb") as file, member.open() as content:
            shutil.copyfileobj(content, file, BLOCK_BYTES)
            if file.tell() != member.size_bytes:
                raise EOFError(f"{member.name} is cut short")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ArchiveError(f"{archive}: {member.name} cannot be unpacked to {path}, where something of another kind "
                           "is; move that away") from error
