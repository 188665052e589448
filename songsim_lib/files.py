"""Files that are either whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

GLIMPSE_BYTES = 4_096
TEMPORARY = re.compile(r"\..+\.(?P<pid>[0-9]+)\.tmp(\.[^.]*)?")


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file so that readers see the old content or the new one, never half of it.

    Parameters
    ----------
    path : path of the file to write; its folder is made if needed.

    Yields
    ------
    A temporary path in the same folder (same suffix, so that writers which look at it work). It replaces
    `path` when the block ends well and is removed when the block raises.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def reserve(path: Path, what: str) -> None:
    """Take all the room on the disk that a mapped file needs: where it runs out later, the process is killed (SIGBUS).

    Raises
    ------
    OSError : there is not enough; names what was to be written, and its size. The file is removed.
    """
    size = path.stat().st_size
    try:
        if hasattr(os, "posix_fallocate"):
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        path.unlink()
        raise OSError(error.errno, f"no room for {what}, {size / 1e9:.2f} GB: {error.strerror}", str(path)) from error


def remove_left_behind(folder: Path) -> None:
    """Remove the temporary files in and below a folder whose writers were killed before they could."""
    for path in folder.rglob(".*.tmp*"):
        name = TEMPORARY.fullmatch(path.name)
        if name and not psutil.pid_exists(int(name["pid"])):
            path.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file (UTF-8) atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write a JSON file atomically, readable by people (indented, keys in the order given)."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | os.PathLike[str], default: Any = None) -> Any:
    """Read a JSON file; `default` when it does not exist.

    Raises
    ------
    ValueError : the file is not JSON; names the file.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default
    except (ValueError, RecursionError) as error:  # no JSON, no text, or brackets without end
        raise ValueError(f"{path} is not valid JSON ({error}); delete it and run again") from error


def digest(*parts: bytes | str | os.PathLike[str]) -> str:
    """Name content by its sha256 (first 16 hex digits): text and bytes as they are, paths by their bytes."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, os.PathLike):
            part = Path(part).read_bytes()
        part = part.encode() if isinstance(part, str) else part
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def sha256(path: str | os.PathLike[str]) -> str:
    """Name a file of any size by the sha256 of all its bytes, in hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def glimpse(path: str | os.PathLike[str]) -> str:
    """Name a file by its size and some bytes from its middle, which tells all but copies apart; "" if it is not there.

    Unlike its time of change this is the same wherever the file is copied to, and unlike a hash of all of it quick.
    """
    try:
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            file.seek(size // 2)
            return f"{size}-{hashlib.sha256(file.read(GLIMPSE_BYTES)).hexdigest()[:16]}"
    except OSError:
        return ""


def code_digest(*modules: str) -> str:
    """Name the source of some of the library's modules, so that results of older code are not taken for new ones.

    Raises
    ------
    FileNotFoundError : there is no such module; names it.
    """
    here = Path(__file__).parent
    sources = [path for name in modules
               for path in (sorted((here / name).rglob("*.py")) if (here / name).is_dir() else [here / f"{name}.py"])]
    return digest(*sources)
