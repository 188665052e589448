"""The samples of a sound file of any usual kind, mixed to one channel."""

from __future__ import annotations

import math
import os
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
PROBED_BYTES = 300_000  # read ahead by FFmpeg to learn what is in a file; where a packet is a byte, each takes 560
HOPELESS = 1_000  # damaged packets, 20 s of mp3; a header that lies may make millions of a small file
CRASHED = "the decoder crashed on it, or memory ran out"  # of a file that took its process with it
BLOCK = 65_536  # samples of each channel, so that a long file never lies in memory with all its channels
Blocks = Iterator[tuple[np.ndarray, int]]  # samples of one channel [shape=(n,)], float32, and their rate in Hz


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
        return _joined(_beginning(_by_libsndfile(path), longest_s))
    except RuntimeError:  # libsndfile's errors are of this kind
        return _joined(_beginning(_by_ffmpeg(path), longest_s))


def stream(path: Path, longest_s: float = math.inf) -> Blocks:
    """Decode a sound file of any length block by block, in as little memory as one block takes.

    Kinds of file as for `read`. What has been passed on cannot be taken back: where libsndfile fails in the middle,
    `read` begins again with FFmpeg, and this is an error.

    Parameters
    ----------
    longest_s : decodes no more than this many seconds.

    Yields
    ------
    samples [shape=(n,)], float32, mean of the channels, full scale 1; their rate in Hz, the same for all blocks.

    Raises
    ------
    AudioError : as for `read`, while the file is read; or damaged in the middle.
    """
    done = 0
    try:
        for block, rate_hz in _beginning(_by_libsndfile(path), longest_s):
            yield block, rate_hz
            done += len(block)
        return
    except RuntimeError as error:
        if done:
            raise AudioError(f"{path}: damaged after {done / rate_hz:.1f} s ({error})") from error
    yield from _beginning(_by_ffmpeg(path), longest_s)


def _beginning(blocks: Blocks, longest_s: float) -> Blocks:
    done = 0
    for block, rate_hz in blocks:
        wanted = longest_s * rate_hz - done
        if wanted <= len(block):
            yield block[: round(wanted)], rate_hz
            return
        yield block, rate_hz
        done += len(block)


def _joined(blocks: Blocks) -> tuple[np.ndarray, int]:
    samples, rate_hz = bytearray(), RATES_HZ[0]  # grows where it lies: joining arrays would take the memory twice
    for block, rate in blocks:
        samples += block.tobytes()
        rate_hz = rate
    return np.frombuffer(samples, dtype=np.float32), rate_hz


def _by_libsndfile(path: Path) -> Blocks:
    name = os.fsencode(path) if os.name == "posix" else path  # its name may be no text
    with soundfile.SoundFile(name) as file:
        _check(path, file.channels, file.samplerate)
        while len(block := _block(file)):  # a header may promise more than comes
            yield block.mean(axis=1), file.samplerate


def _block(file: soundfile.SoundFile) -> np.ndarray:
    try:
        return file.read(BLOCK, dtype="float32", always_2d=True)  # type: ignore[no-any-return]
    except ValueError as error:  # a length below 0, of an Ogg file whose pages are in disorder
        raise RuntimeError(str(error)) from error


def _by_ffmpeg(path: Path) -> Blocks:
    import av  # takes a while, and few need it

    try:
        if not path.stat().st_size:
            raise AudioError(f"{path}: not readable as audio (no bytes in it)")
        options = {"format_whitelist": KINDS, "probesize": str(PROBED_BYTES)}
        with open(path, "rb") as file, av.open(file, metadata_errors="ignore", options=options) as container:
            for frame in _frames(path, container):
                _check(path, frame.layout.nb_channels, frame.sample_rate)
                yield frame.to_ndarray().mean(axis=0), frame.sample_rate
    except (av.FFmpegError, OSError) as error:
        raise AudioError(f"{path}: not readable as audio ({error.strerror})") from error


def _frames(path: Path, container: Any) -> Iterator[Any]:
    """Decode the first audio stream in frames of planar float32; a damaged packet is passed over, as players do."""
    import av

    if not container.streams.audio:
        raise AudioError(f"{path}: no sound in it")
    if container.streams.audio[0].codec_context is None:  # PyAV 14 crashes when it decodes such
        raise AudioError(f"{path}: not readable as audio (no decoder for its kind)")
    planar, decoded, damaged = av.AudioResampler(format="fltp"), 0, 0
    for packet in container.demux(audio=0):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            damaged += 1
            if damaged >= HOPELESS and damaged > decoded:
                break
            continue
        decoded += 1
        try:
            for whole in (whole for frame in frames for whole in planar.resample(frame)):
                if len(whole.planes) != whole.layout.nb_channels:  # PyAV would read memory that is not the frame's
                    raise ValueError(whole.layout.name)
                yield whole
        except ValueError as error:
            raise AudioError(f"{path}: damaged, its channels or rate change in the middle") from error
    if damaged > decoded:
        raise AudioError(f"{path}: damaged, {damaged} of {damaged + decoded} packets cannot be decoded")


def _check(path: Path, channels: int, rate_hz: int) -> None:
    if not 1 <= channels <= MOST_CHANNELS:
        raise AudioError(f"{path}: {channels} channels; a recording has 1 to {MOST_CHANNELS}")
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise AudioError(f"{path}: a sample rate of {rate_hz} Hz; a recording has {RATES_HZ[0]} to {RATES_HZ[1]}")
