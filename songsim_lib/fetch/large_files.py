"""A large file with a known sha1, fetched in as many goes as it takes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import requests
from tqdm import tqdm

from songsim_lib.fetch import streams
from songsim_lib.fetch.downloads import again
from songsim_lib.fetch.errors import FetchError, plain

PARTIAL = 206
BEYOND_END = 416


def large(session: requests.Session, url: str, path: str | os.PathLike[str], *, sha1: str, limit_bytes: int) -> Path:
    """Fetch a large file; what an earlier run has left in `path`.part is gone on with.

    Parameters
    ----------
    path : where it shall lie; a file that is there, with the right sha1, is taken as it is.
    sha1 : of the whole file, 40 hex digits; "" where none is published, so that only its length is checked.
    limit_bytes : the most that is taken.

    Returns
    -------
    `path`.

    Raises
    ------
    FetchError : as of `download`, or "damaged archive": what arrived has another sha1, and was deleted.
    """
    import pooch

    path, sha1 = Path(path), sha1.lower()
    if path.is_file() and (not sha1 or pooch.file_hash(str(path), "sha1") == sha1):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    again(lambda: _go_on(session, url, part, limit_bytes))
    if sha1 and pooch.file_hash(str(part), "sha1") != sha1:
        part.unlink()
        raise FetchError(f"{plain(url)}: what arrived has another sha1 than {sha1}, and was deleted; run again, and if "
                         "that does not help, the file was changed", "damaged archive")
    os.replace(part, path)
    return path


def _go_on(session: requests.Session, url: str, part: Path, limit_bytes: int) -> None:
    """Append what is missing; from the start where the server does not know the header Range."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with streams.open_stream(session, url, headers, also=(BEYOND_END,) if have else ()) as response:
        said = response.headers.get("Content-Range", "")
        if response.status_code == BEYOND_END:
            if said == f"bytes */{have}":
                return  # all of it is there
            part.unlink()
            raise FetchError(f"{plain(url)}: {part} is longer than the file, and was deleted; run again", "cut short")
        appends = response.status_code == PARTIAL and bool(re.match(rf"bytes {have}-", said))
        start = have if appends else 0
        left = response.headers.get("Content-Length", "")
        with (open(part, "ab" if appends else "wb") as file,
              tqdm(desc=part.stem, initial=start, total=start + int(left) if left.isdigit() else None, unit="B",
                   unit_scale=True, mininterval=1) as bar):
            streams.copy(response, file, url, limit_bytes - start, count=bar.update)
