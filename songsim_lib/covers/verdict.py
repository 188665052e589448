"""What the numbers say: models against what they are compared with on the same queries, in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pandas as pd

from songsim_lib.covers.evaluation import Covers
from songsim_lib.metrics import Estimate, chance
from songsim_lib.metrics.retrieval import Labels, compare
from songsim_lib.text import markdown

# The questions of the study: the picture itself, without and with its bands' means, and the two classical methods.
AGAINST = ("flat_l2", "band_mean_removed", "untrained", "fourier2d", "qmax")
BETTER, WORSE, UNDECIDED = "finds more versions than", "finds fewer versions than", "cannot be told from"


def differences(covers: Covers, labels: Labels, models: Sequence[str] = (),
                against: Sequence[str] = AGAINST) -> pd.DataFrame:
    """Compare models with baselines, or with other models, on the same queries.

    Parameters
    ----------
    models : names of systems; by default all that were trained.
    against : names of the systems that each of them is compared with.

    Returns
    -------
    One row a pair: model, baseline (names), model_title, baseline_title, difference (Estimate of the mean
    difference of average precision with its paired 95 % interval over works), verdict (in words).
    """
    models = models or covers.models
    found = {name: covers.retrieval(name, labels) for name in dict.fromkeys((*models, *against))}
    rows = []
    for model, baseline in product(models, against):
        gap: dict[str, Any] = compare(found[model], found[baseline])["map"]
        difference = Estimate(**gap)
        rows.append({"model": model, "baseline": baseline, "model_title": covers.titles[model],
                     "baseline_title": covers.titles[baseline], "difference": difference,
                     "verdict": in_words(difference)})
    return pd.DataFrame(rows)


def in_words(difference: Estimate) -> str:
    """Say which of two systems is better, when the interval of their difference leaves zero out."""
    return {1: BETTER, -1: WORSE, 0: UNDECIDED}[difference.side_of()]


def _gap(row: dict[str, Any]) -> str:
    gap = Estimate(**row["difference"])
    return f"{row['baseline_title']} (MAP {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}])"


def summary(covers: Covers, labels: Labels, models: Sequence[str] = (),
            against: Sequence[str] = AGAINST) -> dict[str, Any]:
    """Collect what is known about one group of versions: counts, chance, scores and differences, plain values only.

    Parameters as in `differences`.
    """
    gaps = differences(covers, labels, models, against)
    plain = [row | {"difference": row["difference"].as_dict()} for row in gaps.to_dict("records")]
    return {"queries": int(labels.queries.sum()), "works": len(set(labels.works[labels.queries])),
            "candidates": len(labels), "chance": chance.retrieval(labels), "scores": covers.scores(labels),
            "differences": plain}


def conclusion(found: dict[str, Any], group: str) -> str:
    """Say in words what `summary` found: for each model, which others it beats on covers and which it does not."""
    scores = found["scores"]
    first = max(scores, key=lambda name: scores[name]["map"]["value"])
    lines = [f"**On {markdown(group)} versions** ({found['queries']} queries of {found['works']} works among "
             f"{found['candidates']} recordings; chance MAP {found['chance']['map']:.3f}) the best system is "
             f"{scores[first]['title']}: MAP {Estimate(**scores[first]['map'])}."]
    for model in dict.fromkeys(row["model"] for row in found["differences"]):
        mine = [row for row in found["differences"] if row["model"] == model]
        told = [f"{verdict} {', '.join(_gap(row) for row in mine if row['verdict'] == verdict)}"
                for verdict in (BETTER, UNDECIDED, WORSE) if any(row["verdict"] == verdict for row in mine)]
        lines.append(f"- {scores[model]['title']}, MAP {Estimate(**scores[model]['map'])}: {'; '.join(told)}.")
    return "\n".join(lines)
