"""What the report measured itself against: a baseline that is the margin, and chance thrown with a coin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from songsim_lib.audit import reported
from songsim_lib.audit.counts import Count, coin_range
from songsim_lib.audit.table import Row, listed, percent
from songsim_lib.config import EXPERIMENTS, REPORTED_BASELINE_LOSS
from songsim_lib.metrics import Estimate, triplet_losses
from songsim_lib.results import improvement, loss_of, strongest
from songsim_lib.trained import Trained
from songsim_lib.validate import Judgement

MARGINS = (0.2, 0.5, 1.0, 2.0)


def by_margin(judgement: Judgement) -> dict[str, float]:
    """Compute the mean loss of the same distances for several margins."""
    return {f"{margin:g}": float(triplet_losses(judgement.positive, judgement.negative, margin).mean())
            for margin in MARGINS}


def baseline(judged: Mapping[str, Judgement], measured: Mapping[str, dict[str, Any]],
             trained: Sequence[Trained]) -> Row:
    """Audit "84.83 % better than no model".

    Parameters
    ----------
    judged : `yardsticks.judgements(study)`; measured : `yardsticks.measure(study)`; trained : the finished
        experiments.
    """
    said, degenerate = min(EXPERIMENTS["resnet18_b32_all"].reported_loss), by_margin(judged["as_reported"])
    right = improvement(said, reported.FLAT_L2_LOSS)
    words, gains = _ours(measured, min(trained, key=lambda one: one.loss.value))
    return Row(
        "baseline", "The best model has a far lower triplet loss than no model",
        f"{said} against {REPORTED_BASELINE_LOSS}: {reported.IMPROVEMENT_PERCENT} %",
        "the margin, whatever the songs: on ours the report's formula gives "
        + listed([f"{loss:.3f} at margin {margin}" for margin, loss in degenerate.items()]),
        f"normalised as intended, {reported.FLAT_L2_LOSS} on the report's songs, so {right:.1f} %: still next to the "
        "margin, where a loss says little; accuracy and ranks must stand beside it",
        words, reported.BASELINE_SOURCE,
        {"as_reported_by_margin": degenerate, "improvement_over_flat_l2": right, "our_improvement": gains,
         "improvement_recomputed": improvement(said, REPORTED_BASELINE_LOSS)},
    )


def _ours(measured: Mapping[str, dict[str, Any]], best: Trained) -> tuple[str, dict[str, float]]:
    """Set the best model against honest baselines: in words, and the improvement in percent over each."""
    hardest = strongest(dict(measured))
    names = tuple(dict.fromkeys(("as_reported", "flat_l2", hardest)))
    gains = {name: improvement(best.loss.value, loss_of(measured[name])) for name in names}
    losses = listed({measured[name]["title"]: Estimate(**measured[name]["triplet_loss"]) for name in names[1:]})
    side = "below" if gains[hardest] > 0 else "ABOVE"
    return (f"{losses}; {best.title} {best.loss}: {abs(gains[hardest]):.0f} % {side} the strongest baseline, with "
            f"accuracy {best.scores['triplet_accuracy']} against {Estimate(**measured[hardest]['triplet_accuracy'])}",
            gains)


def chance() -> Row:
    """Audit the chance level of the tests on covers."""
    counts = {n: [Count.of_share(percent / 100, n, 3) for percent in reported.COIN_PERCENT]
              for n in (reported.COVER_TRIPLETS, reported.COVER_PAIRS)}
    low, high = coin_range(reported.COVER_TRIPLETS)
    found = "; or ".join(f"{listed([count.k for count in some])} heads of {n} (two-sided p "
                         f"{listed([f'{count.luck():.2f}' for count in some])})" for n, some in counts.items())
    return Row(
        "chance", "What guessing would reach on covers",
        f"{listed([f'{percent} %' for percent in reported.COIN_PERCENT])}, one for each run",
        f"one unseeded coin flip a pair: {found}; both n fit the percentages. {reported.COVER_TRIPLETS} fair flips "
        f"end between {percent(low, 1)} and {percent(high, 1)} in 95 % of cases",
        "50 %, exactly and for every run: nothing needs to be flipped",
        "computed, never drawn: 0.5 for triplet accuracy and ROC-AUC, and for the other scores their exact "
        "expectation under random order",
        reported.COIN_SOURCE,
        {"fair_range": [low, high]} | {str(n): [{"heads": count.k, "luck": count.luck()} for count in some]
                                       for n, some in counts.items()},
    )
