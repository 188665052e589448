"""What is compared: recordings of unseen works, with their excerpts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from songsim_lib import excerpts, sources
from songsim_lib.catalog import sample_works
from songsim_lib.covers.groups import group_of, groups
from songsim_lib.excerpts import Excerpts
from songsim_lib.files import digest
from songsim_lib.metrics.retrieval import Labels
from songsim_lib.source_choice import as_test_set
from songsim_lib.sources import folder as folders
from songsim_lib.sources import tunebook
from songsim_lib.splits import TEST, TRAIN, VALIDATION, has_versions, split_by_work
from songsim_lib.study import Study
from songsim_lib.text import markdown

LONGEST_S = 180.0  # of a recording in a folder; songs are recognised long before


@dataclass(frozen=True)
class Heard:
    """Recordings with their excerpts, in the same order; `failed` holds track_id and reason of the others."""

    catalog: pd.DataFrame
    excerpts: Excerpts
    failed: dict[str, str]

    @cached_property
    def groups(self) -> dict[str, Labels]:
        """Who asks and what is relevant, for each way in which versions differ that occurs here."""
        return groups(self.catalog)

    @cached_property
    def everyone(self) -> Labels:
        """All that have another version ask, or those of them that are meant to."""
        return Labels.of(self.catalog, group_of(self.catalog).ne("").to_numpy())

    @cached_property
    def key(self) -> str:
        """Name what was heard; results of other recordings or excerpts have another."""
        arrays = (self.excerpts.windows, self.excerpts.owner, *self.excerpts.chroma)
        return digest(self.catalog.to_json(orient="records"), repr([array.shape for array in arrays]),
                      *(array.tobytes() for array in arrays))


def _listen(catalog: pd.DataFrame, study: Study, seconds: float) -> Heard:
    found, failed = excerpts.prepare(catalog, study.spec, seconds, study.paths.cache / "excerpts")
    usable = catalog[~catalog["track_id"].isin(failed)].reset_index(drop=True)
    return Heard(usable, found, failed)


def asked(study: Study) -> pd.DataFrame:
    """List the unseen works of a study, of both sides; where none to test on has versions, the embedded corpus's.

    A study of another source has learned from none of that corpus, so all its test and validation works are unseen.
    """
    unseen = study.unseen()
    if _works_with_versions(unseen[unseen["split"] == TEST]) > 1:
        return unseen
    edition = tunebook.catalog()
    edition["split"] = split_by_work(edition, study.seed)
    return edition[edition["split"] != TRAIN].reset_index(drop=True)


def about(study: Study) -> str:
    """Say in words whose works are asked for."""
    if asked(study)["track_id"].isin(study.unseen()["track_id"]).all():
        return f"The works are unseen ones of the study's own source, {study.choice.name}."
    return (f"No two test works of {study.choice.name} have versions, so **the embedded corpus is asked for "
            "instead**: synthesized sound, of which these models have heard nothing.")


def _works_with_versions(catalog: pd.DataFrame) -> int:
    return int(catalog.loc[has_versions(catalog), "work_id"].nunique())


def listen(study: Study, side: str) -> Heard | None:
    """Hear one side of the unseen works: the beginning of each recording, as long as the clips models learned from.

    The works are those of `asked`. Of the validation side, which is only there to choose a threshold, works with one
    recording are left out. Where the profile takes fewer recordings than there are, whole works with versions are
    drawn, the same in every run. None where fewer than two works have versions.
    """
    unseen = asked(study)
    chosen = unseen[(unseen["split"] == side) & ((side != VALIDATION) | has_versions(unseen))].reset_index(drop=True)
    if _works_with_versions(chosen) < 2:
        return None
    if len(chosen) > study.profile.covers:
        chosen = sample_works(chosen[has_versions(chosen)], study.profile.covers, seed=0)
    return _listen(chosen, study, study.spec.clip_s)


def about_folder(heard: Heard | None) -> str:
    """Say in words what was heard of a folder, and what could not be."""
    if heard is None:
        return "No folder was given."
    reasons = "".join(f"\n- {markdown(track)}: {markdown(reason, 1_000)}"
                      for track, reason in list(heard.failed.items())[:10])
    return f"{len(heard.catalog)} recordings were heard; {len(heard.failed)} could not be used.{reasons}"


def listen_to_folder(study: Study, path: str | Path, split: str = "") -> Heard:
    """Hear a folder of real recordings, or a source to test on by its name; up to three minutes of each recording.

    See `sources.folder` for the layouts of a folder, `source_kinds` for the sources that are `test_only`. Of a
    folder with an index, only the recordings of `split` ask, where one is given.
    """
    if choice := as_test_set(str(path)):
        catalog = sources.source(choice)(choice, study.paths.cache, study.seed, sys.maxsize)
    else:
        catalog = folders.catalog(Path(path), split)
    catalog = _unknown_to_models(catalog, study.catalog())
    folders.require_versions(catalog, str(path))
    return _listen(catalog, study, LONGEST_S)


def _unknown_to_models(catalog: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Leave works out of which a recording, by its path, was used to train models or to choose them."""
    known = catalog["path"].isin(learned["path"]).groupby(catalog["work_id"]).transform("any")
    if known.any():
        print(f"{known.sum()} recordings are left out: models were trained or chosen with them or their versions")
    return catalog[~known].reset_index(drop=True)
