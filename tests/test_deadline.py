"""A time budget ends a run cleanly: nothing is begun that cannot end, what is under way is stopped, all is kept."""

from __future__ import annotations

import os
import time

import pandas as pd
import pytest
import tiny

from songsim_lib import chain as chains
from songsim_lib import cli, deadline, runs
from songsim_lib.chain import Chain, Request, Step, run
from songsim_lib.files import read_json

HOUR = 3600


def test_without_a_budget_there_is_no_end():
    with deadline.after(None):
        assert deadline.left() == float("inf") and not deadline.near(1e9)


def test_what_takes_longer_than_is_left_is_not_begun():
    with deadline.after(2.0):
        assert 2 * HOUR - 61 < deadline.left() <= 2 * HOUR - 60, "a minute is kept for leaving"
        assert not deadline.near(HOUR) and deadline.near(2 * HOUR)
    assert deadline.VARIABLE not in os.environ


def test_what_is_under_way_is_interrupted():
    start = time.monotonic()
    with pytest.raises(deadline.OutOfTime), deadline.after(1 / HOUR):
        time.sleep(30)
    assert 0.5 < time.monotonic() - start < 5


def test_an_interruption_by_hand_stays_one():
    with pytest.raises(KeyboardInterrupt), deadline.after(1.0):
        raise KeyboardInterrupt


def test_training_stops_before_an_epoch_that_would_not_end_and_goes_on_later(tmp_path, monkeypatch):
    whole, parts = (tiny.study(tmp_path / name) for name in ("whole", "parts"))
    expected = runs.fit(whole, tiny.CNN).history
    monkeypatch.setattr(deadline, "left", lambda: 1e-9)  # enough for an epoch of unknown length, and for no other
    with pytest.raises(deadline.OutOfTime, match=r"cnn_tiny: no time is left for epoch 2"):
        runs.fit(parts, tiny.CNN)
    assert len(pd.read_csv(parts.run_folder("cnn_tiny") / "history.csv")) == 1
    monkeypatch.undo()
    went_on = runs.fit(parts, tiny.CNN).history
    assert went_on.drop(columns="seconds").equals(expected.drop(columns="seconds"))


def test_a_chain_stops_and_the_next_run_goes_on(tiny_notebook, tmp_path, capsys):
    folder = tmp_path / "runs" / "study"
    first = tiny_notebook("00_a", "1")
    second = tiny_notebook("01_b", "import time; time.sleep(60 if seed == 3 else 0)")
    steps = [Step(first, {"seed": 3}), Step(second, {"seed": 3})]
    run(Chain(steps[:1], folder))
    with pytest.raises(deadline.OutOfTime), deadline.after(3 / HOUR):
        run(Chain(steps, folder))
    assert list(read_json(folder / "steps.json")["steps"]) == ["00_a"]
    tiny_notebook("01_b", "2")
    capsys.readouterr()
    run(Chain(steps, folder))
    said = capsys.readouterr().out
    assert "00_a: skipped" in said and "01_b: running" in said


def test_a_notebook_that_sees_no_time_left_ends_the_chain_the_same_way(tiny_notebook, tmp_path):
    told = "from songsim_lib.deadline import OutOfTime; raise OutOfTime('cnn: no time is left for epoch 3')"
    with pytest.raises(deadline.OutOfTime, match=r"^00_a, cell 3: cnn: no time is left for epoch 3$"):
        run(Chain([Step(tiny_notebook("00_a", told))], tmp_path / "runs" / "study"))


def test_the_command_line_says_that_time_is_over(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(chains, "run", lambda *_, **__: time.sleep(30))
    request = Request({}, [], "tunebook", "smoke", 0, output=str(tmp_path), time_budget=0.5 / HOUR)
    assert chains.run_study(request) == chains.OUT_OF_TIME
    assert "The time budget is used up" in capsys.readouterr().err


@pytest.mark.parametrize("budget", ["0", "-1", "soon", "nan", "inf", ""])
def test_a_budget_is_a_number_of_hours(budget, capsys):
    with pytest.raises(SystemExit):
        cli.main([f"--time-budget={budget}"])
    assert "is not a number of hours" in capsys.readouterr().err
