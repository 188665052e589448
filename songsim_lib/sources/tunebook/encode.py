"""Sound to a file that is fit to be heard, or to none."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from songsim_lib.files import atomic

from .accept import check_file
from .synth import RATE_HZ

FORMATS: dict[str, dict[str, Any]] = {"opus": {"format": "OGG", "subtype": "OPUS", "compression_level": 0.96},
                                      "flac": {"format": "FLAC", "subtype": "PCM_16"}}


class UnfitError(ValueError):
    """A recording is not fit to be heard; the message says what was wrong."""


def encode(pcm: np.ndarray, path: Path, encoding: str) -> list[str]:
    """Encode int16 [shape=(n,)] at 24 kHz as "opus" or "flac", decode it again, keep the file if it is fit.

    Returns
    -------
    What is wrong with it; then `path` is left as it was.
    """
    with contextlib.suppress(UnfitError), atomic(path) as temporary:
        soundfile.write(temporary, pcm, RATE_HZ, **FORMATS[encoding])
        wrong = check_file(str(temporary))
        if wrong:
            raise UnfitError
    return wrong


def pcm_sha256(pcm: np.ndarray) -> str:
    """Fingerprint of the sound before encoding."""
    return hashlib.sha256(pcm.astype("<i2").tobytes()).hexdigest()
