"""A run goes on from what an earlier one left in a folder that can only be read."""

from __future__ import annotations

import os
import stat

import pytest

from songsim_lib.chain import Chain, ChainError, Step, earlier, run
from songsim_lib.chain.products import Products
from songsim_lib.study import Study


def study(folder) -> Study:
    return Study("tunebook", "smoke", output=str(folder))


def made(folder) -> Study:
    """An earlier output: a store, a training, a study folder; and a neighbour's."""
    there = study(folder)
    for place in (there.store_folder, there.run_folder("cnn_b32"), there.run_folder("cnn_b32", 1), there.folder,
                  there.folder.with_name("study-another")):
        (place / "deep").mkdir(parents=True)
        (place / "deep" / "file.txt").write_text(place.name)
    return there


def read_only(folder):
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(path.stat().st_mode & ~0o222)
    folder.chmod(0o555)


def test_all_of_the_study_is_taken_and_nothing_else(tmp_path, capsys):
    made(tmp_path / "input")
    read_only(tmp_path / "input")
    here = study(tmp_path / "working")
    copied = earlier.take_up(str(tmp_path / "input"), here)
    assert set(copied) == {here.store_folder, here.run_folder("cnn_b32"), here.run_folder("cnn_b32", 1), here.folder}
    assert not here.folder.with_name("study-another").exists()
    assert (here.folder / "deep" / "file.txt").read_text() == here.folder.name
    assert "Taken up from" in capsys.readouterr().out
    modes = {path.stat().st_mode & stat.S_IWUSR for place in copied for path in [place, *place.rglob("*")]}
    assert modes == {stat.S_IWUSR}, "the copy can be written to"


def test_what_is_there_already_stays(tmp_path):
    made(tmp_path / "input")
    here = study(tmp_path / "working")
    here.folder.mkdir(parents=True)
    (here.folder / "new.txt").write_text("newer")
    copied = earlier.take_up(str(tmp_path / "input"), here)
    assert here.folder not in copied and os.listdir(here.folder) == ["new.txt"]
    assert earlier.take_up(str(tmp_path / "input"), here) == []


def test_a_copy_that_was_cut_short_is_begun_again(tmp_path, monkeypatch):
    made(tmp_path / "input")
    here = study(tmp_path / "working")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(earlier.shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space"):
            earlier.take_up(str(tmp_path / "input"), here)
    assert not here.store_folder.exists()
    assert here.store_folder in earlier.take_up(str(tmp_path / "input"), here)
    left = [path for path in here.paths.output.rglob("*.taking")]
    assert left == []


def test_a_folder_that_holds_nothing_of_the_study_is_refused(tmp_path):
    with pytest.raises(ChainError, match=r"holds nothing of this study: there is no runs/study-tunebook-smoke-s0"):
        earlier.take_up(str(tmp_path), study(tmp_path / "working"))


def test_fresh_takes_nothing_up(tmp_path):
    made(tmp_path / "input")
    assert earlier.take_up(str(tmp_path / "input"), study(tmp_path / "working"), fresh=True) == []


def test_on_kaggle_what_is_attached_is_found(tmp_path, monkeypatch):
    made(tmp_path / "input" / "notebooks" / "someone" / "songsim" / "data")
    monkeypatch.setattr(earlier, "ATTACHED", tmp_path / "input")
    here = study(tmp_path / "working")
    monkeypatch.setattr(earlier, "platform", lambda: "local")
    assert earlier.take_up("", here) == []
    monkeypatch.setattr(earlier, "platform", lambda: "kaggle")
    assert here.folder in earlier.take_up("", here)


def test_finished_steps_are_skipped_elsewhere(tiny_notebook, tmp_path, capsys):
    steps = [Step(tiny_notebook("00_a", "open('made.txt', 'w').write('x')"), {"seed": 1})]
    before, here = study(tmp_path / "input"), study(tmp_path / "working")

    def chain(of):
        return Chain(steps, of.folder, Products(of.store_folder, of.paths.runs, of.name))

    run(chain(before))
    read_only(tmp_path / "input")
    capsys.readouterr()
    run(chain(here), first=lambda: earlier.take_up(str(tmp_path / "input"), here))
    assert "00_a: skipped" in capsys.readouterr().out and (here.folder / "made.txt").exists()
