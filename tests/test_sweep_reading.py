"""What a sweep says: shares of variance, a verdict in words, a figure, and the sweep that comes with the project."""

import json
import math

import jupytext
import numpy as np
import pytest
import swept
import tiny
from support import ROOT

from songsim_lib.paths import SWEEP
from songsim_lib.plots import sweep as plots
from songsim_lib.study import Study
from songsim_lib.sweep import importance, reading, verdict


def by_rate(setting):
    """Best at the middle of the learning rates, worse by up to 0.1 at both ends."""
    return -0.1 * math.log10(setting["learning_rate"] / 2e-3) ** 2


def test_a_knob_that_acts_is_found_and_one_that_does_nothing_is_not():
    shares = importance.importances(swept.sweep(by_rate, settings=40))
    assert shares["learning_rate"].low > 0.5 and shares["learning_rate"].high <= 1
    for name, share in shares.items():
        assert share.n == 40 and share.low <= share.value <= share.high
        if name != "learning_rate":
            assert share.side_of() <= 0 and share.value < 0.2, name


def test_knobs_of_every_kind_are_found():
    for name, effect in (("frozen", lambda s: 0.1 * (s["frozen"] == "none")),
                         ("weight_decay", lambda s: -0.1 * (s["weight_decay"] > 1e-4)),
                         ("batch_size", lambda s: 0.05 * math.log2(s["batch_size"])),
                         ("dropout", lambda s: -0.2 * s["dropout"]), ("margin", lambda s: 0.1 * s["margin"])):
        shares = importance.importances(swept.sweep(effect, settings=40))
        assert max(shares, key=lambda one: shares[one].value) == name and shares[name].side_of() == 1


def test_where_nothing_acts_intervals_hold_zero_about_as_often_as_they_say():
    inside = [share.low <= 0 <= share.high for seed in range(10)
              for share in importance.importances(swept.sweep(seed=seed, settings=20)).values()]
    assert np.mean(inside) > 0.85


def test_few_settings_have_no_shares():
    assert importance.importances(swept.sweep(settings=importance.ENOUGH - 1)) == {}


def test_spread_between_settings_and_between_seeds_are_told_apart():
    rng = np.random.default_rng(0)
    made = 0.7 + 0.04 * rng.standard_normal((400, 1)) + 0.02 * rng.standard_normal((400, 3))
    found = importance.spread(made)
    assert found.settings == pytest.approx(0.04, rel=0.1) and found.seeds == pytest.approx(0.02, rel=0.1)
    assert found.share.low < 0.8 < found.share.high and found.p < 1e-9
    luck = importance.spread(0.7 + 0.02 * rng.standard_normal((400, 2)))
    assert luck.settings < 0.006 and luck.p > 0.01 and luck.alike == pytest.approx(0.95, abs=0.02)


def test_one_training_of_each_or_one_setting_shows_no_spread():
    for shape in ((5, 1), (1, 5)):
        with pytest.raises(ValueError, match="two of both"):
            importance.spread(np.zeros(shape))


def test_trainings_that_are_all_alike_have_a_spread_of_nothing():
    found = importance.spread(np.full((5, 2), 0.8))
    assert (found.seeds, found.settings, found.share.value, found.alike) == (0, 0, 0, 1)


@pytest.mark.parametrize(("effect", "luck", "expected", "said"), [
    (lambda setting: 0.0, 0.02, verdict.ALIKE, "does not prove it"),
    (lambda setting: -0.3 * (setting["learning_rate"] > 1e-2), 0.02, verdict.LARGELY_ALIKE, "holds for most"),
    (lambda setting: 0.3 * setting["dropout"], 0.003, verdict.DIFFERENT, "No: settings differ by more than luck"),
])
def test_the_verdict_follows_the_numbers(effect, luck, expected, said):
    sweep = swept.sweep(effect, luck=luck, seed=2)
    told, lines = verdict.summary(sweep), verdict.words(sweep)
    assert told["verdict"] == expected and said in lines[1]
    assert f"{told['sd_seeds']:.3f}" in lines[1] and f"n = {told['settings']} settings" in lines[1]
    assert f"from {told['worst']['accuracy']:.3f} to {told['best']['accuracy']:.3f}" in lines[1]
    assert json.loads(json.dumps(told)) == told, "plain values"


def test_the_report_s_own_settings_are_compared_with_a_best_that_was_chosen():
    sweep = swept.sweep(by_rate)
    _, _, own, *_ = verdict.words(sweep)
    assert "ResNet-18, batch 32, all layers unfrozen, dropout 0.5: 0." in own and "it is the best of 24" in own
    best = np.random.default_rng(0).standard_normal((20_000, 24)).max(axis=1).mean()
    assert f"would lie about {best * verdict.summary(sweep)['sd_seeds'] / 2**0.5:.3f} above" in own


def test_which_knob_matters_is_said_with_its_interval():
    *_, knobs, limits = verdict.words(swept.sweep(by_rate, settings=40))
    share = importance.importances(swept.sweep(by_rate, settings=40))["learning_rate"]
    assert f"learning rate {share.value:.0%} [{share.low:.0%}, {share.high:.0%}]" in knobs
    assert "The others may do nothing" in knobs and "The trunk was random" in limits
    assert "None can be told" in verdict.words(swept.sweep(settings=12, seed=1))[3]
    assert "It takes 8 settings" in verdict.words(swept.sweep(settings=4))[3]
    assert "cannot be told" in verdict.words(swept.sweep(settings=4, seeds=1))[1]


def test_a_sweep_comes_back_as_it_was_saved(tmp_path):
    sweep = swept.sweep(by_rate, settings=5)
    sweep.save(tmp_path)
    back = reading.load(tmp_path)
    assert back.about == sweep.about and list(back.table) == list(sweep.table)
    assert np.allclose(back.settings["accuracy"], sweep.settings["accuracy"], atol=1e-6)
    assert list(back.settings["experiment"]) == list(sweep.settings["experiment"])
    assert list(back.settings["frozen"]) == list(sweep.settings["frozen"])
    assert reading.load(tmp_path / "nothing") is None


def test_a_study_s_own_sweep_is_read_before_the_one_that_comes_with_the_project(tmp_path):
    study = Study("tunebook", swept.PROFILE, output=str(tmp_path))
    swept.sweep(settings=3).save(tmp_path / "committed")
    assert len(reading.find(study, tmp_path / "committed").settings) == 3
    swept.sweep(settings=5).save(reading.folder_of(study, "resnet18"))
    assert len(reading.find(study, tmp_path / "committed").settings) == 5
    with pytest.raises(FileNotFoundError, match=r"run_all\.sh sweep"):
        reading.find(Study("tunebook", swept.PROFILE, seed=1, output=str(tmp_path)), tmp_path / "nothing")


def test_the_sweep_that_comes_with_the_project_is_small_and_says_what_it_is():
    sweep = reading.load(SWEEP)
    assert (sweep.about["source"], sweep.about["profile"], sweep.about["seed"]) == ("tunebook", "quick", 0)
    assert sweep.about["architecture"] == "resnet18" and sweep.about["trunk"] and set(sweep.table["machine"])
    assert {"torch", "optuna", "numpy"} <= set(sweep.about["versions"])
    assert (sweep.table.groupby("point")["repeat"].nunique() == sweep.about["seeds"]).all()
    assert sum(path.stat().st_size for path in SWEEP.iterdir()) < 100_000
    text = "".join(path.read_text() for path in SWEEP.iterdir())
    assert "/tmp" not in text and "/home" not in text and "/root" not in text


def test_the_section_of_the_notebook_draws_the_committed_sweep_where_there_is_no_other(tmp_path):
    cells = jupytext.read(ROOT / "notebooks" / "06_results.py", fmt="py:percent").cells
    [draw] = [cell.source for cell in cells if cell.cell_type == "code" and "reading.find(study)" in cell.source]
    study = tiny.Study("tunebook", tiny.PROFILE, output=str(tmp_path))
    names = {"study": study}
    exec("from IPython.display import Markdown\nfrom songsim_lib.plots import sweep as sweep_plots\n"
         "from songsim_lib.sweep import importance, reading, verdict\n" + draw, names)
    assert (study.folder / "figures" / "sweep.png").exists()
    told = study.results()["sweep"]
    assert told["settings"] == len(reading.load(SWEEP).settings) and told["profile"] == "quick"


@pytest.mark.parametrize("settings", [3, 24])
def test_the_figure_shows_every_training_of_every_knob(settings):
    sweep = swept.sweep(by_rate, settings=settings)
    figure = plots.search(sweep, importance.importances(sweep))
    panels = {ax.get_title(loc="left"): ax for ax in figure.axes}
    for knob in sweep.knobs.values():
        drawn = np.concatenate([dots.get_offsets() for dots in panels[knob.title].collections])
        assert sorted(drawn[:, 1]) == pytest.approx(sorted(sweep.table["accuracy"]))
    shown = any("variance" in title for title in panels)
    assert shown == (settings >= importance.ENOUGH)
    figure.canvas.draw()
