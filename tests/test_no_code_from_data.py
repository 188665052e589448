"""Data is never run: nothing in the library unpickles, evaluates or passes text to a shell."""

from __future__ import annotations

import ast
import io
import pickle
import shutil
from pathlib import Path

import joblib
import msgspec
import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from support import ROOT
from test_tampered import ARTEFACTS, STORE

from songsim_lib.catalog import CatalogError
from songsim_lib.sources import fma
from songsim_lib.sources.tunebook import readers, tunes

pytestmark = pytest.mark.fault("code in data")

# Calls that turn data into code; of those with a condition, the keyword that makes them safe.
ALWAYS = {"eval", "exec", "pickle.load", "pickle.loads", "pickle.Unpickler", "pd.read_pickle", "pandas.read_pickle",
          "yaml.load", "yaml.unsafe_load", "joblib.load", "marshal.load", "marshal.loads", "shelve.open", "os.system",
          "os.popen", "dill.load", "cloudpickle.load", "runpy.run_path"}
UNLESS = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False),
          "numpy.load": ("allow_pickle", False)}


def name_of(node: ast.expr) -> str:
    """Write the function of a call as it is called: "np.load"."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def dangers(source: str) -> list[str]:
    """List the calls in some code that could run data, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name, given = name_of(node.func), {one.arg: getattr(one.value, "value", None) for one in node.keywords}
        keyword, safe = UNLESS.get(name, ("", None))
        if name in ALWAYS or (keyword and given.get(keyword) is not safe) or given.get("shell") is True:
            found.append(f"line {node.lineno}: {name}")
    return found


@pytest.mark.parametrize("place", ["songsim_lib", "notebooks"])
def test_nothing_that_is_read_is_run(place):
    files = sorted((ROOT / place).rglob("*.py"))
    assert len(files) > 10
    told = {str(path.relative_to(ROOT)): found for path in files if (found := dangers(path.read_text("utf-8")))}
    # The bootstrap cell of each notebook starts git, and the notebooks' own cells are no data.
    assert told == {}


@pytest.mark.parametrize("line", [
    "pickle.load(file)", "eval(text)", "torch.load(path)", "torch.load(path, weights_only=False)", "np.load(path)",
    "np.load(path, allow_pickle=True)", "pd.read_pickle(path)", "subprocess.run(text, shell=True)", "yaml.load(text)"])
def test_what_is_looked_for_is_found(line):
    assert dangers(f"def read(path):\n    return {line}\n")


@pytest.mark.parametrize("line", ["torch.load(path, weights_only=True)", "np.load(path, allow_pickle=False)",
                                  "model.eval()", "json.loads(text)", "subprocess.run(['git'], check=True)"])
def test_what_is_safe_is_allowed(line):
    assert dangers(line) == []


def test_shell_scripts_evaluate_nothing():
    for path in (ROOT / "run_all.sh", ROOT / ".ci" / "run"):
        words = Path(path).read_text("utf-8").split()
        assert "eval" not in words and "source" not in words


class Bomb:
    """What a pickle can be: reading it makes a file, as it could do anything else."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self):
        return Path.touch, (self.made,)


def by_torch(bomb: Bomb) -> bytes:
    torch.save({"model": bomb}, kept := io.BytesIO())
    return kept.getvalue()


def by_numpy(bomb: Bomb) -> bytes:
    np.save(kept := io.BytesIO(), np.array([bomb], dtype=object), allow_pickle=True)
    return kept.getvalue()


def by_numpy_zipped(bomb: Bomb) -> bytes:
    np.savez(kept := io.BytesIO(), made_from=np.array([bomb], dtype=object), a=np.array([bomb], dtype=object))
    return kept.getvalue()


def by_joblib(bomb: Bomb) -> bytes:
    joblib.dump(bomb, kept := io.BytesIO())
    return kept.getvalue()


def as_text(bomb: Bomb) -> bytes:
    call = f"__import__('pathlib').Path({str(bomb.made)!r}).touch()"
    yaml = f"!!python/object/apply:os.system ['touch {bomb.made}']"
    return f"file,work_id,title\n{call},$(touch {bomb.made}),{yaml}\n".encode()


SAMPLES = {"pickle": pickle.dumps, "torch": by_torch, "numpy": by_numpy, "npz": by_numpy_zipped, "joblib": by_joblib,
           "text": as_text}


@pytest.fixture(scope="module", autouse=True)
def _store(tmp_path_factory):
    STORE["folder"] = tiny.study(tmp_path_factory.mktemp("study")).store_folder


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_would_run(name, tmp_path, faults):
    """Those that hold a pickle do, for who reads them without care."""
    faults(0)
    content = SAMPLES[name](Bomb(tmp_path / "ran"))
    reads = {"pickle": pickle.load, "torch": lambda file: torch.load(file, weights_only=False),
             "numpy": lambda file: np.load(file, allow_pickle=True),
             "npz": lambda file: np.load(file, allow_pickle=True)["a"], "joblib": joblib.load}
    if name in reads:
        reads[name](io.BytesIO(content))
        assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("artefact", ARTEFACTS, ids=lambda one: one.file)
def test_hostile_samples_of_each_kind_are_refused_and_not_run(artefact, tmp_path, faults):
    faults(len(SAMPLES))
    for name, sample in SAMPLES.items():
        place, ran = tmp_path / name, tmp_path / f"{name} ran"
        place.mkdir()
        artefact.make(place)
        (place / artefact.file).write_bytes(sample(Bomb(ran)))
        try:
            artefact.read(place)
        except artefact.refusals as error:
            assert Path(artefact.file).name in str(error), f"{name}: {error!r}"
        assert not ran.exists(), f"{name} in {artefact.file} was run"
        shutil.rmtree(place)


def test_what_was_kept_of_a_score_is_data_and_anything_else_is_read_again(tmp_path, faults):
    faults(len(SAMPLES) + 1)
    item = tunes.Tune("t1", "aird", "X:1\nT:A\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n")
    reader, ran = readers.Reader(tmp_path), tmp_path / "ran"
    first = reader(item)
    [kept] = (tmp_path / "readings").iterdir()
    for content in [*(sample(Bomb(ran)) for sample in SAMPLES.values()), msgspec.msgpack.encode([{"score_id": 7}])]:
        kept.write_bytes(content)
        assert reader(item) == first and not ran.exists()


def test_a_table_of_expressions_is_refused(tmp_path):
    """The lists in the tables of FMA are written as Python writes them."""
    ran, path = tmp_path / "ran", tmp_path / "tracks.csv"
    names = pd.MultiIndex.from_tuples(fma.COLUMNS)
    call = f"[__import__('pathlib').Path({str(ran)!r}).touch()]"
    row = dict.fromkeys(fma.COLUMNS, "1") | {("track", "tags"): call}
    pd.DataFrame([row], index=pd.Index([1], name="track_id"), columns=names).to_csv(path)
    with pytest.raises(CatalogError, match=r"tracks\.csv: a cell cannot be understood"):
        fma.read_tracks(path)
    assert not ran.exists()
