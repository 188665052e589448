"""Sound files as a broken disk, a broken connection or a stranger leaves them: seeded mutations of whole ones."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import sounds

SECONDS = 14.5
Mutation = Callable[[bytes, np.random.Generator], bytes]


def originals(folder: Path) -> dict[str, Path]:
    """Write a recording in seven formats: ending -> file."""
    folder.mkdir(parents=True, exist_ok=True)
    music = sounds.tone(SECONDS, channels=2) + 0.01 * np.random.default_rng(0).standard_normal((1, 2))
    music *= np.abs(np.sin(np.arange(len(music)) / 9_000))[:, None]
    made = {}
    for ending, options in {"wav": {}, "flac": {}, "mp3": {}, "ogg": {"subtype": "VORBIS"}, "aiff": {}}.items():
        made[ending] = folder / f"whole.{ending}"
        soundfile.write(made[ending], music, sounds.RATE_HZ, **options)
    made["opus"] = folder / "whole.opus"
    soundfile.write(made["opus"], music, 48_000, format="OGG", subtype="OPUS")  # Opus has no 44.1 kHz
    made["m4a"] = sounds.encode(folder / "whole.m4a", music, "aac")
    return made


def truncated(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


def beheaded(data: bytes, rng: np.random.Generator) -> bytes:
    return data[int(rng.integers(1, 2_000)) :]


def bits_flipped(data: bytes, rng: np.random.Generator) -> bytes:
    found = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(len(found), size=int(rng.choice([1, 10, 1_000])))
    found[places] ^= (1 << rng.integers(8, size=len(places))).astype(np.uint8)
    return found.tobytes()


def header_lies(data: bytes, rng: np.random.Generator) -> bytes:
    """One or two numbers of the first bytes, where formats say length, rate and channels, become other numbers."""
    found = bytearray(data)
    for _ in range(int(rng.integers(1, 3))):
        kind = str(rng.choice(["<I", ">I", "<H", ">H"]))
        most = 2 ** (8 * struct.calcsize(kind)) - 1
        lie = int(rng.choice([0, 1, 64, most, most // 2, 768_000 % (most + 1), int(rng.integers(most))]))
        struct.pack_into(kind, found, int(rng.integers(4, min(len(found) - 4, int(rng.choice([64, 600]))))), lie)
    return bytes(found)


def zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    start = int(rng.integers(len(data)))
    n = min(int(rng.integers(1, len(data))), len(data) - start)
    return data[:start] + bytes(n) + data[start + n :]


def pieces_moved(data: bytes, rng: np.random.Generator) -> bytes:
    a, b, c = sorted(int(place) for place in rng.integers(len(data), size=3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def repeated(data: bytes, rng: np.random.Generator) -> bytes:
    a, b = sorted(int(place) for place in rng.integers(len(data), size=2))
    return data[:b] + data[a:]


def of_another_kind(data: bytes, rng: np.random.Generator) -> bytes:
    """The head of a different format before this one's body."""
    heads = [b"RIFF\xff\xff\xff\xffWAVEfmt ", b"fLaC\0\0\0\x22", b"OggS\0\x02", b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
             b"\0\0\0\x20ftypM4A ", b"FORM\xff\xff\xff\xffAIFFCOMM", b"\xff\xfb\x90\x44", b"#EXTM3U\nfile:///etc/hostname\n"]
    return heads[int(rng.integers(len(heads)))] + data[int(rng.integers(64)) :]


def wav_that_lies(data: bytes, rng: np.random.Generator) -> bytes:
    """A wav header with chosen lies: rates of 1 Hz and 768 kHz, no channel or 64, sizes of 4 GB."""
    channels, rate = int(rng.choice([0, 1, 2, 64, 65_535])), int(rng.choice([0, 1, 8_000, 44_100, 768_000, 2**32 - 1]))
    bits, size = int(rng.choice([0, 1, 8, 16, 24, 32, 64])), int(rng.choice([0, 100, 2**31, 2**32 - 37]))
    form = struct.pack("<IHHIIHH", 16, int(rng.choice([0, 1, 3, 0xFFFE])), channels, rate,
                       (rate * channels) % 2**32, channels * bits // 8 % 2**16, bits)
    return b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size) + data[44:]


def not_numbers(data: bytes, rng: np.random.Generator) -> bytes:
    """A wav of floating-point samples, some of which are no numbers, or larger than any recording."""
    samples = rng.standard_normal(14 * 8_000).astype("<f4")
    samples[rng.integers(len(samples), size=9)] = rng.choice([np.nan, np.inf, -np.inf, 3e38, 1e20])
    form = struct.pack("<IHHIIHH", 16, 3, 1, 8_000, 32_000, 4, 32)
    body = samples.tobytes()
    return (b"RIFF" + struct.pack("<I", len(body) + 36) + b"WAVEfmt " + form + b"data" + struct.pack("<I", len(body))
            + body)


MUTATIONS: dict[str, Mutation] = {one.__name__: one for one in (
    truncated, beheaded, bits_flipped, header_lies, zeroed, pieces_moved, repeated, of_another_kind, wav_that_lies,
    not_numbers)}
