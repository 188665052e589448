"""Is a recording fit to be heard? The same limits for the build and for the tests."""

from __future__ import annotations

import numpy as np
import soundfile

SECONDS = 13.0
FRAME_S = 0.1
SILENT_DBFS = -60.0
MAX_SILENT_SHARE = 0.10
MAX_SILENT_RUN_S = 1.0
MAX_PEAK_DBFS = -1.0


def complaints(samples: np.ndarray, rate_hz: int) -> list[str]:
    """What is wrong with a decoded recording [shape=(n,), full scale 1]; empty when nothing is."""
    found = []
    if len(samples) != round(SECONDS * rate_hz):
        found.append(f"lasts {len(samples) / rate_hz:.3f} s, not {SECONDS} s")
    peak = 20 * np.log10(max(float(np.abs(samples).max(initial=0.0)), 1e-9))
    if peak > MAX_PEAK_DBFS:
        found.append(f"peak {peak:.2f} dBFS, above {MAX_PEAK_DBFS}")
    silent = silent_frames(samples, rate_hz)
    if silent.mean() > MAX_SILENT_SHARE:
        found.append(f"{silent.mean():.0%} of its frames are silent")
    longest = longest_run(silent) * FRAME_S
    if longest > MAX_SILENT_RUN_S:
        found.append(f"silent for {longest:.1f} s at a stretch")
    return found


def silent_frames(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Which 100 ms frames have a level (root mean square) below -60 dBFS [shape=(n_frames,)]."""
    hop = round(FRAME_S * rate_hz)
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop).astype(np.float64)
    if not len(frames):
        return np.ones(1, bool)
    return np.sqrt((frames**2).mean(axis=1)) < 10 ** (SILENT_DBFS / 20)


def longest_run(flags: np.ndarray) -> int:
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def check_file(path: str) -> list[str]:
    """Decode a recording and say what is wrong with it."""
    samples, rate_hz = soundfile.read(path, dtype="float32")
    return complaints(samples, rate_hz)
