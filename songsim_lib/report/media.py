"""Pictures and sound as part of the page."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct

import soundfile

from songsim_lib.listen import data_uri


def size_px(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG or SVG file says it has; None when it does not say."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack(">II", content[16:24])
    root = re.search(rb"<svg\b[^>]*>", content)
    said = dict(re.findall(rb"\b(width|height)=\"([\d.]+)(?:px)?\"", root[0])) if root else {}
    return (round(float(said[b"width"])), round(float(said[b"height"]))) if len(said) == 2 else None


def small_audio(address: str) -> str:
    """An embedded WAV recording as MP3, a fifth of its size or less; anything else unchanged.

    Parameters
    ----------
    address : a `data:` address, as IPython's audio players hold it.
    """
    if not address.startswith("data:audio/wav") and not address.startswith("data:audio/x-wav"):
        return address
    if "MP3" not in soundfile.available_formats():  # libsndfile before 1.1
        return address
    try:
        samples, rate = soundfile.read(
            io.BytesIO(base64.b64decode(address.split(",", 1)[1])), dtype="float32"
        )
        made = io.BytesIO()
        soundfile.write(made, samples, rate, format="MP3")
    except (soundfile.LibsndfileError, binascii.Error):
        return address
    return data_uri(made.getvalue(), "audio/mpeg")
