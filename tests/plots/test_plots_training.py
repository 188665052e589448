"""Loss curves and distances are drawn honestly: from zero, with n, with everything they are compared to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from songsim_lib.config import EXPERIMENTS
from songsim_lib.plots import distances, training


@pytest.fixture
def history() -> pd.DataFrame:
    """Three epochs, the second one the best."""
    return pd.DataFrame({"epoch": [1, 2, 3], "train_loss": [0.5, 0.3, 0.2],
                         "validation_loss": [0.6, 0.4, 0.45]})


def legend_of(figure) -> list[str]:
    """The legend's entries."""
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_the_loss_axis_begins_at_zero_and_holds_everything_drawn(history):
    figure = training.loss_curves(history, {"flat": 0.94}, reported=[0.7, 0.3], margin=1.0)
    low, high = figure.axes[0].get_ylim()
    assert low == 0 and high > 1.0


def test_the_legend_names_the_best_epoch_each_baseline_the_margin_and_the_report(history):
    entries = legend_of(training.loss_curves(history, {"flat": 0.94}, reported=[0.7, 0.3], margin=1.0))
    assert "validation (best 0.4000, epoch 2)" in entries and "flat: 0.9400" in entries
    assert "validation, as reported (best 0.3000)" in entries and "the margin: 1" in entries


def test_each_baseline_has_its_own_dash_pattern_and_colour(history):
    figure = training.loss_curves(history, {name: 0.9 for name in "abcd"})
    lines = [line for line in figure.axes[0].lines if list(line.get_ydata()) == [0.9, 0.9]]
    assert len(lines) == 4 and len({line.get_color() for line in lines}) == 4
    assert len({str(training.LINES[number]) for number in range(4)}) == 4


def test_one_finished_epoch_can_be_drawn_and_epochs_are_whole_numbers(history):
    ax = training.loss_curves(history.head(1)).axes[0]
    left, right = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if left <= tick <= right] == [1]


@pytest.fixture
def trainings(history) -> pd.DataFrame:
    """Three trainings; the best of each is at 0.4, 0.5 and 0.3."""
    shifted = (history.assign(repeat=n, validation_loss=history["validation_loss"] + shift, train_loss=0.1 * (n + 1))
               for n, shift in enumerate((0.0, 0.1, -0.1)))
    return pd.concat(shifted)


def test_every_training_is_drawn_thin_and_their_mean_thick_with_one_entry_each_in_the_legend(trainings):
    figure = training.loss_curves(trainings)
    drawn = figure.axes[0].lines
    thin, thick = ([line for line in drawn if (line.get_linewidth() < 1) is is_thin] for is_thin in (True, False))
    assert len(thin) == 6 and len(thick) == 2
    np.testing.assert_allclose(thick[0].get_ydata(), [0.2, 0.2, 0.2])
    np.testing.assert_allclose(thick[1].get_ydata(), [0.6, 0.4, 0.45])
    assert legend_of(figure) == ["training, mean of 3 (thin: each training)",
                                 "validation, mean of 3 (best of each 0.3000 to 0.5000)"]


def test_the_loss_axis_holds_the_worst_of_several_trainings(trainings):
    assert training.loss_curves(trainings).axes[0].get_ylim()[1] > 0.7


def test_a_single_training_is_not_called_a_mean(history):
    figure = training.loss_curves(history.assign(repeat=0))
    assert len(figure.axes[0].lines) == 2 and legend_of(figure)[0] == "training"


@pytest.mark.parametrize("broken, complaint", [
    (pd.DataFrame({"epoch": [1], "train_loss": [1.0]}), "validation_loss"),
    (pd.DataFrame({"epoch": [], "train_loss": [], "validation_loss": []}), "no finished epoch"),
])
def test_a_history_that_cannot_be_drawn_is_refused_with_the_reason(broken, complaint):
    with pytest.raises(ValueError, match=complaint):
        training.loss_curves(broken)


@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_the_triplet_picture_shows_a_loss_before_and_none_after(margin):
    before, after = (ax.get_title(loc="left") for ax in training.triplet_picture(margin).axes)
    assert not before.endswith("= 0.0") and after.endswith("= 0.0")


def test_distance_histograms_are_shares_with_median_and_n():
    positive, negative = np.array([0.1, 0.2, 0.3]), np.linspace(1, 2, 50)
    figure = distances.distance_distributions(positive, negative)
    assert legend_of(figure) == ["anchor to positive: median 0.20, n = 3", "anchor to negative: median 1.50, n = 50"]
    for group in figure.axes[0].containers:
        assert sum(bar.get_height() for bar in group) == pytest.approx(100)


def test_distances_of_several_trainings_are_counted_as_the_same_pairs():
    three = np.tile(np.linspace(0.1, 1, 20), 3)
    figure = distances.distance_distributions(three, three + 0.5, trainings=3)
    assert legend_of(figure)[0] == "anchor to positive: median 0.55, n = 20 × 3 trainings"


@pytest.mark.parametrize(("near", "far", "begin"), [((0.1, 0.4), (1.0, 2.0), 0.0), ((0.90, 0.95), (0.96, 1.0), 0.898),
                                                    ((-3.0, -1.0), (0.5, 2.0), -3.0)])
def test_the_distance_axis_begins_at_zero_where_that_is_near_and_holds_all(near, far, begin):
    near, far = np.linspace(*near, 40), np.linspace(*far, 90)
    low, high = distances.distance_distributions(near, far).axes[0].get_xlim()
    assert low == pytest.approx(begin) and high > far.max()


def test_distances_that_are_all_equal_can_be_drawn():
    figure = distances.distance_distributions(np.ones(5), np.ones(9))
    assert legend_of(figure) == ["anchor to positive: median 1.00, n = 5", "anchor to negative: median 1.00, n = 9"]
    low, high = figure.axes[0].get_xlim()
    assert low <= 1 <= high
    for group in figure.axes[0].containers:
        assert sum(bar.get_height() for bar in group) == pytest.approx(100)


def test_the_share_found_within_k_counts_ranks_up_to_k():
    found = distances.found_within(np.array([1, 1, 2.5, 4]), n_candidates=4)
    np.testing.assert_allclose(found, [0.5, 0.5, 0.75, 1.0])


def test_rank_curves_begin_at_rank_one_and_end_at_all_candidates():
    figure = distances.rank_curves({"model": np.array([1, 2, 3])}, n_candidates=30)
    assert figure.axes[0].get_xlim() == (1, 30) and "model: 33 % first" in legend_of(figure)


def test_the_longest_titles_of_the_study_fit_on_the_page(history):
    for experiment in EXPERIMENTS.values():
        figure = training.loss_curves(history, title=experiment.title + " (random trunk)")
        figure.canvas.draw()
        box = figure.axes[0]._left_title.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height + 1
