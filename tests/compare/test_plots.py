"""Passages have one number and one colour in every figure."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from made import SPEC, tune
from matplotlib.colors import to_hex

from songsim_lib.chroma import chroma
from songsim_lib.compare import plots
from songsim_lib.compare.passages import find

NAMES = ("a tune", "the same with a name that is far too long for any figure of page width, and then some")


@pytest.fixture(scope="module")
def pair():
    sounds = (np.concatenate([tune(0, 8), tune(1, 6)]), np.concatenate([tune(1, 6, 2), tune(0, 8, -3)]))
    chromas = [chroma(samples, SPEC) for samples in sounds]
    return sounds, chromas, find(*chromas)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def numbers(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("figure", [plots.waveforms, plots.spectrograms])
def test_both_recordings_show_all_passages_in_the_same_colours(pair, figure):
    sounds, _, passages = pair
    fig = figure(sounds, NAMES, passages, SPEC)
    fig.canvas.draw()
    assert len(passages) == 2
    for ax, start in zip(fig.axes[:2], ("start_a_s", "start_b_s"), strict=True):
        assert numbers(ax) == ["1", "2"]
        bars = [bar for bar in ax.patches if bar.get_y() > 1]
        assert [bar.get_x() for bar in bars] == [getattr(passage, start) for passage in passages]
        assert [to_hex(bar.get_facecolor()).upper() for bar in bars] == [plots.colour(0), plots.colour(1)]


def test_the_map_shows_each_path_where_its_passage_is(pair):
    _, chromas, passages = pair
    ax = plots.similarity(*chromas, NAMES, passages).axes[0]
    assert len(ax.lines) == 2
    for line, passage in zip(ax.lines, passages, strict=True):
        assert passage.start_b_s <= line.get_xdata().min() and line.get_xdata().max() <= passage.end_b_s
        assert passage.start_a_s <= line.get_ydata().min() and line.get_ydata().max() <= passage.end_a_s


def test_figures_without_passages_say_so(pair):
    sounds, chromas, _ = pair
    assert plots.NOTHING in plots.waveforms(sounds, NAMES, [], SPEC).axes[0].get_title(loc="left")
    assert plots.NOTHING in plots.similarity(*chromas, NAMES, []).axes[0].get_title(loc="left")
