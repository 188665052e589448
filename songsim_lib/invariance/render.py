"""The sound of every query, analysed once for all systems, and kept on disk."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from songsim_lib import kept, parallel
from songsim_lib.config import AudioSpec
from songsim_lib.cutting import item_seed, recording_window
from songsim_lib.excerpts import Analysis, Excerpts, analyse
from songsim_lib.files import code_digest, digest
from songsim_lib.prepare import LIBRARIES
from songsim_lib.text import named

from .draw import Passage
from .factors import Factor
from .melody import play
from .timbres import REFERENCE, TIMBRES

CODE = ("audio", "decode", "chroma", "cqt", "excerpts", "features", "cutting",
        *(f"invariance/{name}" for name in ("draw", "factors", "melody", "render", "timbres")))


@dataclass(frozen=True)
class Heard:
    """One factor as all systems hear it, of the n passages that could be used.

    Attributes
    ----------
    windows : log-mels, the clean excerpt first, then one a level [shape=(n, 1 + levels, n_mels, n_frames)], uint8.
    chroma : [shape=(n, 1 + levels, 12, T)], float32.
    constant_q : [shape=(n, 1 + levels, V, SEMITONES, frames)], uint8.
    """

    track_ids: np.ndarray
    windows: np.ndarray
    chroma: np.ndarray
    constant_q: np.ndarray

    def at(self, place: int) -> Excerpts:
        """The n excerpts of the index (0) or of one level (1, 2, ...)."""
        return Excerpts(self.windows[:, place], np.arange(len(self.windows)), list(self.chroma[:, place]),
                        list(self.constant_q[:, place]))


def excerpt_spec(factor: Factor, spec: AudioSpec) -> AudioSpec:
    """Audio settings whose clips are as long as this factor's excerpts; the window they are made of is the same."""
    return replace(spec, clip_s=factor.clip_share * spec.clip_s)


def clips(passage: Passage, factor: Factor, spec: AudioSpec, seed: int) -> list[np.ndarray]:
    """Make the clean excerpt of a passage and its query at every level, all [shape=(clip_samples,)] and float32.

    The recording's window is the one the study itself uses; every draw follows from `seed` and the track.
    """
    short = excerpt_spec(factor, spec)
    if factor.change is None:
        sounds = [(REFERENCE, "index"), *((int(level), f"query {level}") for level in factor.levels)]
        return [play(passage.notes, TIMBRES[timbre], short.clip_s, short.sample_rate_hz,
                     np.random.default_rng(item_seed(seed, passage.track_id, f"{factor.name} {take}")))
                for timbre, take in sounds]
    window = recording_window(passage.path, passage.track_id, spec, seed)
    rng = np.random.default_rng(item_seed(seed, passage.track_id, factor.name))
    return [window[: short.clip_samples], *(factor.change(window, level, short, rng) for level in factor.levels)]


def hear(passages: Sequence[Passage], factor: Factor, spec: AudioSpec, seed: int, cache: Path | None = None,
         workers: int = -1) -> Heard:
    """Render and analyse every query of a factor, in parallel, or read what `cache` holds of the same passages.

    Passages that cannot be used are left out with a warning that names them and says why.

    Raises
    ------
    ValueError : fewer than two passages could be used.
    """
    if cache is None:
        return _render(passages, factor, spec, seed, workers)
    return Heard(**kept.arrays(cache / f"{factor.name}.npz", _made_from(passages, factor, spec, seed),
                               lambda: vars(_render(passages, factor, spec, seed, workers))))


def _render(passages: Sequence[Passage], factor: Factor, spec: AudioSpec, seed: int, workers: int) -> Heard:
    """Work in processes of one thread each; the result does not depend on how many there are."""
    results = parallel.run(partial(_analysed, factor=factor, spec=spec, seed=seed), passages, progress=factor.name,
                           unit="work", workers=workers)
    return _together(passages, list(results), factor)


def _analysed(passage: Passage, factor: Factor, spec: AudioSpec, seed: int) -> Analysis | str:
    """Analyse all excerpts of one passage; or the reason why it cannot be used."""
    short = excerpt_spec(factor, spec)
    try:
        analyses = [analyse(clip, short) for clip in clips(passage, factor, spec, seed)]
    except (OSError, ValueError, RuntimeError) as error:  # an AudioError, or a library that cannot cope with this file
        return str(error)
    windows, chroma, constant_q = zip(*analyses, strict=True)
    return np.stack([one[0] for one in windows]), np.stack(chroma), np.stack(constant_q)


def _together(passages: Sequence[Passage], results: Sequence[Analysis | str], factor: Factor) -> Heard:
    found = [(passage.track_id, *result) for passage, result in zip(passages, results, strict=True)
             if not isinstance(result, str)]
    reasons = [result for result in results if isinstance(result, str)]
    told = named(reasons, "; ")
    if len(found) < 2:
        raise ValueError(f"{factor.name}: a query needs at least two works to be found among, but only {len(found)} "
                         f"of {len(passages)} could be used. {told}")
    if reasons:
        warnings.warn(f"{factor.name}: {len(reasons)} of {len(passages)} works are left out: {told}",
                      stacklevel=3)
    track_ids, *analyses = zip(*found, strict=True)
    return Heard(np.array(track_ids), *(np.stack(one) for one in analyses))


def _made_from(passages: Sequence[Passage], factor: Factor, spec: AudioSpec, seed: int) -> str:
    """Name everything that the sound and its analysis follow from."""
    sizes = [Path(passage.path).stat().st_size if Path(passage.path).is_file() else -1 for passage in passages]
    libraries = [version(name) for name in (*LIBRARIES, "scipy")]
    return digest(repr([passages, sizes, factor.name, factor.levels, factor.clip_share, asdict(spec), seed,
                        libraries]), code_digest(*CODE))
