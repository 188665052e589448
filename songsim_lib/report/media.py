"""Pictures and sound as part of the page."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct

import soundfile
from PIL import Image, UnidentifiedImageError  # matplotlib brings it

from songsim_lib.listen import data_uri

COLOURS = 256  # of a figure in the report: hardly a reader tells more of them apart


def size_px(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels that a PNG or SVG file says it has; None when it does not say."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack(">II", content[16:24])
    root = re.search(rb"<svg\b[^>]*>", content)
    said = dict(re.findall(rb"\b(width|height)=\"([\d.]+)(?:px)?\"", root[0])) if root else {}
    return (round(float(said[b"width"])), round(float(said[b"height"]))) if len(said) == 2 else None


def small_picture(content: bytes, colours: int = COLOURS, thorough: bool = False) -> bytes:
    """A PNG in a palette of few colours, a third of its size or less; anything else unchanged.

    thorough : search for the smallest file, which takes ten times as long.
    """
    if not content.startswith(b"\x89PNG"):
        return content
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            few = picture.convert("RGB").quantize(colours, method=Image.Quantize.MAXCOVERAGE)
            few.save(made, "png", optimize=thorough)
    except (OSError, UnidentifiedImageError):
        return content
    return min(content, _smallest(made.getvalue()) if thorough else made.getvalue(), key=len)


def _smallest(picture: bytes) -> bytes:
    """Write a PNG with the best filters and compression, where oxipng is installed; a tenth smaller."""
    try:
        import oxipng
    except ImportError:
        return picture
    return oxipng.optimize_from_memory(picture, level=5)  # type: ignore[no-any-return]


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
