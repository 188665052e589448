"""Recordings become windows on the unit sphere, each file once: what is embedded outlives an interruption."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from songsim_lib import kept, parallel
from songsim_lib.checkpoint import weight_parts
from songsim_lib.composition.listening import embed_file
from songsim_lib.config import AudioSpec
from songsim_lib.decode import CRASHED
from songsim_lib.device import best_device
from songsim_lib.files import code_digest, digest
from songsim_lib.models import Embedder

# What the windows of a file follow from, beside its sound and the weights.
CODE = ("audio", "config", "cqt", "decode", "device", "features", "models", "composition/listening",
        "composition/network")


def made_from(net: Embedder, spec: AudioSpec) -> str:
    """Name what vectors follow from: the network's weights, the code that uses them, the audio settings."""
    return digest(type(net).__qualname__, repr(asdict(spec)), code_digest(*CODE), *weight_parts(net))


def heard(path: str | Path, net: Embedder, spec: AudioSpec, device: torch.device | None = None) -> kept.Arrays:
    """Embed the windows of a recording that hold music.

    Returns
    -------
    vectors [shape=(W, D)], float32, of unit length; starts_s, ends_s [shape=(W,)]; left_out, the number of windows
    without music; reason, "" or why there is no vector.
    """
    try:
        with _one_thread(), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            points = embed_file(path, net, spec, device)
    except torch.OutOfMemoryError:  # a RuntimeError, which says nothing about the file
        raise
    except (OSError, ValueError, RuntimeError) as error:  # an AudioError, or a library that cannot cope with this file
        return unheard(str(error))
    if not points.valid.any():
        return unheard(str(said[-1].message))  # the warning with which `embed_file` ends
    return {"vectors": points.vectors[points.valid], "starts_s": points.starts_s[points.valid],
            "ends_s": points.ends_s[points.valid], "left_out": np.array(np.sum(~points.valid)), "reason": np.array("")}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute on one core: windows come a few at a time, for which threads mostly wait for each other.

    Measured: a window takes 5 to 10 ms on one thread, and up to 0.9 s on two of which something else needs one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def unheard(reason: str) -> kept.Arrays:
    """Stand for a recording that could not be used."""
    none = np.empty(0)
    # A name in another encoding than the system's is no text that could be kept.
    told = reason.encode(errors="backslashreplace").decode()
    return {"vectors": np.empty((0, 0), np.float32), "starts_s": none, "ends_s": none, "left_out": np.array(0),
            "reason": np.array(told)}


def embed_all(files: pd.DataFrame, folder: Path, net: Embedder, spec: AudioSpec, workers: int = 1) -> None:
    """Embed files into a folder, one npz each, for `read`; those that lie there from an interrupted call are ready.

    Parameters
    ----------
    files : columns `path` and `key`, which names the file's content.
    workers : processes, as for `parallel.run`. By default this one, which may use the GPU; others
        take some ten seconds to load the libraries, and each holds a network.
    """
    device = best_device()
    folder.mkdir(parents=True, exist_ok=True)

    def crashed(path: str, key: str) -> None:
        kept.keep(_place(folder, key), key, unheard(f"{path}: {CRASHED}"))

    work = _Embed(folder, net, spec, device)
    for _ in parallel.run(work, files["path"].tolist(), files["key"].tolist(), progress="indexing", unit="recording",
                          workers=workers, crashed=crashed):
        pass


class _Embed:
    """Embed one file and keep the result; an object, since processes get it by pickling."""

    def __init__(self, folder: Path, net: Embedder, spec: AudioSpec, device: torch.device) -> None:
        self.folder, self.net, self.spec, self.device = folder, net, spec, device

    def __call__(self, path: str, key: str) -> None:
        place = _place(self.folder, key)
        if kept.find(place, key) is None:
            kept.keep(place, key, heard(path, self.net, self.spec, self.device))


def read(folder: Path, key: str) -> kept.Arrays:
    """Read what `embed_all` has left of the file with this key; arrays as of `heard`.

    Raises
    ------
    FileNotFoundError : there is nothing of that file.
    """
    found = kept.find(_place(folder, key), key)
    if found is None:
        raise FileNotFoundError(f"nothing is kept of {key} in {folder}")
    return found


def _place(folder: Path, key: str) -> Path:
    return folder / f"{digest(key)}.npz"


def file_keys(paths: pd.Series, tracks: pd.Series, glimpses: pd.Series) -> pd.DataFrame:
    """Tell the content of files without reading them whole: `size`, `mtime_ns` and `key`, of all that is known."""
    stamps = [_stamp(path) for path in paths]
    keys = [f"{track}/{size}/{mtime_ns}/{glimpse}"
            for track, (size, mtime_ns), glimpse in zip(tracks, stamps, glimpses, strict=True)]
    sizes, times = zip(*stamps, strict=True)
    return pd.DataFrame({"size": sizes, "mtime_ns": times, "key": keys}, index=paths.index)


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
        return found.st_size, found.st_mtime_ns
    except OSError:  # gone since it was listed
        return 0, 0
