"""Axes of the invariance curves: where levels stand, and which of their labels fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from songsim_lib.invariance.factors import Factor

CLEAN_DB = 40  # where "no noise" stands on an axis of ratios that ends at 30 dB
CHARACTER, GAP = 0.03, 0.03  # of the axis: a label's character, and the space between two labels


def position(factor: str, level: pd.Series) -> np.ndarray:
    """Where levels stand on the axis; "clean" has a place of its own beside the highest ratio."""
    return level.replace(np.inf, CLEAN_DB).to_numpy(float) if factor == "noise" else level.to_numpy(float)


def ticks(ax: Axes, factor: Factor, table: pd.DataFrame) -> None:
    """Ticks where something was measured, in the factor's unit."""
    levels = table.drop_duplicates("level").sort_values("level")
    places, labels = position(factor.name, levels["level"]), levels["label"].to_list()
    ax.set_xlabel(factor.unit)
    ax.grid(axis="y")
    if factor.change is None:
        names = [_short(label) for label in labels]
        ax.set_xticks(places, names, rotation=35, ha="right", rotation_mode="anchor")
        ax.set_xlabel(f"{factor.unit} (index: {_short(factor.label(factor.unchanged))})")
        return
    if factor.name == "tempo":
        ax.set_xscale("log")
        ax.minorticks_off()
    if factor.name == "noise":
        ax.invert_xaxis()
    start = int((levels["level"] == factor.unchanged).to_numpy().argmax())
    ax.set_xticks(places, _uncrowded(np.log(places) if factor.name == "tempo" else places, labels, start))


def _short(label: str) -> str:
    """The name of a kind of sound without its explanation."""
    return label.split(" (")[0].removesuffix(" string")


def _uncrowded(places: np.ndarray, labels: list[str], start: int) -> list[str]:
    """Leave out labels that would touch the one before, walking outwards from the unchanged level."""
    shown, span = list(labels), np.ptp(places)
    for walk in (range(start + 1, len(labels)), range(start - 1, -1, -1)):
        last = start
        for place in walk:
            room = GAP + CHARACTER * (len(labels[place]) + len(labels[last])) / 2
            if abs(places[place] - places[last]) < room * span:
                shown[place] = ""
            else:
                last = place
    return shown
