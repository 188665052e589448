"""What a study's trainings learn from and are judged on, opened in one way for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from songsim_lib.device import Batches
from songsim_lib.splits import TRAIN, VALIDATION
from songsim_lib.study import Study
from songsim_lib.triplets import Pairs, pairs, with_versions
from songsim_lib.validate import fixed_negatives


@dataclass(frozen=True)
class TrainingData:
    """The songs of training and validation works of a study, and no others; `negatives` of the validation triplets."""

    study: Study
    data: Batches
    train: Pairs
    validation: Pairs
    negatives: np.ndarray

    @classmethod
    def of(cls, study: Study) -> TrainingData:
        """Open the study's feature store.

        Raises
        ------
        StoreError, CatalogError : notebook 00_data has not run, or what it made was changed since.
        """
        catalog, store = study.catalog(), study.store().checked()
        learned, validation = pairs(catalog, store, TRAIN), pairs(catalog, store, VALIDATION)
        if study.choice.kind.cover_positives:
            learned = with_versions(learned, catalog)
        return cls(study, Batches(store.features, study.spec, study.device), learned, validation,
                   fixed_negatives(validation, study.seed))
