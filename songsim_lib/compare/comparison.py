"""Two sound files in, one comparison out: what three witnesses say, in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from songsim_lib import calibration
from songsim_lib.calibration import ALIGNMENT, BOTH, NETWORK, Calibration, Statement
from songsim_lib.compare import fingerprint, witnesses, wording
from songsim_lib.compare.passages import Passage
from songsim_lib.compare.sound import Sound, hear
from songsim_lib.compare.witnesses import Alignment, Composition, Recording
from songsim_lib.config import AudioSpec
from songsim_lib.models import Embedder, load_pretrained

SAME_RECORDING, SAME_COMPOSITION, NEITHER = "the same recording", "the same composition", "neither"
UNDECIDED = "undecided"  # where no calibration holds
SCHEMA = 2  # goes up when a key of `Comparison.as_dict` changes its meaning or goes


@dataclass(frozen=True)
class Song:
    """One of the files compared, and how long it lasts."""

    path: str
    duration_s: float


@dataclass(frozen=True)
class Comparison:
    """What was found between two sound files: `a` and `b`, three witnesses, and how rare what they heard is.

    `stated` says that for the network, the alignment, and both together; empty where no calibration holds: for another
    network than the one that comes with the project, and where there is nothing to compare.
    """

    a: Song
    b: Song
    composition: Composition
    alignment: Alignment
    recording: Recording
    stated: dict[str, Statement] = field(default_factory=dict)

    @property
    def calibrated(self) -> Statement | None:
        """How rare it is that network and alignment together find two recordings so alike; None if not known."""
        return self.stated.get(BOTH)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The parts that answer each other, the strongest first."""
        return self.alignment.passages

    @property
    def semitones(self) -> int | None:
        """By how many semitones b sounds higher (-5 to 6), as in the strongest passage; None without one."""
        return self.passages[0].semitones if self.passages else None

    @property
    def tempo_ratio(self) -> float | None:
        """The tempo of b over a's, as in the strongest passage; None without one."""
        return self.passages[0].tempo_ratio if self.passages else None

    def as_dict(self) -> dict[str, Any]:
        """Give everything as plain values, in this order; numbers are finite, what is not known is None.

        `schema` (2) · `a`, `b`: `path`, `duration_s` · `semitones`, `tempo_ratio` · `passages`: a list of `start_a_s
        end_a_s start_b_s end_b_s score matches semitones tempo_ratio` (`passages.Passage`) · `composition`:
        `similarity`, `windows` (a list of `start_a_s end_a_s start_b_s end_b_s cosine`), `note`, `p_value` ·
        `alignment`: `similarity`, `p_value` · `recording`: `similarity same offset_s heard_by` · `calibrated`: None, or
        of network and alignment together `p_value likelihood_ratio log_ratio unrelated_pairs` · `answer`: `verdict` ·
        `verdict`: `one_line`.
        """
        passages = [{name: value for name, value in vars(passage).items() if name != "path"}
                    for passage in self.passages]
        heard = self.composition
        p_values = {kind: one.p_value for kind, one in self.stated.items()}
        return {"schema": SCHEMA, "a": asdict(self.a), "b": asdict(self.b), "semitones": self.semitones,
                "tempo_ratio": self.tempo_ratio, "passages": passages,
                "composition": {"similarity": heard.similarity, "windows": [asdict(pair) for pair in heard.windows],
                                "note": heard.note, "p_value": p_values.get(NETWORK)},
                "alignment": {"similarity": self.alignment.similarity, "p_value": p_values.get(ALIGNMENT)},
                "recording": asdict(self.recording), "calibrated": self.calibrated and self.calibrated.as_dict(),
                "answer": self.verdict, "verdict": self.one_line()}

    @property
    def verdict(self) -> str:
        """Say SAME_RECORDING, SAME_COMPOSITION or NEITHER; UNDECIDED where it is not known what is rare."""
        if self.recording.same:
            return SAME_RECORDING
        if self.calibrated is None:
            return NEITHER if self.composition.similarity is None else UNDECIDED
        return SAME_COMPOSITION if self.calibrated.rare else NEITHER

    def to_json(self) -> str:
        """Write `as_dict` as JSON, in ASCII, so that any terminal and any file name can bear it."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def one_line(self) -> str:
        """Say what was found in one line."""
        said = f"{wording.name(self.a.path)} and {wording.name(self.b.path)}: {self.verdict}"
        said += wording.offset(self.recording.offset_s) if self.recording.same else ""
        line = f"{said}; {wording.strongest(self.passages)}"
        return f"{line} {self.calibrated.sentence()}" if self.calibrated else line


def compare(path_a: str | Path, path_b: str | Path, spec: AudioSpec | None = None, net: Embedder | None = None,
            recording_net: Embedder | None = None, device: torch.device | None = None) -> Comparison:
    """Compare two sound files: the same recording, the same composition, and which part answers which.

    Deterministic. With the files exchanged, passages are the same ones mirrored (semitones negated modulo 12, the
    tempo ratio inverted), and similarities agree within 1e-5.

    Parameters
    ----------
    path_a, path_b : as for `sound.hear`, of `sound.LEAST_S` to `sound.LONGEST_S` seconds.
    net : hears compositions (default: `models.load_pretrained()`).
    recording_net : a network of the study that hears recordings, in the place of the landmarks (`fingerprint`).
    device : for the networks, by default `device.best_device()`.

    Raises
    ------
    AudioError : a file is missing, not audio, damaged, silent, too short or too long; names it.
    CheckpointError : the network of compositions is needed and is not there.
    """
    spec = spec or AudioSpec()
    return between(hear(path_a, spec), hear(path_b, spec), net, recording_net, device)


def between(a: Sound, b: Sound, net: Embedder | None = None, recording_net: Embedder | None = None,
            device: torch.device | None = None) -> Comparison:
    """Compare two sounds that have been read, of one `spec`; otherwise as `compare`."""
    net = net or load_pretrained()
    composition = witnesses.composition(a, b, net, device)
    alignment = witnesses.alignment(a.chroma, b.chroma)
    recording = (fingerprint.recording(a.samples, b.samples, a.spec, recording_net, device=device) if recording_net
                 else witnesses.recording(a.samples, b.samples, a.spec))
    found = Comparison(Song(a.path, a.duration_s), Song(b.path, b.duration_s), composition, alignment, recording)
    known = calibration.of(net)
    return found if known is None or composition.similarity is None else replace(found, stated=_stated(known, found))


def _stated(known: Calibration, found: Comparison) -> dict[str, Statement]:
    """State how rare the likeness is that each witness heard, and both together."""
    distances = {NETWORK: 1 - (found.composition.similarity or 0), ALIGNMENT: 1 / found.alignment.similarity}
    sides = [known.heard(vectors, song.duration_s)
             for vectors, song in zip(found.composition.vectors, (found.a, found.b), strict=True)]
    return {kind: known.state({name: distances[name] for name in asked}, *sides)
            for kind, asked in calibration.ASKED.items()}
