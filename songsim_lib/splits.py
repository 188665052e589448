"""Who learns, who is looked at, who is only reported: whole works go to one side of the study."""

from __future__ import annotations

import numpy as np
import pandas as pd

from songsim_lib.catalog import sample_works
from songsim_lib.files import digest

TRAIN, VALIDATION, TEST = "train", "validation", "test"
VALIDATION_SHARE = 0.2  # of the works that are not held out, as in the study
# Works with versions test most of what is asked; a tenth of the others is held out too, as distractors.
HELD_OUT_WITH_VERSIONS, HELD_OUT_ALONE = 0.5, 0.1
LEAST_WITH_VERSIONS = 10  # fewer works with versions could test nothing


def has_versions(catalog: pd.DataFrame) -> pd.Series:
    """Tell for each row whether its work has more than one recording [shape=(len(catalog),)], bool."""
    return catalog.groupby("work_id")["recording_id"].transform("nunique") > 1


def held_out(catalog: pd.DataFrame) -> pd.Series:
    """Tell for each row whether its work is for testing only [shape=(len(catalog),)], bool.

    The same works of a source are held out whatever the seed: seeds are compared on the same queries, and weights
    that were trained once have never heard a work that tests them. A source that knows better (a published test
    set, a catalog of which only a part is drawn) says so in a column `test`, and whole works follow it.

    Parameters
    ----------
    catalog : needs `work_id` and `recording_id`; `test` (bool) is optional.
    """
    if "test" in catalog:
        return catalog["test"].eq(True).groupby(catalog["work_id"]).transform("any")
    versions = has_versions(catalog)
    if catalog.loc[versions, "work_id"].nunique() < LEAST_WITH_VERSIONS:
        return pd.Series(False, index=catalog.index)
    draw = {work: int(digest(str(work))[:8], 16) / 2**32 for work in catalog["work_id"].unique()}
    return catalog["work_id"].map(draw) < np.where(versions, HELD_OUT_WITH_VERSIONS, HELD_OUT_ALONE)


def split_by_work(catalog: pd.DataFrame, seed: int, validation_share: float = VALIDATION_SHARE) -> pd.Series:
    """Deal whole works to test, training and validation, so that no composition is on two sides.

    Parameters
    ----------
    catalog : as for `held_out`, which names the works of the test side.
    validation_share : share of the other works, drawn at random, that are kept for validation.

    Returns
    -------
    "train", "validation" or "test" for each row [shape=(len(catalog),)].

    Raises
    ------
    ValueError : fewer than 5 works are left to learn from, too few to have a negative on both sides.
    """
    test = held_out(catalog)
    works = np.sort(catalog.loc[~test, "work_id"].unique())
    if len(works) < 5:
        raise ValueError(f"{len(works)} work(s) in the catalog that are not held out for testing; "
                         "a split needs at least 5")
    shuffled = np.random.default_rng(seed).permutation(works)
    kept = catalog["work_id"].isin(shuffled[: max(2, round(validation_share * len(works)))])
    return pd.Series(np.select([test, kept], [TEST, VALIDATION], TRAIN), index=catalog.index, name="split")


def draw(catalog: pd.DataFrame, max_tracks: int, seed: int) -> pd.DataFrame:
    """Draw the recordings that triplets are made of: whole works of training and validation, 80 to 20.

    Parameters
    ----------
    catalog : with a column `split`.
    max_tracks : recordings at most, of both sides together.
    """
    shares = {TRAIN: 1 - VALIDATION_SHARE, VALIDATION: VALIDATION_SHARE}
    sides = [sample_works(catalog[catalog["split"] == side], round(share * max_tracks), seed)
             for side, share in shares.items()]
    return catalog[catalog["track_id"].isin(pd.concat(sides)["track_id"])].reset_index(drop=True)
