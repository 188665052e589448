"""Shared by the tests of the figures: no screen, a small catalog, and no figure left open."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from songsim_lib.plots import style


@pytest.fixture(autouse=True)
def _no_figure_stays_open() -> Iterator[None]:
    yield
    for number in plt.get_fignums():
        figure = plt.figure(number)
        assert figure.get_size_inches()[0] <= 7, "wider than a page"
        figure.canvas.draw()  # what cannot be laid out fails here (warnings are errors, below)
        assert _smallest_text_pt(figure) >= style.SMALL_PT
    plt.close("all")


def _smallest_text_pt(figure: plt.Figure) -> float:
    texts = figure.findobj(matplotlib.text.Text)
    return min(text.get_fontsize() for text in texts if text.get_visible() and text.get_text().strip())


@pytest.fixture
def recordings() -> pd.DataFrame:
    """Six recordings of four works."""
    return pd.DataFrame({
        "track_id": list("abcdef"), "recording_id": list("abcdef"), "work_id": ["1", "1", "2", "2", "3", "4"],
        "genre": ["reel", "reel", "reel", "a song with an exceedingly long name of its genre", None, "jig"],
        "year": pd.array([1883, 1883, 1903, None, 1883, 1883], dtype="Int64"),
        "tags": [["fiddle", "reel"], ["fiddle"], [], ["song"], None, ["fiddle", "jig"]],
        "key": pd.array([0, 11, 0, 2, None, 7], dtype="Int64"), "mode": [1, 1, 0, 1, 1, 1],
        "tempo": [100.0, 110.0, 90.5, 60.0, np.nan, 120.0], "duration_ms": 13_000,
        "split": ["train", "train", "train", "train", "validation", "train"],
    })
