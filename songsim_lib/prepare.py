"""Fill a feature store from a catalog: in parallel, repeatable, resumable."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap

from songsim_lib import audio, augment, parallel, sheets
from songsim_lib.config import AudioSpec
from songsim_lib.cutting import spectrograms
from songsim_lib.decode import CRASHED
from songsim_lib.files import atomic, digest, glimpse, read_json, reserve, write_json, write_text
from songsim_lib.locks import alone
from songsim_lib.store import ANCHOR, FeatureStore, content_of, positive_name

LIBRARIES = ("audiomentations", "av", "librosa", "numpy", "python-stretch", "soundfile", "soxr")


def fingerprint(catalog: pd.DataFrame, spec: AudioSpec, positives: int, seed: int) -> dict[str, Any]:
    """Collect everything a store's content follows from; equal fingerprints mean equal bytes."""
    files = [(track, glimpse(path)) for track, path in zip(catalog["track_id"], catalog["path"], strict=True)]
    return {
        "audio": asdict(spec), "chain": augment.describe(), "positives": positives, "seed": seed,
        "recordings": digest(json.dumps(files)),
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def build(catalog: pd.DataFrame, folder: Path, spec: AudioSpec, positives: int, seed: int,
          workers: int = -1) -> FeatureStore:
    """Make the feature store of a catalog, or return the one that is already there.

    An interrupted build goes on where it stopped. The same catalog, settings and seed give the same bytes,
    whatever the number of workers. Recordings that cannot be used are listed in `failed.csv`.

    Parameters
    ----------
    catalog : validated, with a column `path`.
    positives : augmented versions of each clip.
    workers : processes; -1 is one per core.

    Raises
    ------
    audio.AudioError : not one recording could be used.
    StoreError : the store that is there was changed since it was made.
    """
    about = fingerprint(catalog, spec, positives, seed)
    if _is_finished(folder, about):
        return FeatureStore.open(folder, spec).checked()
    with alone(folder, f"filling {folder}"):
        return FeatureStore.open(folder, spec) if _is_finished(folder, about) else _build(
            catalog, folder, about, spec, workers)


def _is_finished(folder: Path, about: dict[str, Any]) -> bool:
    found = read_json(folder / "spec.json")
    return found is not None and {key: found.get(key) for key in about} == about


def _build(catalog: pd.DataFrame, folder: Path, about: dict[str, Any], spec: AudioSpec, workers: int) -> FeatureStore:
    (folder / "spec.json").unlink(missing_ok=True)
    positives, seed = about["positives"], about["seed"]
    rows_each = 1 + positives
    partial, done = _resume(folder, about, (len(catalog) * rows_each, spec.n_mels, spec.n_frames))
    waiting = catalog[~catalog["track_id"].isin(done)]
    first_row = {track: i * rows_each for i, track in enumerate(catalog["track_id"])}
    for track, result in _work(waiting, spec, positives, seed, workers):
        if not isinstance(result, str):
            partial[first_row[track] : first_row[track] + rows_each] = result
        done[track] = result if isinstance(result, str) else ""
        with (folder / "progress.jsonl").open("a", encoding="utf-8") as journal:
            journal.write(json.dumps([track, done[track]]) + "\n")
    return _finish(folder, partial, catalog, done, about, spec)


def _work(waiting: pd.DataFrame, spec: AudioSpec, positives: int, seed: int,
          workers: int) -> Iterable[tuple[str, np.ndarray | str]]:
    """Run `spectrograms` over recordings in processes of one thread each, yielding in the catalog's order."""
    results = parallel.run(partial(spectrograms, spec=spec, positives=positives, seed=seed), waiting["path"].map(str),
                           waiting["track_id"], progress="spectrograms", unit="recording", workers=workers,
                           crashed=lambda path, _: f"{path}: {CRASHED}")
    return zip(waiting["track_id"], results, strict=True)


def _resume(folder: Path, about: dict[str, Any], shape: tuple[int, ...]) -> tuple[np.ndarray, dict[str, str]]:
    """Open the half-made store of the same fingerprint, or begin one; the journal says what is in it."""
    data, plan, journal = folder / "features.partial.npy", folder / "partial.json", folder / "progress.jsonl"
    if read_json(plan) == about and data.exists():
        lines = journal.read_text(encoding="utf-8").splitlines(keepends=True) if journal.exists() else []
        whole = [line for line in lines if line.endswith("\n")]
        write_text(journal, "".join(whole))
        return open_memmap(data, mode="r+"), dict(json.loads(line) for line in whole)
    folder.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    partial = open_memmap(data, mode="w+", dtype=np.uint8, shape=shape)
    reserve(data, "the feature store")
    write_json(plan, about)
    return partial, {}


def _finish(folder: Path, partial: np.ndarray, catalog: pd.DataFrame, done: dict[str, str],
            about: dict[str, Any], spec: AudioSpec) -> FeatureStore:
    """Write index and failures, put the features in place, and last of all `spec.json`, which seals the store."""
    partial.flush()  # type: ignore[attr-defined]
    failed = [(track, reason) for track, reason in done.items() if reason]
    if len(failed) == len(catalog):
        raise audio.AudioError(f"none of the {len(catalog)} recordings could be used; the first: {failed[0][1]}")
    variants = [ANCHOR, *map(positive_name, range(about["positives"]))]
    index = pd.DataFrame([(track, variant, row * len(variants) + v)
                          for row, track in enumerate(catalog["track_id"]) if not done[track]
                          for v, variant in enumerate(variants)], columns=["track_id", "variant", "row"])
    with atomic(folder / "index.parquet") as temporary:
        index.to_parquet(temporary, index=False)
    sheets.write(pd.DataFrame(failed, columns=["track_id", "reason"]), folder / "failed.csv")
    (folder / "features.partial.npy").replace(folder / "features.npy")
    write_json(folder / "spec.json", about | {"rows": len(partial), "content": content_of(partial)})
    for leftover in ("partial.json", "progress.jsonl"):
        (folder / leftover).unlink(missing_ok=True)
    return FeatureStore.open(folder, spec)

