"""Is it the same recording? The loudest points of both spectrograms, laid over each other at every offset in time.

In the spirit of Wang 2003, "An industrial strength audio search algorithm", 4th ISMIR conference,
https://doi.org/10.5281/zenodo.1416340: only points that stand out are kept, which noise, gain, equalisers and lossy
coding leave where they are. Wang pairs points into hashes, because a catalog must be searched; two recordings can be
laid over each other point by point, which needs one point to survive where a pair needs both.

A recording that was sped up or transposed has its points elsewhere: it is not recognised, and is not meant to be. Nor
is a sample of a few seconds within other music: half of the shorter recording must lie over the other, and much of
what overlaps be the same.
"""

from __future__ import annotations

import librosa
import numpy as np
from scipy import ndimage, sparse

RATE_HZ, N_FFT, HOP_LENGTH = 11_025, 1_024, 256  # bins of 10.8 Hz, frames of 23 ms: lossy coding keeps what is below
FRAME_S = HOP_LENGTH / RATE_HZ
LOWEST_BIN = 10  # 108 Hz: below, a bin holds several notes
APART = (15, 9)  # a point is the loudest of so many bins and frames, 161 Hz and 0.21 s
POINTS_PER_S = 30
FLOOR_DB = -80.0  # below the loudest point nothing counts
# Measured on 30 recordings of train works of the tunebook (13 s), the share of points that meet, least and median:
# with noise at 0 dB 0.20 0.39; MP3 0.63 0.78; cropped, noise at 5 dB, band-pass from 400 to 2,500 Hz and MP3 0.25 0.42.
# Of 20 of them, noise at 10 and 5 dB: 0.36 0.59, 0.27 0.49; band-pass alone 0.85 0.93. Most for other works 0.08 (435
# pairs), for other performances of a work 0.05 (40 pairs). Transposed by a semitone 0.08; 3 % faster 0.13 to 0.30.
SAME = 0.15
# Of two recordings laid over each other: what overlaps for less agrees by chance.
LEAST_OVERLAP_S, LEAST_OVERLAP = 4.0, 0.5  # share of the shorter one


def landmarks(samples: np.ndarray, rate_hz: int) -> sparse.csr_array:
    """Mark the points of a recording's spectrogram that stand out.

    Parameters
    ----------
    samples [shape=(n,)] : mono.

    Returns
    -------
    [shape=(bins, T)], 1 where a point lies, `FRAME_S` seconds a column; empty for silence.
    """
    mono = librosa.resample(samples, orig_sr=rate_hz, target_sr=RATE_HZ)
    power = np.abs(librosa.stft(mono, n_fft=N_FFT, hop_length=HOP_LENGTH)[LOWEST_BIN:]) ** 2
    loudest = power.max(initial=0)
    if loudest < 1e-9:
        return sparse.csr_array(power.shape, dtype=np.float32)
    level = np.maximum(10 * np.log10(np.maximum(power / loudest, 1e-12)), FLOOR_DB)
    peaks = (level == ndimage.maximum_filter(level, APART)) & (level > FLOOR_DB)
    level -= level.mean(axis=1, keepdims=True)  # an equaliser, or a dull instrument, moves all of a row alike
    bins, frames = np.nonzero(peaks)
    kept = _clearest(level[bins, frames], (frames * FRAME_S).astype(int))
    return sparse.csr_array((np.ones(len(kept), np.float32), (bins[kept], frames[kept])), shape=power.shape)


def _clearest(levels: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Choose the POINTS_PER_S highest of each second: their places."""
    order = np.lexsort((-levels, seconds))
    rank = np.arange(len(order)) - np.searchsorted(seconds[order], seconds[order])
    return np.sort(order[rank < POINTS_PER_S])


def overlay(a: sparse.csr_array, b: sparse.csr_array) -> tuple[float, float]:
    """Lay the points of two recordings over each other where most of them meet.

    Returns
    -------
    share : points that meet (same bin, within a frame) over the geometric mean of the points in the overlap, 0 to 1.
    offset_s : at which second of b the recording a begins (negative: a began before b).
    """
    length_a, length_b = a.shape[1], b.shape[1]
    met = (a.T @ b).tocoo()
    offsets = np.arange(1 - length_a, length_b)
    at = np.bincount(met.col.astype(np.int64) - met.row + length_a - 1, weights=met.data, minlength=len(offsets))
    meeting = np.convolve(at, [0.999, 1, 0.999], mode="same")  # a cropped copy's frames lie half a frame beside
    begin, end = np.maximum(0, offsets), np.minimum(length_b, offsets + length_a)  # of the overlap, in b
    of_a, of_b = (np.concatenate([[0], np.cumsum(points.sum(axis=0))]) for points in (a, b))
    points = np.sqrt((of_a[end - offsets] - of_a[begin - offsets]) * (of_b[end] - of_b[begin]))
    shorter = min(length_a, length_b)
    least = max(LEAST_OVERLAP * shorter, min(LEAST_OVERLAP_S / FRAME_S, shorter))
    share = np.where((end - begin >= least) & (points > 0), meeting / np.maximum(points, 1), 0)
    best = int(share.argmax())
    return float(min(share[best], 1.0)), float(offsets[best] * FRAME_S)
