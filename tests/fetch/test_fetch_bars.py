"""Previews arrive as fast as one may ask for them, and memory does not grow with their number."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import requests
import soundfile
from loopback import Answer, Loopback

from songsim_lib import fetch

HOST = "previews.example"
PREVIEW_BYTES = 480_000
PEAK_BYTES = 500_000_000


def one(session: requests.Session, item: str, path: Path) -> Path:
    return fetch.download(session, f"https://{HOST}/{item}", path.with_suffix(".mp3"), check=fetch.sound)


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """30 s of MP3 at 128 kbit/s, as services serve them."""
    path = tmp_path_factory.mktemp("preview") / "preview.mp3"
    noise = np.random.default_rng(0).normal(0, 0.1, (30 * 44_100, 2))
    soundfile.write(path, noise, 44_100, format="MP3", bitrate_mode="CONSTANT", compression_level=0.65)
    return path.read_bytes()


@pytest.mark.stress
def test_500_previews_arrive_in_15_s(mirror: Loopback, tmp_path: Path, preview: bytes) -> None:
    assert len(preview) == pytest.approx(PREVIEW_BYTES, rel=0.1)
    mirror.latency_s = 0.02
    mirror.add(HOST, "/*", Answer(preview))
    begin = time.monotonic()
    result = fetch.batch(list(map(str, range(500))), key=str, one=one, folder=tmp_path)
    seconds = time.monotonic() - begin
    assert len(result.paths) == 500 and all(path.stat().st_size == len(preview) for path in result.paths.values())
    assert seconds <= 15


PEAK = """
import json, re, resource, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from songsim_lib import fetch
from songsim_lib.fetch import sessions
from test_fetch_bars import one
sessions.OTHERS = (100_000, 1.0)

def peak():
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # On Linux ru_maxrss begins with what the process that started this one held.
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def fetched_and_gone(session, item, path):
    path = one(session, item, path)
    path.write_bytes(b"kept")  # 5,000 previews are 2.4 GB
    return path

peaks = []
for count in (200, int(sys.argv[2])):
    fetched = fetch.batch(list(map(str, range(count))), key=str, one=fetched_and_gone, folder=Path(sys.argv[1]))
    peaks.append(peak())
print(json.dumps([len(fetched.paths), *peaks]))
"""


def peaks(mirror: Loopback, folder: Path, count: int) -> list[int]:
    """Ingest files in a process of its own: how many arrived, its peak in bytes after 200 and after all."""
    here = Path(__file__).parent
    shown = subprocess.run([sys.executable, "-c", PEAK, str(folder), str(count), str(here), str(here.parent),
                            str(here.parents[1])], capture_output=True, text=True, check=True,
                           env={**os.environ, "SONGSIM_MIRROR": mirror.address})
    return json.loads(shown.stdout.splitlines()[-1])


@pytest.mark.stress
def test_memory_stays_flat_while_5000_small_files_arrive(mirror: Loopback, tmp_path: Path, song: bytes) -> None:
    mirror.add(HOST, "/*", Answer(song))
    count, after_200, after_all = peaks(mirror, tmp_path, 5_000)
    assert count == 5_000
    assert after_all < PEAK_BYTES and after_all - after_200 < 40_000_000


@pytest.mark.stress
def test_memory_stays_flat_while_5000_previews_arrive(mirror: Loopback, tmp_path: Path, preview: bytes) -> None:
    mirror.add(HOST, "/*", Answer(preview))
    count, after_200, after_all = peaks(mirror, tmp_path, 5_000)
    assert count == 5_000
    assert after_all < PEAK_BYTES and after_all - after_200 < 40_000_000
