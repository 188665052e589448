"""Sound files of every kind, whole and broken."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import soundfile

RATE_HZ = 44_100
HTML = "<!DOCTYPE html><html><body>404 Not Found</body></html>\n" * 200


def tone(seconds: float, rate_hz: int = RATE_HZ, hertz: float = 440.0, channels: int = 1) -> np.ndarray:
    """A sine [shape=(n, channels)], half of full scale."""
    sine = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate_hz)) / rate_hz)
    return np.repeat(sine[:, None], channels, axis=1)


def encode(path: Path, samples: np.ndarray, codec: str, rate_hz: int = RATE_HZ, kind: str | None = None,
           options: dict[str, str] | None = None, **tags: str) -> Path:
    """Write samples [shape=(n, channels)] with FFmpeg's encoder `codec`, and tags where any are given."""
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    with av.open(str(path), "w", format=kind, options=options or {}) as file:
        file.metadata.update(tags)
        stream = file.add_stream(codec, rate=rate_hz)
        stream.layout, stream.bit_rate = layout, 128_000
        whole = av.AudioFrame.from_ndarray(samples.T.astype("float32", order="C"), format="fltp", layout=layout)
        whole.sample_rate = rate_hz
        stream.open()
        coder = stream.codec_context
        pieces = av.AudioResampler(coder.format, layout, rate_hz, coder.frame_size or 1024)
        for frame in (whole, None):
            for piece in pieces.resample(frame):
                file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


def film(path: Path) -> Path:
    """A film without sound."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), dtype=np.uint8), format="rgb24")))
        file.mux(stream.encode(None))
    return path


def wav_header(channels: int, rate_hz: int, data_bytes: int) -> bytes:
    """The header of a wav file of 8 bits, whatever it claims."""
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate_hz, rate_hz * channels, channels, 8)
    return b"RIFF" + struct.pack("<I", data_bytes + 36) + b"WAVEfmt " + form + b"data" + struct.pack("<I", data_bytes)


def _half(path: Path, options: dict[str, str] | None = None) -> None:
    whole = encode(path, tone(14), "aac", options=options).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


# Ways in which a file that is called a sound file is none: ending, how it is made, a word of the reason.
BROKEN: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no bytes": (".ogg", lambda path: path.write_bytes(b""), "no bytes"),
    "no samples": (".wav", lambda path: soundfile.write(path, np.zeros(0), 8_000), "empty"),
    "half a header": (".flac", lambda path: path.write_bytes(b"fLaC\0\0\0\x22\x10\0"), "not readable"),
    "a web page": (".mp3", lambda path: path.write_text(HTML), "not readable"),
    "text": (".wav", lambda path: path.write_text("this is not music\n" * 100), "not readable"),
    "not a number": (".wav", lambda path: soundfile.write(
        path, np.where(np.arange(14 * 8_000) == 9_000, np.nan, 0.1), 8_000, subtype="FLOAT"), "NaN"),
    "silence": (".flac", lambda path: soundfile.write(path, np.zeros(14 * 8_000), 8_000), "silent"),
    "too short": (".wav", lambda path: soundfile.write(path, tone(5, 8_000), 8_000), "too short, 5.0 s"),
    "random bytes": (".mp3", lambda path: path.write_bytes(np.random.default_rng(0).bytes(100_000)),
                     "damaged|not readable"),
    "half of a file": (".m4a", _half, "not readable"),
    "half of a streamed file": (".m4a", lambda path: _half(path, {"movflags": "faststart"}), "too short"),
    "no channels": (".wav", lambda path: path.write_bytes(wav_header(0, 8_000, 99_000) + b"\x10\xf0" * 49_500),
                    "damaged"),
    "99 channels": (".wav", lambda path: path.write_bytes(wav_header(99, 8_000, 99_000) + b"\x10\xf0" * 49_500),
                    "99 channels"),
    "7 samples a second": (".wav", lambda path: path.write_bytes(wav_header(1, 7, 99_000) + b"\x10\xf0" * 49_500),
                           "rate of 7 Hz"),
    "a film": (".mp4", film, "no sound"),
}
