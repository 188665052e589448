"""The report's own task put to the network of compositions: which clip is this one, stretched, re-pitched and noisy?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib import kept, parallel, splits
from songsim_lib.composition.own_clips import drawn
from songsim_lib.cqt import SCALE
from songsim_lib.device import Batches, embed
from songsim_lib.files import code_digest, digest
from songsim_lib.models import Embedder
from songsim_lib.results import SCORES
from songsim_lib.sources import tunebook
from songsim_lib.store import ANCHOR, positive_name
from songsim_lib.study import Study
from songsim_lib.trained import Score, Trained
from songsim_lib.triplets import Pairs, pairs
from songsim_lib.validate import Judgement, clips, fixed_negatives, judge

# What the spectrograms follow from, beside the recordings.
CODE = ("audio", "augment", "composition/own_clips", "cqt", "cutting", "decode", "features")
MARGIN = 1.0  # of the triplet loss, as in every experiment of the report


def spared(seed: int) -> set[str]:
    """Name the scores of the edition, dealt with a network's own `seed`, that it has not learned from."""
    edition = tunebook.catalog()
    return set(edition.loc[splits.split_by_work(edition, seed) != splits.TRAIN, "score_id"])


def unlearned(study: Study, seed: int) -> Pairs:
    """List the study's validation pairs, less those of works that the network may have learned from.

    It learned from the corpus less the works of which the edition, dealt with its `seed`, tests or validates a score;
    a study of another seed validates by other works. From recordings of other sources it has learned nothing.
    """
    catalog = study.catalog()
    data = pairs(catalog, study.store(), splits.VALIDATION)
    if "score_id" not in catalog:
        return data
    works = catalog["score_id"].isin(spared(seed)).groupby(catalog["work_id"]).transform("any")
    keep = np.isin(data.track_ids.astype(str), catalog.loc[works, "track_id"].to_numpy(str))
    return Pairs(*(part[keep] for part in (data.anchors, data.positives, data.works, data.track_ids)))


def spectra(study: Study, data: Pairs, workers: int = -1) -> np.ndarray:
    """Draw the clips of `data` as constant-Q spectrograms: the very sounds whose log-mels are in the store.

    Returns
    -------
    [shape=(m, SEMITONES, frames)], uint8, one for each of `validate.clips(data)`; made once and kept beside the store.

    Raises
    ------
    audio.AudioError : a recording can no longer be used; names it.
    """
    store, tracks = study.store(), pd.Series(data.first().track_ids)
    paths = study.catalog().set_index("track_id")["path"].loc[tracks].map(str)
    variants = [ANCHOR, *map(positive_name, range(store.about["positives"]))]
    draw = partial(drawn, spec=study.spec, seed=study.seed, positives=len(variants) - 1)

    def make() -> kept.Arrays:
        found = parallel.run(draw, paths, tracks, progress="constant-Q", unit="recording", workers=workers)
        return {"levels": np.stack(list(found))}

    made_from = digest(store.about["content"], json.dumps(list(tracks)), code_digest(*CODE))
    levels = kept.arrays(study.store_folder / "own_task.npz", made_from, make)["levels"]
    rows = np.stack([store.rows(tracks, variant) for variant in variants], axis=1)
    return levels.reshape(-1, *levels.shape[2:])[np.argsort(rows, axis=None)]


def _judged(trained: Trained, data: Pairs, negatives: np.ndarray) -> list[Judgement]:
    """Judge each training of a model by these pairs alone."""
    found = []
    for run in trained.runs:
        embedded = run.embeddings.set_index("row")["embedding"].loc[clips(data)]
        found.append(judge(data, negatives, np.stack(embedded.to_list()), MARGIN))
    return found


def measure(study: Study, net: Embedder, title: str, trained: Sequence[Trained],
            seed: int) -> dict[str, dict[str, Score]]:
    """Score the network, and the study's models, on validation triplets of works that none has learned from.

    Parameters
    ----------
    net : on the study's device; `title` names it.
    seed : of the network's own split.

    Returns
    -------
    {title: {score: Score}}, with the scores of `results.SCORES`; empty where fewer than two works are left, so that
    there is no negative.
    """
    data = unlearned(study, seed)
    if len(np.unique(data.works)) < 2:
        return {}
    negatives, levels = fixed_negatives(data, study.seed), spectra(study, data)
    embedded = embed(net, Batches(levels, SCALE, study.device), np.arange(len(levels)))
    judged = {title: [judge(data, negatives, embedded, MARGIN)]}
    judged |= {one.title: _judged(one, data, negatives) for one in trained}
    return {name: {score: Score.of([one.values()[score][0] for one in each], each[0].values()[score][1])
                   for score in SCORES} for name, each in judged.items()}


def table(found: dict[str, dict[str, Score]]) -> pd.DataFrame:
    """Draw up what `measure` found: a row a system, each score with its 95 % interval over works, and n triplets."""
    return pd.DataFrame([{"system": name} | {label: str(scores[score]) for score, label in SCORES.items()}
                         | {"triplets": scores["triplet_loss"].estimate.n} for name, scores in found.items()],
                        columns=["system", *SCORES.values(), "triplets"])


def as_dict(found: dict[str, dict[str, Score]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Give plain values for a results file."""
    return {name: {score: one.as_dict() for score, one in scores.items()} for name, scores in found.items()}
