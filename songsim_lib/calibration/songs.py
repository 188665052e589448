"""Performances as long as real recordings, of works that the network has not learned from.

The corpus's own recordings last 13 s; what people compare lasts 30 s to several minutes, and chance reaches further in
longer recordings. So works are played anew, each at a length of its own, some of them worn (`composition.conditions`),
the second performance often only a part of the first: as a preview is of a song.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from songsim_lib import kept, parallel, splits
from songsim_lib.calibration.playing import play
from songsim_lib.checkpoint import weight_parts
from songsim_lib.compare.sound import Sound, points
from songsim_lib.composition import corpus
from songsim_lib.config import AudioSpec
from songsim_lib.files import code_digest, digest
from songsim_lib.models import Embedder
from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook.music import Piece
from songsim_lib.sources.tunebook.shelf import Shelf

MOST_SCORES = 3  # of a work
SEED = 0  # that the shipped network was trained with, and the works were dealt by
# What they follow from, beside the scores and the weights.
CODE = ("calibration/playing", "calibration/songs", "chroma", "compare/sound", "composition/conditions",
        "composition/listening", "composition/network", "cqt", "features", "sources/tunebook")


@dataclass(frozen=True)
class Songs:
    """Recordings that were heard: `table` (track_id, work_id, score_id, seconds, worn), and in its order ...

    `vectors`, n arrays [shape=(W, D)] of their windows that hold music, and `chroma`, n arrays [shape=(12, T)].
    """

    table: pd.DataFrame
    vectors: list[np.ndarray]
    chroma: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.table)


def unlearned(table: pd.DataFrame, side: str, seed: int) -> pd.DataFrame:
    """List the scores of one side [columns score_id, work_id]: of works to choose by, or to test by.

    Parameters
    ----------
    table : all scores, as of `Shelf.table`.
    side : `splits.VALIDATION` (works of the edition, and those that `corpus` kept), or `splits.TEST` (the edition's).
    seed : that the network was trained with.
    """
    edition = tunebook.catalog()
    edition["split"] = splits.split_by_work(edition, seed)
    own = edition.loc[edition["split"] == side, ["score_id", "work_id"]].drop_duplicates()
    own = own[own["score_id"].isin(table["score_id"])]
    if side == splits.TEST:
        return own.reset_index(drop=True)
    learned = corpus.without(table, edition.loc[edition["split"] != splits.TRAIN, "score_id"])
    return pd.concat([own, learned.loc[corpus.kept(learned), ["score_id", "work_id"]]], ignore_index=True)


def hear(shelf: Shelf, scores: pd.DataFrame, net: Embedder, spec: AudioSpec, cache: Path, seed: int = 0) -> Songs:
    """Play and hear the works of `scores`, in parallel; what was heard before is read from `cache`, a file a work.

    A work of which a score cannot be played is left out. Of a work's scores those are heard that have a passage in
    common, so that two recordings of one work always share music.
    """
    made_with = digest(code_digest(*CODE), repr(asdict(spec)), str(seed), shelf.key, *weight_parts(net))
    works = [(name, group["score_id"].tolist()) for name, group in scores.groupby("work_id")]
    keys = [digest(made_with, name, *ids) for name, ids in works]
    had = [kept.find(cache / f"{key}.npz", key) for key in keys]
    waiting = (work for work, found in zip(works, had, strict=True) if found is None)
    made = parallel.run(partial(_hear_work, net=net, spec=spec, seed=seed), _jobs(shelf, waiting, seed),
                        progress="songs", unit="work")
    every = [found or kept.keep(cache / f"{key}.npz", key, next(made))
             for key, found in zip(keys, had, strict=True)]
    return _together([name for name, _ in works], every)


Job = tuple[str, list[Piece], list[int | None]]


def _jobs(shelf: Shelf, works: Iterator[tuple[str, list[str]]], seed: int) -> Iterator[Job]:
    """Read the scores of each work when its turn comes, with the bars from which they answer each other."""
    for name, scores in works:
        starts = shelf.passages(name, seed) if len(scores) > 1 else {}
        heard = [score for score in scores if score in starts][:MOST_SCORES] or scores[:1]
        yield name, [shelf.piece(score) for score in heard], [starts.get(score) for score in heard]


def _hear_work(job: Job, net: Embedder, spec: AudioSpec, seed: int) -> kept.Arrays:
    torch.set_num_threads(1)
    found: kept.Arrays = {}
    try:
        for number, (score_id, samples, is_worn) in enumerate(play(*job, spec, seed)):
            sound = Sound(f"{job[0]}-{number}", samples, spec)
            where = points(sound, net, torch.device("cpu"))
            if where.valid.any():
                about = np.array([score_id, f"{sound.duration_s:.2f}", str(int(is_worn))])
                found |= {f"vectors{number}": where.vectors[where.valid], f"chroma{number}": sound.chroma,
                          f"about{number}": about}
    except (ValueError, RuntimeError) as error:  # one odd score must not stop the others; its work is left out
        return {"reason": np.array(f"{job[0]}: {error}")}
    return found


def _together(works: Sequence[str], every: Sequence[kept.Arrays]) -> Songs:
    rows, vectors, chroma = [], [], []
    for work, found in zip(works, every, strict=True):
        if "reason" in found:
            print(f"left out: {found['reason']}", flush=True)
        for name in (key for key in found if key.startswith("about")):
            number, (score_id, seconds, is_worn) = name.removeprefix("about"), found[name]
            rows.append((f"{work}-{number}", work, str(score_id), float(seconds), str(is_worn) == "1"))
            vectors.append(found[f"vectors{number}"])
            chroma.append(found[f"chroma{number}"])
    return Songs(pd.DataFrame(rows, columns=["track_id", "work_id", "score_id", "seconds", "worn"]), vectors, chroma)
