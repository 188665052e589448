"""A map of recordings that can be heard: near each other is what a system takes for alike, lines join versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import soxr

from songsim_lib import audio, listen
from songsim_lib.catalog import sample_works
from songsim_lib.config import AudioSpec
from songsim_lib.files import read_json, write_json
from songsim_lib.sources.tunebook.repertoires import shown
from songsim_lib.splits import has_versions
from songsim_lib.text import clean

if TYPE_CHECKING:
    from songsim_lib.study import Study

FILE = "sound_map.json"
MOST = 140  # recordings with sound: 1.5 MB in the report
SECONDS, RATE_HZ = 3.0, 16_000  # heard of each
NEIGHBOURS = 10  # whose trustworthiness is told
GROUPS = ("repertoire", "genre", "artist")  # what colours mean: the first that the catalog has
MOST_GROUPS = 6  # colours that readers can tell apart; what is left is "other"


@dataclass(frozen=True)
class Point:
    """A recording on the map: its place from 0 to 1 in both directions, what it is, and its sound as an address."""

    x: float
    y: float
    title: str
    group: str
    work: str
    sound: str


@dataclass(frozen=True)
class SoundMap:
    """Points in the order of their works, and how well their neighbourhoods are those of the distances (0 to 1)."""

    points: tuple[Point, ...]
    trustworthiness: float

    @property
    def groups(self) -> list[str]:
        """Name what colours mean, the most frequent first."""
        return list(pd.Series([point.group for point in self.points]).value_counts(sort=True).index)

    @property
    def lines(self) -> list[tuple[int, int]]:
        """Join each recording with the next one of its work: places in `points`."""
        return [(i, i + 1) for i, (one, next_) in enumerate(zip(self.points, self.points[1:], strict=False))
                if one.work == next_.work]


def flat(distances: np.ndarray, seed: int = 0) -> tuple[np.ndarray, float]:
    """Lay recordings out in a plane by t-SNE, which keeps neighbours together and says nothing of what is far apart.

    Parameters
    ----------
    distances [shape=(n, n)] : of every recording to every other, n of 3 or more.

    Returns
    -------
    places [shape=(n, 2)], each coordinate from 0 to 1; their trustworthiness for `NEIGHBOURS` neighbours, or fewer
    where there are few recordings (1: no stranger has become a neighbour).
    """
    from sklearn.manifold import TSNE, trustworthiness

    whole = np.maximum(distances, distances.T).astype(np.float64)
    np.fill_diagonal(whole, 0)
    n = len(whole)
    tsne = TSNE(metric="precomputed", init="random", perplexity=min(15, (n - 1) / 3), random_state=seed)
    places = tsne.fit_transform(whole)
    kept = trustworthiness(whole, places, n_neighbors=max(1, min(NEIGHBOURS, n // 2 - 1)), metric="precomputed")
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - low) / np.maximum(high - low, 1e-9), float(kept)


def draw(catalog: pd.DataFrame, distances: np.ndarray, spec: AudioSpec, seed: int = 0) -> SoundMap:
    """Draw a map of at most `MOST` recordings, whole works with versions first, with the beginning of each to hear.

    Parameters
    ----------
    catalog : with `path`, in the order of `distances` [shape=(n, n)].
    """
    table = catalog.assign(row=np.arange(len(catalog)))
    versions = has_versions(table)
    chosen = sample_works(table[versions], MOST, seed) if versions.any() else table.iloc[:0]
    alone = sample_works(table[~versions], MOST - len(chosen), seed) if len(chosen) < MOST else table.iloc[:0]
    chosen = pd.concat([chosen, alone]).sort_values(["work_id", "row"], kind="stable")
    places, kept = flat(distances[np.ix_(chosen["row"], chosen["row"])], seed)
    sounds = [_sound(path, spec) for path in chosen["path"]]
    told = zip(places, chosen["title"], _groups(chosen), chosen["work_id"], sounds, strict=True)
    return SoundMap(tuple(Point(round(float(x), 4), round(float(y), 4), clean(title), group, str(work), sound)
                          for (x, y), title, group, work, sound in told), kept)


def _groups(catalog: pd.DataFrame) -> list[str]:
    """Name the group of each recording: the most frequent ones, and "other"."""
    name = next((name for name in GROUPS if name in catalog and catalog[name].notna().any()), None)
    known = catalog[name] if name else pd.Series("recordings", index=catalog.index)
    values = known.fillna("not known").map(clean).map(shown)
    often: Sequence[Any] = values.value_counts().index[:MOST_GROUPS]
    if values.nunique() > MOST_GROUPS:
        often = often[: MOST_GROUPS - 1]
    return values.where(values.isin(often), "other").tolist()


def _sound(path: str, spec: AudioSpec) -> str:
    """Compress the beginning of a recording for a page."""
    samples = audio.load(path, spec)[: round(SECONDS * spec.sample_rate_hz)]
    samples = soxr.resample(samples, spec.sample_rate_hz, RATE_HZ)
    fade = np.minimum(1, np.arange(len(samples))[::-1] / (0.3 * RATE_HZ))  # no click at its end
    mime, data = listen.encode(samples * fade, RATE_HZ, smallest=True)
    return listen.data_uri(data, mime)


def about(drawn: SoundMap) -> str:
    """Say how many recordings the map shows, how far it can be trusted, and whether versions lie together on it."""
    places = np.array([(point.x, point.y) for point in drawn.points])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    words = (f"{len(drawn.points)} recordings of {len({point.work for point in drawn.points})} works; trustworthiness "
             f"{drawn.trustworthiness:.2f}.")
    if not drawn.lines:
        return words
    ratio = np.median([apart[line] for line in drawn.lines]) / np.median(apart[np.triu_indices(len(places), 1)])
    return f"{words} Joined recordings lie {ratio:.2f} times as far apart as any two do (medians)."


def save(study: Study, drawn: SoundMap) -> Path:
    """Keep a map for the report."""
    path = study.folder / FILE
    write_json(path, asdict(drawn))
    return path


def load(study_folder: Path) -> SoundMap | None:
    """Read the map of a study; None where there is none.

    Raises
    ------
    ValueError : it is damaged; names the file.
    """
    found = read_json(study_folder / FILE)
    if found is None:
        return None
    try:
        return SoundMap(tuple(Point(**point) for point in found["points"]), float(found["trustworthiness"]))
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{study_folder / FILE} is no map ({error}); delete it and run 08 again") from error
