"""Files from strangers: whatever is in them, each becomes features or a row that names it, and nothing else happens."""

from __future__ import annotations

import os
import signal
import struct
import time
from pathlib import Path

import mutations
import numpy as np
import pytest
import sounds

from songsim_lib import cutting, parallel
from songsim_lib.config import AudioSpec
from songsim_lib.decode import HOPELESS

pytestmark = [pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured on Linux"),
              pytest.mark.fault("corrupt sound")]
SPEC = AudioSpec(clip_s=10.0, n_mels=32)
FILES = int(os.environ.get("SONGSIM_FUZZ", "2000"))  # of the stress test
LONGEST_S, MOST_BYTES = 10.0, 1_000_000_000
CRASHED = "its process died"


def memory(field: str) -> int:
    """Read a field of this process's memory, in bytes: VmRSS as it is, VmHWM as it was at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return 1_024 * int(line.split()[1])


def hear(path: str) -> tuple[str, float, int]:
    """Draw a file's spectrogram, as the study does: what came of it, seconds, and memory that it took, in bytes."""
    signal.alarm(60)  # a decoder that hangs dies, and counts as one that crashed
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    before, start = memory("VmRSS"), time.perf_counter()
    found = cutting.spectrograms(path, "t", SPEC, 0, 0)
    seconds, taken = time.perf_counter() - start, memory("VmHWM") - before
    signal.alarm(0)
    if isinstance(found, np.ndarray):
        assert found.shape == (1, SPEC.n_mels, SPEC.n_frames) and found.dtype == np.uint8
        return "features", seconds, taken
    return found, seconds, taken


def fuzzed(folder: Path, n: int, seed: int) -> list[Path]:
    """Write n mutated files, of all kinds and formats in turn."""
    whole = {ending: path.read_bytes() for ending, path in mutations.originals(folder / "whole").items()}
    kinds, paths = list(mutations.MUTATIONS.items()), []
    for number in range(n):
        ending = list(whole)[number % len(whole)]
        name, mutate = kinds[number // len(whole) % len(kinds)]
        path = folder / f"{number:05d} {name}.{ending}"
        path.write_bytes(mutate(whole[ending], np.random.default_rng([seed, number])))
        paths.append(path)
    return paths


def check(folder: Path, n: int, seed: int) -> dict[str, int]:
    print(f"seed {seed}")  # shown where something below fails, to make the same files again
    paths = list(map(str, fuzzed(folder, n, seed)))
    outcomes = list(parallel.run(hear, paths, workers=2, crashed=lambda path: (f"{path}: {CRASHED}", 0.0, 0)))
    told = {path: outcome for path, outcome in zip(paths, outcomes, strict=True)}
    assert [path for path, (what, *_) in told.items() if CRASHED in what] == []
    assert {path: what for path, (what, *_) in told.items() if what != "features" and path not in what} == {}
    assert {path: seconds for path, (_, seconds, _) in told.items() if seconds > LONGEST_S} == {}
    assert {path: taken for path, (*_, taken) in told.items() if taken > MOST_BYTES} == {}
    return {"features": sum(what == "features" for what, *_ in outcomes), "files": n}


def test_a_mutated_file_of_every_kind_and_format_is_heard_or_named(tmp_path, faults):
    faults(len(mutations.MUTATIONS) * 7)
    found = check(tmp_path, len(mutations.MUTATIONS) * 7, seed=0)
    assert 0 < found["features"] < found["files"], "some can still be heard, and some cannot"


def test_a_header_that_makes_millions_of_packets_is_told_soon(tmp_path, faults):
    """Found by the test below: a rate of 1 Hz in packets of one byte took a minute and 1.4 GB."""
    faults(1)
    path, size = tmp_path / "lies.wav", 2_500_000
    form = struct.pack("<IHHIIHH", 16, 0, 1, 1, 1, 1, 8)
    path.write_bytes(b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + form + b"data" + bytes(4 + size))
    what, seconds, taken = hear(str(path))
    assert what == f"{path}: not readable as audio (no decoder for its kind)"
    assert seconds < LONGEST_S and taken < MOST_BYTES / 2


def test_a_long_recording_that_holds_nothing_but_damage_is_given_up(tmp_path, faults):
    faults(1)
    path = sounds.encode(tmp_path / "empty.m4a", sounds.tone(40), "aac")
    whole = path.read_bytes()
    start, end = whole.index(b"mdat") + 4, whole.index(b"moov") - 4
    path.write_bytes(whole[:start] + bytes(end - start) + whole[end:])
    assert hear(str(path))[0] == f"{path}: damaged, {HOPELESS} of {HOPELESS} packets cannot be decoded"


@pytest.mark.stress
def test_thousands_of_mutated_files_are_heard_or_named(tmp_path, faults):
    faults(FILES)
    print(check(tmp_path, FILES, seed=int(time.time())))


def test_the_whole_files_are_heard(tmp_path, faults):
    faults(0)
    for path in mutations.originals(tmp_path).values():
        assert hear(str(path))[0] == "features", path
