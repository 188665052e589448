"""What a notebook needs of those before it: found where they left it, taken up from an earlier run, or made here.

So each notebook can be opened alone. The large profile is not made on the side: it takes too long to come as a
surprise. What is rarely needed is imported where it is, so that notebooks start fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from songsim_lib.catalog import CatalogError
from songsim_lib.config import Experiment
from songsim_lib.paths import platform
from songsim_lib.study import Study

if TYPE_CHECKING:
    from songsim_lib.trained import Trained

SMALL = ("smoke", "quick")
FILES = ("catalog.parquet", "unseen.parquet", "spec.json")


def data(study: Study) -> None:
    """See to it that the catalog and the feature store of a study are there.

    Raises
    ------
    CatalogError : they are not, and the profile is too large to make them on the side; says what to run.
    """
    if _has_data(study):
        return
    _take_up(study)
    if not _has_data(study):
        _only_small(study, "00_data")
        print("00_data has not run for this study yet: its catalog and feature store are made here.", flush=True)
        make_data(study)


def trained(study: Study, experiments: Sequence[Experiment], seeds: int) -> list[Trained]:
    """Read the finished trainings of a study; where there is none at all, do them.

    Raises
    ------
    CatalogError : there is none, and the profile is too large to train on the side; says what to run.
    FileNotFoundError : an experiment was trained less often than `seeds` says.
    """
    from songsim_lib import results

    data(study)
    if not results.any_finished(study, experiments, seeds):
        _take_up(study)
    if not results.any_finished(study, experiments, seeds):
        notebooks = " and ".join(results.NOTEBOOKS.values())
        _only_small(study, notebooks)
        print(f"{notebooks} have not run for this study yet: the networks are trained here.", flush=True)
        results.train(study, experiments, seeds)
    return results.finished(study, experiments, seeds)


def make_data(study: Study) -> None:
    """Make what notebook 00_data makes, without its explanations."""
    from songsim_lib import catalog, prepare, sources, splits

    everything = sources.source(study.choice)(study.choice, study.paths.cache, study.seed, study.profile.triplets)
    everything["split"] = splits.split_by_work(everything, study.seed)
    recordings = splits.draw(everything, study.profile.triplets, study.seed)
    catalog.save(everything[everything["split"] != splits.TRAIN], study.store_folder / "unseen.parquet")
    positives = study.profile.positives(len(recordings))
    store = prepare.build(recordings, study.store_folder, study.spec, positives, study.seed)
    usable = recordings[~recordings["track_id"].isin(store.failed["track_id"])]
    catalog.save(usable, study.store_folder / "catalog.parquet")


def _has_data(study: Study) -> bool:
    return all((study.store_folder / name).exists() for name in FILES)


def _take_up(study: Study) -> None:
    """On Kaggle: copy what an attached output holds of this study."""
    if platform() == "kaggle":
        from songsim_lib.chain.earlier import take_up

        take_up("", study)


def _only_small(study: Study, notebooks: str) -> None:
    if study.profile.name not in SMALL:
        raise CatalogError(f"nothing of {notebooks} is in {study.paths.output} for the profile {study.profile.name!r}; "
                           f'run {notebooks} first, or set profile = "quick", which makes it here')
