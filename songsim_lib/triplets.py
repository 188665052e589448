"""Anchor, positive, negative: who is compared with whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from songsim_lib.store import ANCHOR, FeatureStore, positive_name


@dataclass(frozen=True)
class Pairs:
    """Anchors with their positives, as rows of the feature store; all arrays [shape=(n,)].

    `works` holds a code for each pair's work: a negative must come from another one.
    """

    anchors: np.ndarray
    positives: np.ndarray
    works: np.ndarray
    track_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.anchors)

    def first(self) -> Pairs:
        """Keep one pair for each anchor."""
        keep = np.unique(self.anchors, return_index=True)[1]
        return Pairs(*(part[keep] for part in (self.anchors, self.positives, self.works, self.track_ids)))


def pairs(catalog: pd.DataFrame, store: FeatureStore, split: str) -> Pairs:
    """List the (anchor, positive) pairs of one side of the split; recordings not in the store are left out."""
    usable = catalog[(catalog["split"] == split) & catalog["track_id"].isin(store.index["track_id"])]
    if usable["work_id"].nunique() < 2:
        raise ValueError(f"the {split} split has fewer than 2 works: no negative can be drawn")
    codes = pd.factorize(usable["work_id"])[0]
    tracks = usable["track_id"].to_numpy(dtype=object)
    count = store.about["positives"]
    anchors = store.rows(usable["track_id"], ANCHOR)
    positives = [store.rows(usable["track_id"], positive_name(k)) for k in range(count)]
    return Pairs(np.tile(anchors, count), np.concatenate(positives), np.tile(codes, count),
                 np.tile(tracks, count))


def with_versions(data: Pairs, catalog: pd.DataFrame, most: int = 4) -> Pairs:
    """Add other versions of an anchor's work as its positives: real covers beside augmented clips.

    Parameters
    ----------
    data : of `pairs`.
    catalog : names the `recording_id` of each track.
    most : versions of one anchor at most; in a larger work each recording meets the `most` that follow it.
    """
    anchors = data.first()
    recordings = catalog.set_index("track_id")["recording_id"].loc[anchors.track_ids].to_numpy()
    found = []
    for work in np.unique(anchors.works):
        members = np.flatnonzero(anchors.works == work)
        steps = range(1, min(most, len(members) - 1) + 1)
        found += [(i, j) for step in steps for i, j in zip(members, np.roll(members, -step), strict=True)
                  if recordings[i] != recordings[j]]
    one, other = np.array(found, dtype=int).reshape(-1, 2).T
    return Pairs(np.concatenate([data.anchors, anchors.anchors[one]]),
                 np.concatenate([data.positives, anchors.anchors[other]]),
                 np.concatenate([data.works, anchors.works[one]]),
                 np.concatenate([data.track_ids, anchors.track_ids[one]]))


def draw_negatives(works: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose for each item another one at random, never of the same work.

    Parameters
    ----------
    works [shape=(n,)] : work codes.

    Returns
    -------
    [shape=(n,)], positions of the negatives in `works`.

    Raises
    ------
    ValueError : all items belong to one work.
    """
    order = np.argsort(works, kind="stable")
    sizes = np.bincount(np.unique(works, return_inverse=True)[1])
    if len(sizes) < 2:
        raise ValueError("all items belong to one work: there is no negative to draw")
    # In the order by work, the others of item i are a ring that starts after i's own work.
    ends, own = np.repeat(np.cumsum(sizes), sizes), np.repeat(sizes, sizes)
    steps = (rng.random(len(works)) * (len(works) - own)).astype(int)
    negatives = np.empty(len(works), dtype=np.int64)
    negatives[order] = order[(ends + steps) % len(works)]
    return negatives


def batches(data: Pairs, batch_size: int, seed: int, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Shuffle one epoch into batches of near-equal size, at most `batch_size`.

    The negative of each triplet is the anchor of another triplet of the same batch: still "another song drawn
    at random", as in the study, but its embedding is there already, which saves a third of the work.

    Yields
    ------
    anchors, positives [shape=(B,)] : rows of the feature store.
    negatives [shape=(B,)] : positions in `anchors`.
    """
    rng = np.random.default_rng([seed, epoch])
    for chosen in np.array_split(rng.permutation(len(data)), max(1, -(-len(data) // batch_size))):
        yield data.anchors[chosen], data.positives[chosen], draw_negatives(data.works[chosen], rng)
