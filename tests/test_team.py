"""Several processes train one network as one process would: the same loss, the same files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from support import ROOT
from team_member import STEADY, study_in, train_for

from songsim_lib import checkpoint, runs
from songsim_lib.team import Team

MEMBER = ROOT / "tests" / "team_member.py"
ALL = tiny.PROFILE.max_epochs


def together(*tasks: object) -> None:
    """Have two processes, which meet over gloo, train in these folders for so many epochs."""
    told = subprocess.run([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
                           str(MEMBER), *map(str, tasks)], cwd=MEMBER.parent, capture_output=True, text=True,
                          env={**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}, timeout=300,
                          check=False)
    assert told.returncode == 0, told.stderr[-3000:]


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """One study in four copies: trained by one, by two, begun by one and finished by two, and the other way round."""
    first = tmp_path_factory.mktemp("team") / "one"
    tiny.study(first)
    folders = {name: first.with_name(name) for name in ("one", "two", "one then two", "two then one")}
    for folder in list(folders.values())[1:]:
        shutil.copytree(first, folder)
    train_for(folders["one"], ALL)
    train_for(folders["one then two"], 1)
    together(folders["two"], ALL, folders["one then two"], ALL, folders["two then one"], 1)
    train_for(folders["two then one"], ALL)
    return folders


def trained(folder: Path) -> runs.Run:
    return runs.load(study_in(folder), STEADY)


def test_two_processes_take_the_steps_of_one(studies):
    """Without batch norm and dropout, every weight is that of one process with the same effective batch."""
    alone, first, second = (np.load(studies[name] / f"plain-{rank}.npy")
                            for name, rank in (("one", 0), ("two", 0), ("two", 1)))
    assert np.allclose(first, alone, atol=1e-6) and np.array_equal(first, second)


@pytest.mark.parametrize("name", ["two", "one then two", "two then one"])
def test_the_loss_curves_agree(studies, name):
    """On CPUs each process's batch norms see its own half of a batch, which is all that differs."""
    curve, expected = (trained(studies[one]).history for one in (name, "one"))
    for column in ("train_loss", "validation_loss"):
        assert np.allclose(curve[column], expected[column], atol=0.01), (curve[column], expected[column])


def test_what_they_save_is_what_one_saves(studies):
    one, two = (trained(studies[name]) for name in ("one", "two"))
    assert {path.name for path in one.folder.iterdir()} == {path.name for path in two.folder.iterdir()}
    assert one.config == two.config, "a notebook finds the training done, whoever did it"
    assert (one.metrics["processes"], two.metrics["processes"]) == (1, 2)
    states = [checkpoint.load_state(run.folder / "last.ckpt") for run in (one, two)]
    assert states[0]["model"].keys() == states[1]["model"].keys()
    assert len(two.embeddings) == len(one.embeddings)


def test_a_training_that_one_began_two_finish(studies):
    assert trained(studies["one then two"]).metrics["processes"] == 2
    assert trained(studies["two then one"]).metrics["processes"] == 1
    assert len(trained(studies["one then two"]).history) == ALL


def test_alone_nothing_changes():
    team, model, embedded = Team(torch.device("cpu")), torch.nn.Linear(2, 2), torch.rand(3, 2)
    assert (team.size, team.rank, team.writes) == (1, 0, True)
    assert team.learner(model) is model and team.whole(embedded, 3) is embedded
    assert team.share(5).tolist() == [0, 1, 2, 3, 4] and team.any(True) and not team.any(False)
