"""The samples of a sound file of any usual kind, mixed to one channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

# What a file may be taken for by its content, in FFmpeg's names: kinds of sound, and none that reads other files or
# addresses which it finds in this one, as a playlist does.
KINDS = "aac,aiff,asf,flac,mov,mp3,ogg,wav"
MOST_CHANNELS = 32
RATES_HZ = (4_000, 192_000)  # what lies beyond is a damaged header
CRASHED = "the decoder crashed on it, or memory ran out"  # of a file that took its process with it
BLOCK = 65_536  # samples of each channel, so that a long file never lies in memory with all its channels


class AudioError(ValueError):
    """A sound file that cannot be used; names it and says why."""


def read(path: Path, longest_s: float) -> tuple[np.ndarray, int]:
    """Decode the beginning of a sound file; what cannot be decoded any more is left out.

    libsndfile reads wav, flac, mp3, ogg, opus and aiff. What it does not take (m4a, aac, mp4, wma, odd codecs) goes
    to the FFmpeg libraries that come with PyAV. The content decides, not the name.

    Parameters
    ----------
    longest_s : reads no more than this many seconds; memory and time follow from it, not from the file's length.

    Returns
    -------
    samples [shape=(n,)], float32, mean of the channels, full scale 1, n = 0 where there are none; their rate in Hz.

    Raises
    ------
    AudioError : not sound of a kind that can be read, or with channels or a rate that no recording has.
    """
    try:
        return _by_libsndfile(path, longest_s)
    except (soundfile.LibsndfileError, RuntimeError):
        return _by_ffmpeg(path, longest_s)


def _by_libsndfile(path: Path, longest_s: float) -> tuple[np.ndarray, int]:
    with soundfile.SoundFile(path) as file:
        _check(path, file.channels, file.samplerate)
        mono = np.empty(min(file.frames, round(longest_s * file.samplerate)), dtype=np.float32)
        done = 0
        while done < len(mono):
            block = file.read(min(BLOCK, len(mono) - done), dtype="float32", always_2d=True)
            if not len(block):  # cut short: the header promises more
                break
            mono[done : done + len(block)] = block.mean(axis=1)
            done += len(block)
        return mono[:done], file.samplerate


def _by_ffmpeg(path: Path, longest_s: float) -> tuple[np.ndarray, int]:
    import av  # takes a while, and few need it

    pieces, seconds, rate_hz = [np.empty(0, dtype=np.float32)], 0.0, RATES_HZ[0]
    try:
        if not path.stat().st_size:
            raise AudioError(f"{path}: not readable as audio (no bytes in it)")
        with open(path, "rb") as file, av.open(file, metadata_errors="ignore",
                                               options={"format_whitelist": KINDS}) as container:
            for frame in _frames(path, container):
                _check(path, frame.layout.nb_channels, frame.sample_rate)
                pieces.append(frame.to_ndarray().mean(axis=0))
                rate_hz = frame.sample_rate
                seconds += frame.samples / rate_hz
                if seconds >= longest_s:
                    break
    except (av.FFmpegError, OSError) as error:
        raise AudioError(f"{path}: not readable as audio ({error.strerror})") from error
    return np.concatenate(pieces)[: round(longest_s * rate_hz)], rate_hz


def _frames(path: Path, container: Any) -> Iterator[Any]:
    """Decode the first audio stream in frames of planar float32; a damaged packet is passed over, as players do."""
    import av

    if not container.streams.audio:
        raise AudioError(f"{path}: no sound in it")
    planar, decoded, damaged = av.AudioResampler(format="fltp"), 0, 0
    for packet in container.demux(audio=0):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            damaged += 1
            continue
        decoded += 1
        try:
            yield from (whole for frame in frames for whole in planar.resample(frame))
        except ValueError as error:
            raise AudioError(f"{path}: damaged, its channels or rate change in the middle") from error
    if damaged > decoded:
        raise AudioError(f"{path}: damaged, {damaged} of {damaged + decoded} packets cannot be decoded")


def _check(path: Path, channels: int, rate_hz: int) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{path}: {channels} channels; a recording has 1 to {MOST_CHANNELS}")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise AudioError(f"{path}: a sample rate of {rate_hz} Hz; a recording has {RATES_HZ[0]} to {RATES_HZ[1]}")
