"""Players: sound that travels inside a notebook or a report, small enough to send by mail."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import soundfile

if TYPE_CHECKING:
    from IPython.display import HTML

PEAK = 0.891  # -1 dBFS, so that lossy coding does not clip

# Formats in the order tried: (MIME type, soundfile's format and subtype, compression level). Measured on 10 s
# of music at 22,050 Hz: 33 kB (MP3), 41 kB (Vorbis); the embedded text is a third longer.
CODECS = (("audio/mpeg", "MP3", "MPEG_LAYER_III", 0.8), ("audio/ogg", "OGG", "VORBIS", 0.8))
SMALLEST = 0.99


class PlayerError(ValueError):
    """Sound that cannot be played: empty, not finite, not mono, or no codec to write it with."""


def encode(samples: np.ndarray, sample_rate_hz: int, smallest: bool = False) -> tuple[str, bytes]:
    """Compress a mono clip for the browser.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,)]
        Mono, full scale 1; louder clips are scaled down to -1 dBFS.
    smallest : as few bytes as the codec can do with, where many clips travel together.

    Returns
    -------
    mime, data : str, bytes
        `audio/mpeg`, or `audio/ogg` where this libsndfile writes no MP3.

    Raises
    ------
    PlayerError : names what is wrong with the samples.
    """
    samples = np.asarray(samples, dtype=np.float32)
    if samples.ndim != 1 or not samples.size or not np.isfinite(samples).all():
        raise PlayerError(f"a player needs finite mono samples of shape (n,), got shape {samples.shape}")
    samples = samples * min(1.0, PEAK / max(float(np.abs(samples).max()), 1e-9))
    for mime, container, subtype, level in CODECS:
        if soundfile.check_format(container, subtype):
            buffer = io.BytesIO()
            soundfile.write(buffer, samples, sample_rate_hz, format=container, subtype=subtype,
                            compression_level=SMALLEST if smallest else level)
            return mime, buffer.getvalue()
    raise PlayerError("this libsndfile writes neither MP3 nor Ogg Vorbis; install soundfile 0.13 or newer")


def data_uri(content: bytes, mime: str) -> str:
    """File content as an address that needs no file."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def figure(samples: np.ndarray, sample_rate_hz: int, label: str) -> str:
    """Write one player as HTML: a caption and the browser's own controls; sound is fetched from nowhere."""
    mime, data = encode(samples, sample_rate_hz)
    name, source = html.escape(label), data_uri(data, mime)
    return (f'<figure style="margin:0.3em 0;flex:1 1 14em;min-width:0;max-width:22em">'
            f'<figcaption style="font-size:0.9em">{name}</figcaption>'
            f'<audio controls preload="none" aria-label="{name}" style="width:100%" src="{source}"></audio>'
            f'</figure>')


def player(samples: np.ndarray, sample_rate_hz: int, label: str) -> HTML:
    """A clip to listen to, with its name above it."""
    return players([(label, samples)], sample_rate_hz)


def players(clips: Iterable[tuple[str, np.ndarray]], sample_rate_hz: int) -> HTML:
    """Several clips side by side, one below the other where the screen is narrow.

    Parameters
    ----------
    clips : iterable of (label, samples)
        Each as in `player`, all at one rate.
    """
    from IPython.display import HTML

    boxes = "".join(figure(samples, sample_rate_hz, label) for label, samples in clips)
    return HTML(f'<div style="display:flex;flex-wrap:wrap;gap:0.3em 1em">{boxes}</div>')
