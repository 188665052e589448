"""Files of the study that a disk or a stranger has changed: each is refused by name, or still says what it said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mutations
import numpy as np
import pytest
import song_csv
import soundfile
import tiny
import torch

from songsim_lib import calibration, checkpoint, files, kept
from songsim_lib import catalog as catalogs
from songsim_lib.calibration import shipped
from songsim_lib.catalog import CatalogError
from songsim_lib.checkpoint import CheckpointError
from songsim_lib.paths import CALIBRATION
from songsim_lib.search import engine
from songsim_lib.sources import folder, music_info
from songsim_lib.store import FeatureStore, StoreError

TIMES = int(os.environ.get("SONGSIM_TAMPER", "12"))  # mutations of each file
MUTATIONS = [getattr(mutations, name) for name in ("truncated", "beheaded", "bits_flipped", "header_lies", "zeroed",
                                                   "pieces_moved", "repeated")]


@dataclass(frozen=True)
class Artefact:
    """A file of the study: how it is made in a folder, how it is read from there, and the errors that refuse it."""

    file: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]
    refusals: tuple[type[Exception], ...]


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.Linear(20, 10))


def index_csv(place: Path) -> None:
    for number in range(3):
        soundfile.write(place / f"{number}.wav", tiny.melody(number), 22_050)
    (place / "index.csv").write_text("file,work_id,title\n" + "".join(f"{n}.wav,w{n},Song {n}\n" for n in range(3)))


def read_store(place: Path) -> object:
    store = FeatureStore.open(place / "store", tiny.SPEC).checked()
    return store.features.sum(), len(store.index), len(store.failed), store.rows(["t00", "t01"]).sum()


def read_engine(place: Path) -> object:
    sealed = (place / "sha256").read_text()
    found = engine.load(place / "engine.faiss", sealed)
    if found is None:
        raise StoreError(f"{place / 'engine.faiss'} is another")
    return found.ntotal


def make_engine(place: Path) -> None:
    vectors = np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)
    (place / "sha256").write_text(engine.save(engine.build(vectors, np.arange(300), "IVF8,SQ8"),
                                              place / "engine.faiss"))


def read_kept(place: Path) -> object:
    found = kept.find(place / "kept.npz", "made from")
    if found is None:
        raise StoreError(f"{place / 'kept.npz'} is not used")
    return found["a"].sum()


def read_calibration(place: Path) -> object:
    shipped.load.cache_clear()
    return calibration.shipped.load(place / "calibration")


def with_calibration(place: Path) -> None:
    shutil.copytree(CALIBRATION, place / "calibration", ignore=shutil.ignore_patterns("test.parquet"))


def with_store(place: Path) -> None:
    shutil.copytree(STORE["folder"], place / "store")


STORE: dict[str, Path] = {}
ARTEFACTS = [
    Artefact("index.csv", index_csv, lambda place: len(folder.catalog(place)), (CatalogError,)),
    Artefact("songs.csv", lambda place: song_csv.rows(40).to_csv(place / "songs.csv", index=False),
             lambda place: len(music_info.load(place / "songs.csv")), (CatalogError,)),
    Artefact("catalog.parquet", lambda place: catalogs.save(tiny.recordings(place / "sound", 6, 6),
                                                            place / "catalog.parquet"),
             lambda place: len(catalogs.load(place / "catalog.parquet")), (CatalogError,)),
    Artefact("last.ckpt", lambda place: checkpoint.save_state(place / "last.ckpt", {"x": network().state_dict()}),
             lambda place: len(checkpoint.load_state(place / "last.ckpt")), (CheckpointError,)),
    Artefact("model.safetensors", lambda place: checkpoint.save_model(place / "model.safetensors", network()),
             lambda place: checkpoint.load_model(place / "model.safetensors", network()), (CheckpointError,)),
    *(Artefact(f"store/{name}", with_store, read_store, (StoreError, ValueError))
      for name in ("features.npy", "index.parquet", "spec.json", "failed.csv")),
    Artefact("engine.faiss", make_engine, read_engine, (StoreError,)),
    Artefact("kept.npz", lambda place: kept.keep(place / "kept.npz", "made from", {"a": np.arange(400)}), read_kept,
             (StoreError,)),
    *(Artefact(f"calibration/{name}", with_calibration, read_calibration, (ValueError,))
      for name in ("calibration.json", "null.parquet", "cohort.safetensors")),
    Artefact("results.json", lambda place: files.write_json(place / "results.json", {"a": list(range(99))}),
             lambda place: files.read_json(place / "results.json"), (ValueError,)),
]


@pytest.fixture(scope="module", autouse=True)
def _store(tmp_path_factory):
    STORE["folder"] = tiny.study(tmp_path_factory.mktemp("study")).store_folder


@pytest.mark.fault("tampered file")
@pytest.mark.parametrize("artefact", ARTEFACTS, ids=lambda one: one.file)
def test_a_tampered_file_is_refused_by_name_or_still_read(artefact, tmp_path, faults):
    faults(TIMES)
    artefact.make(tmp_path)
    artefact.read(tmp_path)
    path, refused = tmp_path / artefact.file, 0
    whole = path.read_bytes()
    for number in range(TIMES):
        rng = np.random.default_rng([7, number])
        path.write_bytes(MUTATIONS[number % len(MUTATIONS)](whole, rng))
        try:
            artefact.read(tmp_path)
        except artefact.refusals as error:
            refused += 1
            assert path.name in str(error), f"mutation {number}: {error!r}"
    assert refused, "some of it shows"
