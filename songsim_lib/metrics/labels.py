"""Who asks, who can be found: the works and recordings that a retrieval is judged by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from songsim_lib.metrics import ids
from songsim_lib.text import named

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Labels:
    """What is known about n items: whose work and recording they are, and which of them ask for the others.

    An item finds the items of its work that are another recording; items of the same recording (itself, other
    encodes) are left out of its candidates. An item whose work has no other recording is a distractor: it can be
    found by mistake, and never asks (FACTS, section 5).

    Parameters
    ----------
    track_ids, works, recordings [shape=(n,)] : ids, as text.
    queries [shape=(n,)] : bool, the items that ask.

    Raises
    ------
    ValueError : ids are repeated or contradict each other, nothing can be found or got wrong, or a query has
        nothing to find; names the offenders.
    """

    track_ids: np.ndarray
    works: np.ndarray
    recordings: np.ndarray
    queries: np.ndarray

    @classmethod
    def of(cls, catalog: pd.DataFrame, queries: np.ndarray | None = None) -> Labels:
        """Read the labels of a catalog.

        Parameters
        ----------
        catalog : n rows with `track_id`, `work_id` and `recording_id`.
        queries [shape=(n,)] : bool, the rows that ask; None means every row whose work has another recording.

        Raises
        ------
        ValueError : a column is absent or has missing values, and what `Labels` raises.
        """
        track_ids, works, recordings = (ids.read(catalog, name) for name in ("track_id", "work_id", "recording_id"))
        if queries is None:
            queries = _relevants(ids.codes(works), ids.codes(recordings)) > 0
        return cls(track_ids, works, recordings, np.asarray(queries))

    def __post_init__(self) -> None:
        n = len(self.track_ids)
        if not n == len(self.works) == len(self.recordings):
            raise ValueError(f"{n} track_ids, {len(self.works)} works and {len(self.recordings)} recordings")
        if n == 0:
            raise ValueError("there is no recording in the catalog: nothing can be asked for")
        if len(double := ids.repeated(self.track_ids)):
            raise ValueError(f"track_id must be unique; repeated: {named(double)}")
        pairs = np.unique(np.stack([self.recording_codes, self.work_codes]), axis=1)[0]
        if len(twice := np.unique(self.recordings)[ids.repeated(pairs)]):
            raise ValueError(f"a recording belongs to one work; listed under several: {named(twice)}")
        if self.n_relevant.max() == 0:
            raise ValueError(f"no work has two recordings: each of the {len(np.unique(self.works))} works has one "
                             f"(the first: {named(self.works[:1])}), so there is nothing to find. Put another "
                             "recording of a work into its folder, or give both the same work_id")
        if len(np.unique(self.works)) == 1:
            raise ValueError(f"all {n} recordings are of one work, {self.works[0]}; add others: no answer can be wrong")
        _check_queries(self)

    def __len__(self) -> int:
        return len(self.track_ids)

    @cached_property
    def work_codes(self) -> np.ndarray:
        """Works as numbers from 0, in the order of their names [shape=(n,)]."""
        return ids.codes(self.works)

    @cached_property
    def recording_codes(self) -> np.ndarray:
        """Recordings as numbers from 0, in the order of their names [shape=(n,)]."""
        return ids.codes(self.recordings)

    @cached_property
    def work_order(self) -> np.ndarray:
        """Positions of all items work by work [shape=(n,)]."""
        return np.argsort(self.work_codes, kind="stable")

    @cached_property
    def n_relevant(self) -> np.ndarray:
        """How many items each item should find: same work, another recording [shape=(n,)]."""
        return _relevants(self.work_codes, self.recording_codes)

    @cached_property
    def n_candidates(self) -> np.ndarray:
        """How many items each item is compared with: all of other recordings [shape=(n,)]."""
        return len(self) - np.bincount(self.recording_codes)[self.recording_codes]

    def align(self, track_ids: Iterable[object], embedded: np.ndarray) -> np.ndarray:
        """Put a table of embeddings into the order of these labels [shape=(n, D)].

        Parameters
        ----------
        track_ids : one for each row of `embedded` [shape=(n, D)], in any order.

        Raises
        ------
        ValueError : ids are repeated, or on one side only; names them.
        """
        given = np.array([str(track) for track in track_ids])
        if len(given) != len(embedded):
            raise ValueError(f"{len(given)} track_ids for {len(embedded)} embeddings")
        if len(double := ids.repeated(given)):
            raise ValueError(f"several embeddings for one track_id: {named(double)}")
        if len(absent := self.track_ids[~np.isin(self.track_ids, given)]):
            raise ValueError(f"no embedding for: {named(absent)}")
        if len(unknown := given[~np.isin(given, self.track_ids)]):
            raise ValueError(f"embeddings of recordings that are not in the catalog: {named(unknown)}")
        order = np.argsort(given)
        return np.asarray(embedded)[order[np.searchsorted(given, self.track_ids, sorter=order)]]


def _check_queries(labels: Labels) -> None:
    """Refuse a mask that is none, selects nothing, or lets items ask that have nothing to find."""
    queries = labels.queries
    if queries.shape != (len(labels),) or queries.dtype != bool:
        raise ValueError(f"queries must be a mask of {len(labels)} booleans, not {queries.dtype} {queries.shape}")
    if not queries.any():
        raise ValueError(f"the mask of queries selects none of the {len(labels)} recordings")
    if len(vain := labels.track_ids[queries & (labels.n_relevant == 0)]):
        raise ValueError(f"asked for as queries, but no other recording of their work is there to be found: "
                         f"{named(vain)}. Leave them out of the mask: they are distractors")


def _relevants(works: np.ndarray, recordings: np.ndarray) -> np.ndarray:
    """Count for each item the others of its work that are another recording [shape=(n,)]; takes codes."""
    return np.bincount(works)[works] - np.bincount(recordings)[recordings]
