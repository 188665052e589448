"""Who asks for whom: the ways in which versions of a work differ."""

from __future__ import annotations

import pandas as pd

from songsim_lib.metrics.retrieval import Labels
from songsim_lib.splits import has_versions

# How two versions of a work differ: one score performed twice (other instruments, key and tempo), or scores that
# were written down apart, in which the melody itself has changed. Without scores all are just versions.
REARRANGED, VARIANT, VERSIONS = "rearranged", "variant", "versions"
GROUPS = {
    REARRANGED: "one score, two performances: other instruments, key, tempo and accompaniment",
    VARIANT: "two or three written sources of one melody, each performed in its own way",
    VERSIONS: "recordings of one work",
}


def groups(catalog: pd.DataFrame) -> dict[str, Labels]:
    """Say who asks and what is relevant, for each way in which versions differ that occurs in a catalog."""
    kinds = group_of(catalog)
    found = {}
    for name in GROUPS:
        if (asks := kinds == name).any():
            # Another performance of the same score is no answer to "the melody as someone else wrote it down".
            apart = catalog.assign(recording_id=catalog["score_id"]) if name == VARIANT else catalog
            found[name] = Labels.of(apart, asks.to_numpy())
    return found


def group_of(catalog: pd.DataFrame) -> pd.Series:
    """Name for each row how the versions of its work differ; "" where it has none to ask for [shape=(len(catalog),)].

    Only the rows that the catalog's column `asks` (bool) says do, where there is one.
    """
    versions = has_versions(catalog)
    if "asks" in catalog:
        versions &= catalog["asks"]
    if "score_id" not in catalog:
        return versions.map({True: VERSIONS, False: ""})
    scores = catalog.groupby("work_id")["score_id"].transform("nunique")
    return (scores > 1).map({True: VARIANT, False: REARRANGED}).where(versions, "")
