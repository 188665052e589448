"""Pictures and sound as part of the page."""

from __future__ import annotations

import base64
import binascii
import io
import struct

import soundfile

from songsim_lib.listen import data_uri


def png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG file's header says; None when it is no PNG."""
    return struct.unpack(">II", content[16:24]) if content.startswith(b"\x89PNG") else None


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
