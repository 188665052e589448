"""Functions that librosa compiles are compiled by one process; where two have spoilt them, they are made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from songsim_lib import compiled

CRASH = "import ctypes; ctypes.string_at(0)"
pytestmark = pytest.mark.fault("two at once")



@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of kept code of our own, of which the trial reads one file; and no mark of an earlier trial."""
    monkeypatch.setattr(compiled, "folders", lambda: [tmp_path / "kept"])
    monkeypatch.setattr(compiled, "_own_folder", lambda: tmp_path)
    code = tmp_path / "kept" / "core" / "guf-pitch._f-1.py311.1.nbc"
    code.parent.mkdir(parents=True)
    code.write_text("whole")
    monkeypatch.setattr(compiled, "TRIAL", f"from pathlib import Path\ncode = Path({str(code)!r})\n"
                        f"if code.exists() and code.read_text() == 'spoilt': {CRASH}\ncode.write_text('whole')")
    return code


def test_spoilt_code_is_made_anew_and_said(place, capsys):
    place.write_text("spoilt")
    compiled.ready()
    assert place.read_text() == "whole"
    assert "two processes had spoilt 1 files of librosa's compiled functions" in capsys.readouterr().out


def test_what_was_tried_is_not_tried_again_until_it_changes(place, monkeypatch, capsys):
    compiled.ready()
    with monkeypatch.context() as patch:
        patch.setattr(compiled.subprocess, "run", lambda *_, **__: pytest.fail("tried again"))
        compiled.ready()
    place.write_text("spoilt")
    compiled.ready()
    assert place.read_text() == "whole" and "made anew" in capsys.readouterr().out


def test_what_crashes_when_it_is_new_is_an_error_that_says_what_to_do(place, monkeypatch):
    monkeypatch.setattr(compiled, "TRIAL", CRASH)
    with pytest.raises(compiled.CompiledError, match="install numba and librosa anew"):
        compiled.ready()


def test_librosa_that_cannot_be_imported_is_an_error_with_its_reason(place, monkeypatch):
    monkeypatch.setattr(compiled, "TRIAL", "import no_such_module")
    with pytest.raises(compiled.CompiledError, match="no_such_module"):
        compiled.ready()
    assert place.exists()


def compile_into(folder: Path) -> int:
    """Let librosa compile into a folder; how the process ended."""
    return subprocess.run([sys.executable, "-c", compiled.TRIAL], env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
                          capture_output=True).returncode


@pytest.mark.stress
def test_halves_of_two_processes_crash_and_are_healed(tmp_path, monkeypatch):
    """What a race leaves: one process compiled all functions, another one alone, and their files are mixed."""
    one, other = tmp_path / "one", tmp_path / "other"
    assert compile_into(one) == 0
    shutil.copytree(one, other)
    alone = [path.relative_to(other) for path in other.rglob("*pitch._pi_wrapper*")]
    for path in alone:
        (other / path).unlink()
    assert compile_into(other) == 0
    for path in alone:
        if path.name.startswith("guf-"):
            shutil.copy(other / path, one / path)
    assert compile_into(one) < 0, "the fault is there"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(one))
    monkeypatch.setattr(compiled, "folders", lambda: [one])
    monkeypatch.setattr(compiled, "_own_folder", lambda: tmp_path)
    compiled.ready()
    assert compile_into(one) == 0
