"""A sweep in its database: shared, killed, interrupted, gone on with, and the command that runs it."""

import multiprocessing
import os
import re
import signal
import sys
import time
import warnings
from collections import Counter

import pytest
import tiny
from optuna.trial import TrialState

from songsim_lib import chain, cli, environment, models
from songsim_lib import study as studies
from songsim_lib.sweep import reading, run, training
from songsim_lib.sweep.search import Search
from songsim_lib.train import TrainingError

FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None
needs_fork = pytest.mark.skipif(FORK is None, reason="processes are forked here, so that they start at once")
SCORED = {"accuracy": 0.8, "loss": 0.4, "first": 0.2, "mrr": 0.3, "best_epoch": 3, "train_loss": 0.3, "seconds": 1.0}


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    return training.TrainingData.of(tiny.study(tmp_path_factory.mktemp("study")))


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    warnings.simplefilter("ignore")


class Log:
    """Stands in for training: writes which process trained which seed, and gives made-up scores."""

    def __init__(self, path):
        self.path = path

    def __call__(self, songs, experiment, seed, name=""):
        with self.path.open("a") as file:
            file.write(f"{os.getpid()} {seed}\n")
        time.sleep(0.02)
        return {"seed": seed, **SCORED, "accuracy": 0.8 + seed / 1000}

    @property
    def lines(self):
        return [tuple(map(int, line.split())) for line in self.path.read_text().splitlines()]

    @property
    def seeds(self):
        return Counter(seed for _, seed in self.lines)


@pytest.fixture
def log(tmp_path, monkeypatch):
    made = Log(tmp_path / "log.txt")
    monkeypatch.setattr(run, "train", made)
    return made


@pytest.fixture
def search(songs, tmp_path, monkeypatch):
    """A search of this test alone: its database and its table lie in the test's folder."""
    monkeypatch.setattr(reading, "folder_of", lambda study, architecture: tmp_path / "sweep")
    return lambda total, **more: Search(songs, "cnn", total, **more)


def go(search, **heartbeat):
    return run.run(search, search.open(**heartbeat or {"heartbeat_s": 1, "silent_s": 60}), lambda _: None, poll_s=0.1)


def planned(total, seeds=2):
    return {training.training_seed(0, point, repeat) for point in range(total) for repeat in range(seeds)}


@needs_fork
def test_two_processes_share_a_sweep_and_train_each_setting_once(search, log, monkeypatch):
    one, both, waited = search(8), FORK.Barrier(2), []
    assert one.name

    def waits_for_the_other(songs, experiment, seed, name=""):
        if not waited:
            waited.append(both.wait(timeout=60))
        return log(songs, experiment, seed, name)

    monkeypatch.setattr(run, "train", waits_for_the_other)
    others = [FORK.Process(target=go, args=(one,)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(timeout=60)
        assert other.exitcode == 0
    assert log.seeds == dict.fromkeys(planned(8), 1), "each training once"
    assert len({pid for pid, _ in log.lines}) == 2, "both worked"
    assert len(reading.load(one.folder).table) == 16


@needs_fork
def test_what_a_killed_process_was_at_is_taken_up_again_without_what_it_had_finished(search, log, monkeypatch):
    def hangs(songs, experiment, seed, name=""):
        found = log(songs, experiment, seed, name)
        if seed == training.training_seed(0, 1, 1):  # the second training of the second setting
            time.sleep(60)
        return found

    one = search(3)
    monkeypatch.setattr(run, "train", hangs)
    killed = FORK.Process(target=go, args=(one,), kwargs={"heartbeat_s": 1, "silent_s": 2})
    killed.start()
    while not log.path.exists() or len(log.lines) < 4:
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    monkeypatch.setattr(run, "train", log)
    sweep = go(one, heartbeat_s=1, silent_s=2)
    assert log.seeds == dict.fromkeys(planned(3), 1) | {training.training_seed(0, 1, 1): 2}
    assert list(sweep.settings["point"]) == [0, 1, 2] and len(sweep.table) == 6


def test_a_process_that_slept_and_was_given_up_goes_on_with_other_settings(search, log, monkeypatch):
    one, given_up = search(2), []

    def sleeps(songs, experiment, seed, name=""):
        if not given_up:
            [trial] = [trial for trial in one.open().study.trials if trial.state == TrialState.RUNNING]
            given_up.append(one.open().study.tell(trial.number, state=TrialState.FAIL))
        return log(songs, experiment, seed, name)

    monkeypatch.setattr(run, "train", sleeps)
    assert len(go(one).table) == 4 and set(log.seeds) == planned(2)


def test_an_interrupted_sweep_goes_on_at_once(search, log, monkeypatch):
    def interrupted(songs, experiment, seed, name=""):
        if seed == training.training_seed(0, 1, 1):
            raise KeyboardInterrupt
        return log(songs, experiment, seed, name)

    monkeypatch.setattr(run, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(search(2), heartbeat_s=30, silent_s=120)
    assert len(reading.load(search(2).folder).table) == 2, "the finished setting is in the table"
    monkeypatch.setattr(run, "train", log)
    sweep = go(search(2), heartbeat_s=30, silent_s=120)
    assert log.seeds == dict.fromkeys(planned(2), 1) and len(sweep.table) == 4


def test_more_settings_are_added_to_those_that_are_there_and_fewer_are_not_trained_again(search, log):
    go(search(2))
    assert len(go(search(4)).table) == 8 and log.seeds == dict.fromkeys(planned(4), 1)
    assert len(go(search(3)).table) == 6 and sum(log.seeds.values()) == 8
    assert search(4, seeds=3).name != search(4).name == search(3).name, "other trainings are another sweep"


def test_of_two_that_take_the_same_setting_one_gives_way(search, log):
    one = search(4)
    first, second = one.open(), one.open()
    a, b = first.study.ask(), second.study.ask()
    assert first.claim(a, 4) == 0
    stale, second.free = iter([[0], [1]]), lambda total: next(stale)  # what it read before the other wrote
    assert second.claim(b, 4) == 1
    assert first.running(4) == [0, 1] and first.free(4) == [2, 3]


def test_a_training_that_diverges_is_a_result_and_not_tried_again(search, log, monkeypatch):
    tried = []

    def diverges(songs, experiment, seed, name=""):
        tried.append(seed)
        if seed in (20, 21, 41):
            raise TrainingError("the training loss is nan in epoch 1")
        return log(songs, experiment, seed, name)

    monkeypatch.setattr(run, "train", diverges)
    sweep = go(search(3))
    assert len(go(search(3)).table) == len(tried) == 6
    assert list(sweep.table["failed"] != "") == [False, False, True, True, False, True]
    back = reading.load(search(3).folder)
    assert list(back.settings["point"]) == [0, 2] and "loss is nan" in back.table["failed"].iloc[2]


def test_the_same_seed_gives_the_same_settings_and_the_same_numbers(songs, tmp_path, monkeypatch):
    tables = []
    for name in "ab":
        monkeypatch.setattr(reading, "folder_of", lambda *_, name=name: tmp_path / name)
        tables.append(go(Search(songs, "cnn", 2)).table.drop(columns="seconds"))
    assert tables[0].equals(tables[1]) and tables[0]["loss"].nunique() == 4


@pytest.fixture
def command(songs, search, log, monkeypatch, capsys):
    """Give the command to the command line, for the tiny study: exit status, stdout, stderr."""
    monkeypatch.setattr(studies, "Study", lambda *_: songs.study)

    def give(*words):
        code = cli.main(["sweep", "--architecture", "cnn", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return give


def test_the_command_says_what_was_found_and_where_it_lies(command, search, log):
    code, out, err = command("--trials", "3")
    assert code == 0 and log.seeds == dict.fromkeys(planned(3), 1)
    assert "3 settings of 6 knobs, 6 trainings in all (cnn, no pretraining" in out and "*" not in out
    assert out.rstrip().endswith(str(search(3).folder / "trials.csv"))
    assert err.count("accuracy 0.8") == 3
    code, again, err = command("--trials", "3")
    assert (code, again, err.count("accuracy 0.8")) == (0, out, 0), "finished: nothing is trained"


def test_ctrl_c_ends_with_130_and_a_sentence(command, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train", interrupted)
    code, out, err = command("--trials", "2")
    assert (code, out) == (130, "") and "interrupted; what is finished is kept" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["--trials", "0"], ["--trials", "few"], ["--seeds", "21"], ["--seed", "-1"],
                                   ["--architecture", "vgg"], ["--profile", "huge"], ["--source", "radio"]])
def test_what_makes_no_sense_is_refused(words, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main(["--check", "sweep", *words])
    assert refused.value.code == 2 and words[0] in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), [
    (["--storage", "my.db"], "is no address of a database"),
    (["--storage", "nothing://host/db"], "--storage cannot be used: Can't load plugin"),
    (["--storage", "sqlite:////no/such/folder/x.db"], "--storage cannot be used: .*unable to open database file"),
    (["--source", "covers80"], "is for testing only")])
def test_a_database_or_a_source_that_cannot_be_used_is_told_before_anything_is_trained(words, said, command, log):
    code, out, err = command(*words)
    assert (code, out) == (2, "") and not log.path.exists()
    assert re.search(said, err) and err.count("\n") == 1


def test_without_optuna_the_command_says_how_to_get_it(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, _, err = command()
    assert code == 2 and "optuna is not installed: use ./run_all.sh sweep" in err


@pytest.mark.parametrize(("status", "code"), [(1, 2), (130, 130)])
def test_where_there_are_no_recordings_yet_they_are_prepared_first(status, code, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(chain, "run_study", lambda request: asked.append(request) or status)
    assert cli.main(["sweep", "--profile", "smoke", "--seed", "4", "--output", str(tmp_path)]) == code
    [request] = asked
    assert (request.wanted, request.profile, request.seed) == (["00_data"], "smoke", 4)
    assert request.source == "tunebook" and request.output == str(tmp_path)
    assert "sweep: " in capsys.readouterr().err


def test_what_the_set_up_needs_is_named(capsys):
    assert cli.main(["--check", "sweep"]) == 0 and capsys.readouterr().out == "sweep\n"
    assert cli.main(["--check", "sweep", "--size", "full"]) == 0 and capsys.readouterr().out == "sweep,render\n"
    needs = [environment.name_of(one) for one in environment.requirements("sweep,render")]
    assert {"optuna", "music21", "torch"} <= set(needs)
