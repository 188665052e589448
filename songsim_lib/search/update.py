"""Bring the index of a folder up to date: what is new is embedded, what has gone is dropped, the rest is kept."""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pandas as pd

from songsim_lib.config import AudioSpec
from songsim_lib.files import digest, glimpse
from songsim_lib.locks import alone
from songsim_lib.models import Embedder, load_pretrained
from songsim_lib.search import embedding, writing
from songsim_lib.search.index import FORMAT, MANIFEST, Index, SearchIndexError
from songsim_lib.search.opening import place, read, real
from songsim_lib.sources import folder as folders
from songsim_lib.sources.listing import INDEX, located, read_index, sound_files

KEPT = ("track_id", "title", "artist", "work_id", "recording_id", "genre")  # of the catalog, where it has them


def update(root: str | Path, net: Embedder | None = None, cache: Path | None = None, spec: AudioSpec | None = None,
           workers: int = 1, fresh: bool = False) -> Index:
    """Index a folder of recordings, or bring its index up to date.

    A file is embedded once, and again when its size, time of change or content is another. After an interruption the
    same call goes on where it stopped. While another process is at it, this one waits. A damaged index is made anew.

    Parameters
    ----------
    root : folder of recordings, as for `sources.folder.catalog`, which gives titles, artists and works.
    net : hears recordings; by default the network that comes with the project.
    cache : folder that holds indexes; by default beside the feature stores.
    workers : as for `embedding.embed_all`.
    fresh : embed everything again.

    Returns
    -------
    Index : `failed` names the recordings that could not be used, with reasons.

    Raises
    ------
    CatalogError : there is no such folder, or nothing in it can be listed.
    AudioError : not one recording could be used.
    """
    net, spec = net or load_pretrained(), spec or AudioSpec()
    path, source = real(root), embedding.made_from(net, spec)
    folder = place(path, source, cache)
    with alone(folder, f"indexing {path}"):
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        before = _usable(path, folder, source)
        listing = _listing(path)
        if before is not None and listing and before.about["listing"] == listing:
            return before
        files = _keyed(folders.catalog(root))
        known = files["key"].isin(before.recordings["key"] if before else [])
        embedding.embed_all(files[~known], folder / writing.NEW, net, spec, workers)
        about = {"format": FORMAT, "made_from": source, "root": ascii(str(path)),
                 "listing": listing if files["glimpse"].all() else ""}  # what cannot be read is looked at again
        writing.write(folder, about, files, before)
        return read(path, folder, source)


def _usable(root: Path, folder: Path, source: str) -> Index | None:
    try:
        return read(root, folder, source)
    except SearchIndexError as error:
        if (folder / MANIFEST).exists():
            print(f"{error}: it is made anew", flush=True)
        return None


def _listing(root: Path) -> str:
    """Name the state of a folder without reading its files' tags; "" where it or a file cannot be looked at."""
    index = root / INDEX
    if not root.is_dir():
        return ""
    with redirect_stdout(io.StringIO()):  # what is left out is named when the folder is read
        names = ([str(index), *located(read_index(index), root)["path"]] if index.is_file()
                 else [os.path.join(root, name) for name in sound_files(root)])
    try:
        found = [(name, stat.st_size, stat.st_mtime_ns) for name in names for stat in (os.stat(name),)]
    except OSError:
        return ""
    return digest(json.dumps(found))


def _keyed(catalog: pd.DataFrame) -> pd.DataFrame:
    glimpses = catalog["path"].map(glimpse)
    keys = embedding.file_keys(catalog["path"], catalog["track_id"], glimpses)
    table = catalog[["path", *(name for name in KEPT if name in catalog)]]
    return pd.concat([table.assign(glimpse=glimpses), keys], axis=1)
