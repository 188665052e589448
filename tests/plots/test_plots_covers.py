"""Covers in pictures: curves, distances, intervals and cases say what is which, for one system and for nine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from songsim_lib.config import EXPERIMENTS, AudioSpec
from songsim_lib.metrics import Estimate
from songsim_lib.plots import covers, style

MODELS = [f"{experiment.title} (ImageNet trunk)" for experiment in EXPERIMENTS.values()]
BASELINES = ["no model, as the report did it", "log-mel, flat L2", "log-mel, per-mel-band mean removed",
             "untrained ResNet-18", "2D Fourier magnitude of chroma", "OTI + Qmax"]
SPEC = AudioSpec(n_mels=32)


def estimate(value: float, width: float = 0.05, n: int = 140) -> Estimate:
    return Estimate(value, value - width, value + width, n)


def roc(area: float) -> tuple[np.ndarray, np.ndarray, float]:
    false = np.linspace(0, 1, 200)
    return false, false ** (1 / area - 1), area


def scores(groups=("rearranged", "variant"), titles=(*BASELINES, *MODELS), trainings: int = 1) -> pd.DataFrame:
    """Every system in every group; the later its title, the better it is."""
    return pd.DataFrame([
        {"group": group, "title": title, "kind": "model" if title in MODELS else "baseline",
         "score": estimate(0.1 + 0.09 * number), "chance": 0.02,
         "each": [0.1 + 0.09 * number + 0.01 * k for k in range(trainings)] if title in MODELS else [0.1]}
        for group in groups for number, title in enumerate(titles)])


def legends(figure) -> list[str]:
    """The entries of all legends of a figure."""
    found = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return [text.get_text() for legend in found for text in legend.get_texts()]


def fits(figure) -> bool:
    """No text is cut off by the edge of the page."""
    figure.canvas.draw()
    boxes = [figure.get_tightbbox().transformed(figure.dpi_scale_trans), *(text.get_window_extent()
                                                                          for text in figure.texts)]
    return all(box.x0 >= -1 and box.x1 <= figure.bbox.width + 1 and box.y0 >= -1
               and box.y1 <= figure.bbox.height + 1 for box in boxes)


@pytest.mark.parametrize("titles", [[*BASELINES, *MODELS], MODELS[:1]], ids=["nine systems", "one"])
def test_roc_curves_have_both_rates_to_scale_chance_and_every_area(titles):
    figure = covers.roc_curves({title: roc(0.6 + 0.04 * n) for n, title in enumerate(titles)}, BASELINES,
                               title="Same work or not")
    left, right = figure.axes
    box = left.get_window_extent()
    per_unit = [size / np.ptp(limits) for size, limits in ((box.width, left.get_xlim()), (box.height, left.get_ylim()))]
    assert per_unit[0] == pytest.approx(per_unit[1], rel=1e-3) and right.get_xscale() == "log"
    assert legends(figure) == [f"{title}: {0.6 + 0.04 * n:.3f}" for n, title in enumerate(titles)] + ["chance: 0.500"]
    assert fits(figure)


def test_nine_roc_curves_differ_in_colour_or_dashes_and_models_are_solid():
    titles = [*BASELINES, *MODELS]
    lines = covers.roc_curves(dict.fromkeys(titles, roc(0.7)), BASELINES).axes[0].lines[:9]
    looks = [(line.get_color(), line.get_linestyle(), str(line._unscaled_dash_pattern)) for line in lines]
    assert len(set(looks)) == 9
    assert [line.get_linestyle() for line in lines] == ["--"] * 6 + ["-"] * 3


def test_a_chosen_threshold_is_a_circle_on_its_curve():
    figure = covers.roc_curves({"a": roc(0.8), "b": roc(0.6)}, operating={"a": (0.1, 0.5)})
    for ax in figure.axes:
        circles = [line for line in ax.lines if line.get_marker() == "o"]
        assert [line.get_xydata().tolist() for line in circles] == [[[0.1, 0.5]]]
    assert "chosen thresholds" in figure.axes[0].get_legend().get_title().get_text()


def test_the_smaller_distances_are_those_of_the_same_work_and_the_legend_says_so():
    same, different = np.linspace(0.1, 0.5, 40), np.linspace(0.4, 1.2, 9_000)
    figure = covers.same_and_different(same, different, "CNN", threshold=0.4)
    assert legends(figure) == ["same work: median 0.30, n = 40, 75.0 % within",
                               "different works: median 0.80, n = 9,000, 0.0 % within",
                               "threshold: 0.40 (within: called the same)"]
    blue, orange = figure.axes[0].containers
    middles = [np.average([bar.get_x() for bar in bars], weights=[bar.get_height() for bar in bars])
               for bars in (blue, orange)]
    assert middles[0] < middles[1] and fits(figure)


def test_without_a_threshold_nothing_is_said_of_one():
    figure = covers.same_and_different(np.array([0.05, 0.06, 0.07]), np.linspace(0, 1, 30), trainings=1)
    assert legends(figure) == ["same work: median 0.06, n = 3", "different works: median 0.50, n = 30"]


@pytest.mark.parametrize("groups", [("rearranged",), ("rearranged", "variant", "covers80")])
def test_a_forest_has_a_panel_a_group_the_best_on_top_and_models_in_bold(groups):
    figure = covers.forest(scores(groups))
    labels = figure.axes[0].get_yticklabels()
    names = [" ".join(label.get_text().split()) for label in labels]
    assert names == [*MODELS[::-1], *BASELINES[::-1]]
    assert [label.get_fontweight() == "bold" for label in labels] == [name in MODELS for name in names]
    assert [ax.get_title("left").split("\n") for ax in figure.axes] == [[group, "140 queries"] for group in groups]
    assert {"model", "baseline", "chance"} == set(legends(figure)) and fits(figure)


def test_a_forest_draws_the_intervals_it_was_given():
    ax = covers.forest(scores(("variant",), MODELS[:1])).axes[0]
    [bar] = ax.containers
    [segment] = bar.lines[2][0].get_segments()
    np.testing.assert_allclose(segment[:, 0], [0.05, 0.15])
    assert ax.get_xlim()[0] == 0 and [text.get_text() for text in ax.texts] == ["0.10"]


def test_a_forest_marks_every_training_of_a_model_only_where_there_are_several():
    several, alone = covers.forest(scores(trainings=3)), covers.forest(scores(trainings=1))
    ticks = [line for line in several.axes[0].lines if line.get_marker() == "|" and len(line.get_xdata())]
    assert len(ticks) == 3 and all(len(line.get_xdata()) == 3 for line in ticks)
    assert "one training" in legends(several) and "one training" not in legends(alone)


def test_a_system_that_a_group_lacks_leaves_its_row_empty():
    table = scores()
    table = table[(table["group"] == "rearranged") | (table["title"] != "OTI + Qmax")]
    first, second = covers.forest(table).axes
    assert len(first.containers) == 9 and len(second.containers) == 8


def gaps(*values: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame([{"group": "rearranged", "model_title": MODELS[0], "baseline_title": baseline,
                          "difference": Estimate(*value, 140)}
                         for baseline, value in zip(BASELINES, values, strict=False)])


def test_a_difference_is_decided_by_its_interval_not_by_its_sign():
    figure = covers.differences(gaps((0.1, 0.05, 0.15), (0.1, -0.01, 0.2), (-0.1, -0.2, -0.05)))
    markers = [bar.lines[0].get_marker() for bar in figure.axes[0].containers]
    colours = [bar.lines[0].get_color() for bar in figure.axes[0].containers]
    assert markers == [">", "o", "<"] and colours == [style.BLUE, style.GREY, style.VERMILLION]
    assert legends(figure) == ["the model is better", "cannot be told apart", "the baseline is better"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["+0.100", "+0.100", "−0.100"]


def test_only_verdicts_that_occur_are_in_the_legend():
    assert legends(covers.differences(gaps((0.1, 0.05, 0.15)))) == ["the model is better"]


def test_differences_stand_below_the_model_they_are_about_and_fit_on_the_page():
    table = pd.concat([pd.DataFrame([{"group": group, "model_title": model, "baseline_title": baseline,
                                      "difference": estimate(0.05 - 0.15 * number)}
                                     for model in MODELS for number, baseline in enumerate(BASELINES)])
                       for group in ("rearranged", "variant")])
    figure = covers.differences(table)
    assert [text.get_text() for text in figure.texts] == MODELS
    names = [" ".join(label.get_text().split()) for label in figure.axes[0].get_yticklabels()]
    assert names == (["", *(f"minus {baseline}" for baseline in BASELINES)]) * 3
    assert all(len(ax.containers) == 18 for ax in figure.axes) and fits(figure)
    heights = [text.get_window_extent().y0 for text in figure.texts]
    assert heights == sorted(heights, reverse=True)


def test_errors_of_a_threshold_are_percentages_validation_above_test():
    rows = [{"title": title, "kind": "model" if title in MODELS else "baseline", "side": side,
             "missed": estimate(0.1 + 0.05 * number, n=n), "false_alarm": estimate(0.1 + 0.04 * number, n=n)}
            for number, title in enumerate([*BASELINES, *MODELS]) for side, n in (("validation", 80), ("test", 290))]
    figure = covers.threshold_transfer(pd.DataFrame(rows))
    missed = figure.axes[0]
    (x, upper), (_, lower) = (bar.lines[0].get_xydata()[0] for bar in missed.containers[:2])
    assert x == pytest.approx(10) and upper < lower and missed.yaxis_inverted()
    assert legends(figure) == ["validation, 80 queries", "test, 290 queries"]
    assert missed.get_yticklabels()[0].get_text().split() == BASELINES[0].split(), "the fewest errors on top"
    assert fits(figure)


def test_a_case_shows_its_recordings_on_the_same_axes_under_their_captions():
    rng = np.random.default_rng(0)
    caption = "The Merry Maidens of a Long Title; dulcimer, reed organ, baritone saxophone; in D; 64 beats a minute"
    heard = [("Soldier's Joy; fiddle; in D", rng.uniform(-80, 0, (32, 200))),
             ("Soldier's Joy; fiddle; in D", rng.uniform(-80, 0, (32, 431))), (caption, rng.uniform(-80, 0, (32, 431)))]
    figure = covers.case(heard, SPEC, f"The worst case of {MODELS[0]}")
    panels = figure.axes[:3]
    assert [" ".join(ax.get_title("left").split()) for ax in panels] == [name for name, _ in heard]
    assert len({(ax.get_xlim(), ax.get_ylim()) for ax in panels}) == 1
    assert panels[0].get_xlim()[1] == pytest.approx(431 * SPEC.hop_length / SPEC.sample_rate_hz) and fits(figure)
