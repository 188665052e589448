"""From fingerprints to compositions: what the figures of notebook 08 draw is what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from songsim_lib.composition.ablation import VARIATIONS
from songsim_lib.composition.network import CompositionNet
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import SEMITONES, TOP_DB
from songsim_lib.metrics import Estimate
from songsim_lib.plots import composition, composition_network, style

SPEC = AudioSpec()
WORDS = ("cannot be told", "finds more", "finds fewer")


@pytest.fixture(scope="module")
def net() -> CompositionNet:
    return CompositionNet()


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def overlaps(figure: Figure) -> list[str]:
    """Numbers inside the panels that are cut off by their panel's edge."""
    figure.canvas.draw()
    return [text.get_text() for ax in figure.axes for text in ax.texts
            if text.get_window_extent().x0 < ax.get_window_extent().x0 - 1
            or text.get_window_extent().x1 > ax.get_window_extent().x1 + 1]


def gaps(*values: float, groups=("rearranged", "variant")) -> pd.DataFrame:
    titles = [variation.title for variation in VARIATIONS.values()]
    return pd.DataFrame([{"group": group, "title": title,
                          "difference": Estimate(value, value - 0.03, value + 0.03, 140)}
                         for group in groups for title, value in zip(titles, values, strict=False)])


def picture(row: int) -> np.ndarray:
    level = np.full((SEMITONES, 216), -TOP_DB, np.float32)
    level[row] = 0
    return level


@pytest.mark.parametrize("semitones", [-7, 0, 5])
def test_a_picture_that_is_moved_up_and_back_is_itself_and_the_edge_is_silent(semitones):
    moved = composition.moved(picture(30), semitones)
    assert moved[30 + semitones].max() == 0 and (np.delete(moved, 30 + semitones, axis=0) == -TOP_DB).all()
    top = composition.moved(picture(SEMITONES - 1), 1)
    assert (top == -TOP_DB).all(), "what leaves at the top does not come in at the bottom"


def test_the_version_is_drawn_once_more_in_the_key_of_the_query():
    mels = [np.full((128, 431), -40.0)] * 2
    figure = composition.same_music(mels, [picture(30), picture(35)], ["A; fiddle", "A; harp"], SPEC, 5)
    query, version, back = (figure.axes[place].images[0].get_array() for place in (1, 3, 5))
    assert np.array_equal(back, query) and not np.array_equal(version, query)
    assert figure.axes[5].get_title("left") == "version, moved down by 5"
    assert "A; fiddle" in " ".join(figure._supxlabel.get_text().split())


def test_where_nobody_knows_the_keys_nothing_is_moved_back():
    figure = composition.same_music([np.full((128, 431), -40.0)] * 2, [picture(30), picture(35)], ["A", "B"], SPEC)
    assert len(figure.axes) == 4


def test_an_octave_is_twelve_rows_and_every_c_is_named():
    ax = composition.case([("A", picture(0)), ("B", picture(3))], SPEC).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["C2", "C3", "C4", "C5", "C6", "C7"]
    assert set(np.diff(ax.get_yticks())) == {12}
    assert ax.images[0].get_extent()[1] == pytest.approx(10.0, abs=0.05), "seconds"


def test_a_difference_is_decided_by_its_interval_and_only_what_occurs_is_explained():
    figure = composition.differences(gaps(0.0, -0.1, 0.2), WORDS)
    markers = [bar.lines[0].get_marker() for bar in figure.axes[0].containers]
    assert markers == ["o", "<", ">"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(WORDS)
    one_sided = composition.differences(gaps(-0.1, -0.2), WORDS)
    assert [text.get_text() for text in one_sided.legends[0].get_texts()] == ["finds fewer"]


@pytest.mark.parametrize("values", [[-0.02 * n for n in range(8)], [0.9 - 0.1 * n for n in range(8)],
                                    [(-1) ** n * 0.1 * n for n in range(8)]], ids=["below", "above", "both"])
def test_all_numbers_stay_inside_their_panels(values):
    figure = composition.differences(gaps(*values), WORDS)
    assert len(texts(figure)) == 16 and overlaps(figure) == []


def test_the_curves_end_where_the_training_ended():
    history = pd.DataFrame({"step": [250, 500, 750], "loss": [3.0, 2.0, 1.5], "map_a": [0.1, 0.5, 0.75],
                            "map_b": [0.2, 0.4, 0.5]})
    loss, score = composition.learning_curve(history, {"map_a": "a", "map_b": "b"}).axes
    assert [text.get_text() for text in score.get_legend().get_texts()] == ["a: 0.750", "b: 0.500"]
    np.testing.assert_allclose(loss.lines[0].get_ydata(), history["loss"])
    assert score.get_ylim()[0] == 0 and loss.get_ylim()[0] == 0


def test_the_steps_of_the_network_hold_all_its_weights_and_shapes(net):
    found = composition_network.stages(net, frames=216)
    assert sum(stage.weights for stage in found) == sum(weights.numel() for weights in net.parameters())
    assert found[0].shape == (1, SEMITONES, 216) and found[1].shape == (6, 12, 216)
    assert all(stage.shape[1] == 12 for stage in found[1:7]), "the circle stays whole through all layers"
    assert found[-1].shape == (256,)


def test_drawing_a_network_leaves_it_as_it_was(net):
    net.train()
    composition_network.stages(net)
    assert net.training and not net.stem._forward_hooks
    net.eval()


def test_the_network_is_drawn_with_every_step_its_shape_and_the_sum_of_weights(net):
    figure = composition_network.network(net)
    said = texts(figure)
    for stage in composition_network.stages(net):
        assert stage.label in said and " × ".join(map(str, stage.shape)) in said
    assert figure._suptitle.get_text() == f"{sum(w.numel() for w in net.parameters()):,} weights"
    assert figure.get_size_inches()[0] == style.WIDTH_IN
