"""The numbers that matter, on top of the report: each with its interval, n and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from songsim_lib.calibration import ALARM, BOTH
from songsim_lib.metrics import Estimate


@dataclass(frozen=True)
class Number:
    """One number: what it counts, the number, its interval with n, and a sentence that says how to read it."""

    counts: str
    value: str
    interval: str
    says: str


def _number(counts: str, estimate: Estimate, says: str, percent: bool = False) -> Number:
    if percent:
        value, low, high = (f"{100 * number:.0f}" for number in (estimate.value, estimate.low, estimate.high))
        return Number(counts, f"{value} %", f"95 % interval {low} to {high} %, n = {estimate.n:,}", says)
    return Number(counts, f"{estimate.value:.3f}",
                  f"95 % interval {estimate.low:.3f} to {estimate.high:.3f}, n = {estimate.n:,}", says)


def _best(scores: Iterable[dict[str, Any]], score: str) -> dict[str, Any]:
    return max(scores, key=lambda one: one[score]["value"])


def altered_clips(results: dict[str, Any]) -> Number:
    """Triplet accuracy of the best trained network, beside the best without training."""
    summary = results["summary"]
    run = max(summary["runs"].values(), key=lambda one: one["validation"]["triplet_accuracy"]["value"])
    untrained = _best(summary["baselines"].values(), "triplet_accuracy")
    trained = Estimate.of(run["validation"]["triplet_accuracy"])
    return _number("An altered clip is nearer than another song", trained,
                   f"Triplet accuracy of {run['title']}, validation songs. Without any training, {untrained['title']} "
                   f"has {Estimate.of(untrained['triplet_accuracy'])}; guessing has 0.5.")


def ranked_first(results: dict[str, Any]) -> Number:
    """How often the altered clip is the nearest of all, for the best network and the best without training."""
    summary = results["summary"]
    run = max(summary["runs"].values(), key=lambda one: one["validation"]["positive_first"]["value"])
    untrained = _best(summary["baselines"].values(), "positive_first")
    ours, theirs = (Estimate.of(one) for one in (run["validation"]["positive_first"], untrained["positive_first"]))
    which = "less than" if ours.value < theirs.value else "against"
    return _number("The altered clip is the nearest of all", ours,
                   f"Share of validation songs, {run['title']}; {which} {untrained['title']}, which needs no training: "
                   f"{theirs}.")


def original_on_covers(results: dict[str, Any]) -> Number:
    """MAP of the best of the original's networks on other performances of a work."""
    name, group = next(iter(results["07_covers"]["groups"].items()))
    models = [one for one in group["scores"].values() if one["kind"] != "baseline"]
    best, classical = _best(models, "map"), group["scores"]["qmax"]
    return _number("The original's networks find other versions", Estimate.of(best["map"]),
                   f"Mean average precision (1: all versions first; chance {group['chance']['map']:.3f}), group "
                   f"{name}, {best['title']}, the best of {len(models)}. {classical['title']}, of 2009, finds "
                   f"{Estimate.of(classical['map'])}.")


def composition_on_covers(results: dict[str, Any]) -> Number:
    """MAP of what this project adds, on the hardest group of test works of the corpus."""
    groups = results["08_beyond"]["groups"]
    name = next((one for one in ("variant", "versions") if one in groups), next(iter(groups)))
    scores = groups[name]["scores"]
    best = _best([one for key, one in scores.items() if key in ("composition", "together")], "map")
    return _number("A network of compositions finds them", Estimate.of(best["map"]),
                   f"Mean average precision of {best['title']}, group {name}; {scores['qmax']['title']} alone: "
                   f"{Estimate.of(scores['qmax']['map'])}.")


def flagged(results: dict[str, Any]) -> Number:
    """How many versions among real recordings are flagged, and how many unrelated pairs are."""
    one = results["09_compare"]["calibration"]["sets"]["music"]
    share, alarms = Estimate.of(one["flagged"]["versions"][BOTH]), one["alarms"][BOTH]
    return _number("Pairs of real recordings of one work are flagged", share,
                   f"At a p-value of {ALARM:g}, network and alignment together; so are {1_000 * alarms['value']:.1f} "
                   f"of 1,000 pairs of unrelated works (n = {alarms['n']:,}). Measured once, with the calibration that "
                   "comes with the project.", percent=True)


NUMBERS: tuple[tuple[str, Callable[[dict[str, Any]], Number]], ...] = (
    ("summary", altered_clips), ("summary", ranked_first), ("07_covers", original_on_covers),
    ("08_beyond", composition_on_covers), ("09_compare", flagged))


def numbers(results: dict[str, Any]) -> list[Number]:
    """Draw up the numbers whose notebooks have run (sections of results.json), five when all have."""
    return [number(results) for section, number in NUMBERS if results.get(section)]
