"""Is what arrived what was asked for?"""

from __future__ import annotations

from pathlib import Path

import soundfile

from songsim_lib import decode
from songsim_lib.decode import AudioError

END_S = 1.0  # decoded at the beginning, and at the end


def sound(path: Path) -> None:
    """Check a file that has just been fetched, by its content: that it is sound, from its beginning to its end.

    Decoding all of a preview takes far longer than fetching it, so only the header and both ends are decoded. That
    tells sound from web pages and from what is cut short; a middle that is missing shows in the number of bytes,
    which the download compares with what the server has promised. What libsndfile does not read (m4a) is decoded at
    its beginning only; its table of contents lies at the end, or tells how long it is.

    Raises
    ------
    AudioError : not sound, or nothing to decode at one of its ends.
    """
    samples, _ = decode.read(path, END_S)
    if not len(samples):
        raise AudioError(f"{path}: empty, no samples")
    try:
        with soundfile.SoundFile(path) as file:
            file.seek(max(file.frames - round(END_S * file.samplerate), 0))
            if not len(file.read(dtype="float32")):
                raise AudioError(f"{path}: cut short, nothing at its end")
    except (soundfile.LibsndfileError, RuntimeError):
        return  # m4a and the like
