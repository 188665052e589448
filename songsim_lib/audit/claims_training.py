"""What the report concludes from its losses: that a low one means similarity, that freezing overfits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from songsim_lib.audit import effects, reported
from songsim_lib.audit.freezing import ONCE, Fit
from songsim_lib.audit.shortcut import CLEAN, CONDITIONS, NOISED, STUDY, Shortcut
from songsim_lib.audit.table import Row, listed, percent
from songsim_lib.baselines import BASELINES
from songsim_lib.config import EXPERIMENTS, RANDOM
from songsim_lib.metrics import Estimate
from songsim_lib.trained import spread

FLAT = BASELINES["flat_l2"].title
BASELINE_TITLES = {baseline.title for baseline in BASELINES.values()}
SETTINGS = ("trainable", "batch_size", "dropout", "learning_rate", "weight_decay", "epochs")


def shortcut(found: Shortcut) -> Row:
    """Audit a validation whose positives carry noise that no anchor and no negative carries."""
    models = [title for title in found.judged if title not in BASELINE_TITLES]
    ours = {title: f"{_accuracies(found, title)} (lead over {FLAT} {found.lead(title, FLAT, STUDY)}, without noise "
                   f"{found.lead(title, FLAT, CLEAN)})" for title in models}
    ahead = [title for title in models if found.lead(title, FLAT, CLEAN).side_of() > 0]
    worse = [title for title in models if min(found.change(title, condition).high for condition in (CLEAN, NOISED)) < 0]
    return Row(
        "noise", "A low validation loss means that similar music is found",
        f"{min(EXPERIMENTS['resnet18_b32_all'].reported_loss)}, with noise on every positive and on nothing else",
        f"noise beside music: the median level of a spectrogram, which knows no music, is higher in the positive than "
        f"in an anchor in {percent(found.louder)} of pairs",
        f"validate under other noise too. Accuracy with {listed(list(CONDITIONS))}: {FLAT} {_accuracies(found, FLAT)}",
        f"{listed(ours)}. Models that need the study's noise, and get worse under another: {listed(worse) or 'none'}. "
        f"Models that are better than {FLAT} once the noise is gone: {listed(ahead) or 'none'}",
        reported.SHORTCUT_SOURCE, {"louder": found.louder, "scores": found.as_dict()},
    )


def _accuracies(found: Shortcut, title: str) -> str:
    """Write the accuracy of one system under every condition."""
    return listed([f"{found.accuracy(title, condition).value:.3f}" for condition in CONDITIONS])


def differing() -> list[str]:
    """Name the settings in which the report's frozen and unfrozen run differ, as far as its code and text say."""
    frozen, unfrozen = EXPERIMENTS["resnet18_b64_last_block"], EXPERIMENTS["resnet18_b32_all"]
    return [field.name.replace("_", " ") for field in fields(frozen)
            if field.name in SETTINGS and getattr(frozen, field.name) != getattr(unfrozen, field.name)]


def _gaps(fits: Sequence[Fit]) -> dict[str, str]:
    """Write the gap of each of the four cells at the last epoch, with its range over several trainings."""
    return {name: f"{effects.gap(cell)}{spread(effects.each(cell, effects.gap))}"
            for name, cell in effects.cells(fits).items()}


def freezing(fits: Sequence[Fit]) -> Row:
    """Audit "freezing overfits, unfreezing helps"; `fits` may be empty (see `freezing.SEEDS`)."""
    frozen, unfrozen = (side["validation"] - side["train"] for side in (reported.FROZEN_LAST, reported.UNFROZEN_LAST))
    told, values = _effect_of_freezing(fits) if fits else (ONCE, {})
    return Row(
        "freezing", "Freezing most layers overfits; unfreezing them helps",
        f"gap between validation and training loss at the end: frozen {frozen:.2f} (read off the figure), unfrozen "
        f"{unfrozen:.2f}",
        f"two runs, each trained once, that differ in {listed(differing())}; dropout never ran. No setting can be held "
        "responsible",
        "change one setting at a time (2 x 2: freezing, dropout), and judge training songs as validation songs are "
        "judged: the same weights, no dropout",
        told, reported.FREEZING_SOURCE, values,
    )


def _effect_of_freezing(fits: Sequence[Fit]) -> tuple[str, dict[str, object]]:
    """Say in words, and in plain values, what freezing does to the gap and to the best validation loss."""
    gap, loss = effects.on_gap(fits, "frozen"), effects.on_loss(fits, "frozen")
    seeds = spread(effects.each(fits, lambda some: effects.on_gap(some, "frozen")))
    told = (f"gap at the end: {listed(_gaps(fits))}. Freezing changes the gap by {gap}{seeds} "
            f"({_verdict(gap, 'overfits more', 'overfits less')}) and the best validation loss by {loss} "
            f"({_verdict(loss, 'worse', 'better')})")
    if any(fit.trunk == RANDOM for fit in fits):
        told += ". Random trunk frozen: not the report's fine-tuning"
    return told, _values(fits, gap, loss)


def _verdict(change: Estimate, up: str, down: str) -> str:
    """Say which way an effect goes, if its interval allows."""
    return {1: up, -1: down, 0: "no difference can be told"}[change.side_of()]


def _values(fits: Sequence[Fit], gap: Estimate, loss: Estimate) -> dict[str, object]:
    cells = [{"experiment": fit.experiment.name, "repeat": fit.repeat, "trunk": fit.trunk,
              "best_epoch": fit.best_epoch, "best_loss": fit.best_loss.as_dict(),
              "gap_at_best": effects.gap([fit], "best").as_dict(), "gap_at_end": effects.gap([fit], "last").as_dict(),
              "gap_of_the_curves": fit.curve_gap} for fit in fits]
    return {"cells": cells, "freezing_on_gap": gap.as_dict(), "freezing_on_best_loss": loss.as_dict(),
            "dropout_on_gap": effects.on_gap(fits, "dropout").as_dict()}
