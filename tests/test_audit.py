"""The audit: the original's pieces behave as they did, corrections are right, and every claim has its numbers."""

import json
import warnings
from dataclasses import asdict, replace
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from audiomentations import AddGaussianNoise, AddGaussianSNR
from scipy.stats import beta
from torch.nn import functional
from torchvision.models import resnet18

from songsim_lib import augment, covers, cutting, kept, models, results, splits, yardsticks
from songsim_lib.audit import (
    claims_covers,
    claims_yardsticks,
    counts,
    effects,
    findings,
    freezing,
    noise,
    on_covers,
    reported,
    shortcut,
    table,
    wiring,
)
from songsim_lib.audit.counts import Count
from songsim_lib.audit.original import OriginalCNN, OriginalResNet
from songsim_lib.baselines import BASELINES
from songsim_lib.config import EXPERIMENTS, REPORTED_BASELINE_LOSS
from songsim_lib.covers.evaluation import Covers
from songsim_lib.covers.heard import Heard
from songsim_lib.device import Batches
from songsim_lib.excerpts import Excerpts
from songsim_lib.metrics import Estimate
from songsim_lib.plots import audit as plots
from songsim_lib.sources import tunebook
from songsim_lib.splits import VALIDATION
from songsim_lib.systems import BASELINE, MODEL
from songsim_lib.train import Trainer
from songsim_lib.triplets import Pairs, pairs
from songsim_lib.validate import Judgement, fixed_negatives, judge

matplotlib.use("Agg")
SPEC = tiny.SPEC


# The report's scores


def test_the_reported_accuracies_are_whole_numbers_of_cases():
    assert [count.k for count in claims_covers.nearest_neighbour_counts().values()] == [30, 27, 28]
    assert [count.k for count in claims_covers.pair_counts().values()] == [80, 71, 69]


def test_the_pair_accuracies_cannot_come_from_77_pairs():
    with pytest.raises(ValueError, match=r"0\.46 is no whole number of 77"):
        Count.of_share(0.46, 77, 2)


@pytest.mark.parametrize(("k", "n"), [(47, 77), (50, 77), (69, 154), (0, 5), (5, 5)])
def test_intervals_are_those_of_clopper_and_pearson(k, n):
    estimate = Count(k, n).estimate()
    assert estimate.low == pytest.approx(beta.ppf(0.025, k, n - k + 1) if k else 0.0)
    assert estimate.high == pytest.approx(beta.ppf(0.975, k + 1, n - k) if k < n else 1.0)


def test_turned_round_the_reported_accuracies_are_those_of_facts():
    right = [count.inverted().share for count in claims_covers.nearest_neighbour_counts().values()]
    assert np.round(100 * np.array(right), 1).tolist() == [61.0, 64.9, 63.6]


def test_a_model_that_is_always_right_scores_nothing_by_the_report_s_formulas():
    near, far = np.array([0.1, 0.2, 0.3]), np.array([0.7, 0.8, 0.9])
    assert counts.nearest_neighbour_as_reported(near, far) == 0 == counts.pairs_as_reported(near, far)
    assert counts.nearest_neighbour_as_reported(far, near) == 1 == counts.pairs_as_reported(far, near)
    assert counts.pairs_right_way_round(near, far, 0.5) == 1
    assert counts.nearest_neighbour_as_reported(np.array([1.0, 1.0, 3.0]), np.array([2.0, 2.0, 2.0])) == 1 / 3


def test_the_luck_of_a_coin_is_counted_out():
    heads = [Count.of_share(percent / 100, 77, 3).k for percent in reported.COIN_PERCENT]
    assert heads == [35, 42, 31]
    drawn = np.random.default_rng(0).binomial(77, 0.5, 200_000)
    assert Count(31, 77).luck() == pytest.approx(np.mean(np.abs(drawn - 38.5) >= 7.5), abs=0.005)
    low, high = counts.coin_range(77)
    assert np.mean((drawn / 77 >= low) & (drawn / 77 <= high)) >= 0.95
    assert np.mean((drawn / 77 > low) & (drawn / 77 < high)) < 0.97


def test_the_reported_improvement_follows_from_the_reported_losses():
    best = min(EXPERIMENTS["resnet18_b32_all"].reported_loss)
    assert results.improvement(best, REPORTED_BASELINE_LOSS) == pytest.approx(reported.IMPROVEMENT_PERCENT, abs=0.01)


def test_the_report_s_baseline_is_the_margin_for_any_margin_and_any_songs():
    rng = np.random.default_rng(0)
    songs = rng.uniform(-80, 0, (40, 16, 20)).astype(np.float32)
    songs[np.arange(40), rng.integers(16, size=40), rng.integers(20, size=40)] = 0.0  # the loudest point
    data = Pairs(np.arange(20), np.arange(20, 40), np.arange(20), np.arange(20))
    judged = {name: judge(data, fixed_negatives(data, 0), BASELINES[name].embed(songs), 1.0)
              for name in ("as_reported", "band_mean_removed")}
    for margin, loss in claims_yardsticks.by_margin(judged["as_reported"]).items():
        assert loss == pytest.approx(float(margin), abs=0.03)
    copies = np.concatenate([songs[:20], songs[:20]])  # every positive is its anchor
    same = judge(data, fixed_negatives(data, 0), BASELINES["as_reported"].embed(copies), 1.0)
    right = judge(data, fixed_negatives(data, 0), BASELINES["band_mean_removed"].embed(copies), 1.0)
    assert claims_yardsticks.by_margin(same)["1"] > 0.85 and claims_yardsticks.by_margin(right)["1"] < 0.1


# The original's wiring


@pytest.fixture(scope="module")
def batch():
    torch.manual_seed(0)
    return torch.rand(reported.CNN_BATCH, 1, 128, 431) * -80


@pytest.fixture(scope="module")
def moved(batch):
    cnn = OriginalCNN().eval()
    return wiring.mixing(cnn.blocks, cnn.head, batch)


def test_32_songs_become_424_rows_of_which_24_hold_two_songs(moved):
    assert moved.shape == (reported.CNN_BATCH, reported.CNN_ROWS)
    assert (moved.sum(axis=0) == 2).sum() == 24 and moved.sum(axis=0).max() == 2 and moved.sum(axis=0).min() == 1
    assert set(moved.sum(axis=1)) == {14}


@torch.no_grad()
def test_exchanging_a_song_in_the_whole_network_moves_the_same_rows(batch):
    cnn, songs = OriginalCNN().eval(), batch[:8, :, :, :108]
    exchanged = songs.clone()
    exchanged[3] = songs[2]
    whole = (cnn(songs) - cnn(exchanged)).abs().amax(dim=1) > wiring.STANDS_STILL
    assert 1 < whole.sum() < len(whole)
    assert np.array_equal(wiring.mixing(cnn.blocks, cnn.head, songs)[3], whole.numpy())


@torch.no_grad()
def test_the_original_cnn_refuses_a_batch_that_does_not_fill_its_rows():
    with pytest.raises(RuntimeError, match="shape"):
        OriginalCNN().eval()(torch.zeros(1, 1, 128, 431))


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return resnet18(weights=None).state_dict()


def test_the_original_s_dropout_never_runs_and_ours_does(weights, batch):
    songs = batch[:3, :, :32, :44]
    assert wiring.dropout_moves(OriginalResNet(0.8, weights), songs) == 0
    assert wiring.dropout_moves(models.ResNet18(0.8, weights), songs) == 3
    assert wiring.dropout_moves(models.ResNet18(0.0, weights), songs) == 0


def test_the_original_freezes_a_random_first_convolution_and_ours_nothing_random(weights):
    original, ours = OriginalResNet(0.8, weights), models.ResNet18(0.8, weights)
    assert wiring.frozen_random(original, weights) == 0, "nothing is frozen yet"
    original.freeze()
    ours.freeze(frozenset({"conv1", "bn1", "layer1", "layer2", "layer3"}))
    assert wiring.frozen_random(original, weights) == 64 * 7 * 7
    assert wiring.frozen_random(ours, weights) == 0
    learning = {name.split(".")[1] for name, weight in original.named_parameters() if weight.requires_grad}
    assert learning == {"layer4", "fc"}


# Other noise


@pytest.fixture
def window():
    return tiny.melody(5, seconds=SPEC.window_s).astype(np.float32)[: SPEC.window_samples]


def snr_db(clean: np.ndarray, noisy: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(clean**2)) / np.sqrt(np.mean((noisy - clean) ** 2))))


@pytest.mark.parametrize("k", range(6))
def test_a_clean_positive_is_the_study_s_positive_with_its_noise_turned_off(window, k, monkeypatch):
    clean = noise.clean_positive(window, "t", SPEC, seed=0, k=k)
    whole = augment.transforms()
    silent = {noise.AMPLITUDE_NOISE: AddGaussianNoise(1e-12, 1.1e-12, p=0.5),
              noise.SNR_NOISE: AddGaussianSNR(199.0, 200.0, p=1.0)}
    monkeypatch.setattr(augment, "transforms", lambda: whole | silent)  # the same draws, noises nobody can hear
    assert np.allclose(clean, cutting.positive_clip(window, "t", SPEC, 0, k), atol=1e-6)
    assert list(augment.transforms()) == list(whole)


def test_the_study_s_own_positive_is_a_clean_one_under_5_to_10_db_of_noise(window):
    chain = augment.transforms()
    chain[noise.AMPLITUDE_NOISE].p = 0.0
    found = []
    for k in range(12):  # with the first noise off, what is left between the two is the last step's noise
        study = cutting.positive_clip(window, "t", SPEC, 0, k)
        found.append(snr_db(noise.clean_positive(window, "t", SPEC, 0, k), study))
    assert sum(4.5 < value < 10.5 for value in found) >= 3
    assert max(found) < 10.5, "every positive is noisy"


def test_noised_clips_have_5_to_10_db_of_noise_each_its_own(window):
    clip = window[: SPEC.clip_samples]
    drawn = [noise.noised(clip, track, SPEC, 0, "anchor") for track in "abcdefgh"]
    ratios = [snr_db(clip, one) for one in drawn]
    assert min(ratios) > 4.9 and max(ratios) < 10.1 and np.ptp(ratios) > 1
    assert not np.array_equal(drawn[0], noise.noised(clip, "a", SPEC, 0, "positive"))
    assert np.array_equal(drawn[0], noise.noised(clip, "a", SPEC, 0, "anchor"))


def test_what_is_kept_is_made_again_only_when_it_must_be(tmp_path):
    path, made = tmp_path / "deep" / "some.npz", []

    def make():
        made.append(1)
        return {"a": np.arange(3)}

    for made_from, times in (("x", 1), ("x", 1), ("y", 2), ("x", 3)):
        assert np.array_equal(kept.arrays(path, made_from, make)["a"], np.arange(3)) and len(made) == times
    path.write_bytes(path.read_bytes()[:40])
    assert np.array_equal(kept.arrays(path, "x", make)["a"], np.arange(3)) and len(made) == 4


# Freezing and dropout


def test_the_four_cells_differ_in_freezing_and_dropout_and_in_nothing_else():
    recipe = [{key: value for key, value in asdict(cell).items() if key not in
               {"name", "title", "figure", "reported_loss", "freezes_random"}} for cell in freezing.CELLS]
    settings = {(one.pop("trainable"), one.pop("dropout")) for one in recipe}
    assert settings == {(trainable, dropout) for trainable in ("all", "last_block") for dropout in (0.0, 0.5)}
    assert all(one == recipe[0] for one in recipe)
    assert len({cell.name for cell in freezing.CELLS} | set(EXPERIMENTS)) == len(EXPERIMENTS) + 3


@pytest.mark.parametrize("cell", freezing.CELLS, ids=lambda cell: cell.name)
def test_frozen_cells_keep_their_weights_and_statistics_through_a_step_even_without_imagenet(cell, monkeypatch, batch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    model = models.build(cell).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad], lr=1e-3)
    a, p, n = model(batch[:6, :, :64, :64]).split(2)
    functional.triplet_margin_loss(a, p, n).backward()
    optimizer.step()
    changed = {name.split(".")[0] for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    frozen = {"conv1", "bn1", "layer1", "layer2", "layer3"}
    assert {"layer4", "fc"} <= changed
    assert (changed & frozen) == (set() if cell.trainable == "last_block" else frozen)


def side(losses):
    """A judgement of which only losses matter, one a work."""
    losses = np.array(losses, dtype=float)
    return Judgement(losses, losses, losses, losses, losses, np.arange(len(losses)), np.arange(len(losses)))


def fitted(cell, heard, unheard, repeat=0):
    both = (side(heard), side(unheard))
    return freezing.Fit(cell, repeat, "random trunk", 1, Estimate(0.0, 0.0, 0.0, 1), both, both, 0.0)


def test_effects_are_differences_of_cells_on_the_same_songs():
    unfrozen_dropout, unfrozen, frozen_dropout, frozen = freezing.CELLS
    fits = [fitted(unfrozen_dropout, [0.2, 0.2], [0.3, 0.5]), fitted(unfrozen, [0.1, 0.1], [0.3, 0.5]),
            fitted(frozen_dropout, [0.2, 0.2], [0.7, 0.9]), fitted(frozen, [0.1, 0.1], [0.7, 0.9])]
    freezing_gap, freezing_loss = effects.on_gap(fits, "frozen"), effects.on_loss(fits, "frozen")
    assert freezing_gap.value == pytest.approx(0.4) == freezing_loss.value
    assert freezing_loss.low == pytest.approx(0.4) == freezing_loss.high, "every song agrees"
    assert effects.on_loss(fits, "dropout").value == pytest.approx(0.0)
    assert effects.on_gap(fits, "dropout").value == pytest.approx(-0.1)
    assert effects.gap(fits[3:]).value == pytest.approx(0.7)
    more = [replace(fit, repeat=1, last=(fit.last[0], side([0.1, 0.1]))) for fit in fits]
    assert effects.each(fits + more, lambda some: effects.on_gap(some, "frozen")) == pytest.approx([0.4, 0.0])
    assert effects.on_gap(fits + more, "frozen").value == pytest.approx(0.2)


def test_the_interval_of_a_difference_is_that_of_independent_estimates():
    a, b = Estimate(0.5, 0.4, 0.6, 10), Estimate(0.2, 0.1, 0.5, 20)
    found = effects.difference(a, b)
    assert found.value == pytest.approx(0.3) and found.n == 10
    assert (found.low, found.high) == pytest.approx((0.3 - np.hypot(0.1, 0.3), 0.3 + np.hypot(0.1, 0.1)))


# The whole audit, on a tiny study


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(models, "imagenet_weights", lambda: None)
        patch.setattr(noise, "render_all", partial(noise.render_all, workers=1))
        study = tiny.study(tmp_path_factory.mktemp("audit"), profile=replace(tiny.PROFILE, max_epochs=2))
        trained = results.train(study, [tiny.CNN], seeds=2)
        cells = results.train(study, freezing.CELLS, seeds=1)
        return study, trained, cells, findings.measure(study, trained, cells)


@pytest.fixture(scope="module")
def rows(audited):
    study, trained, _, found = audited
    return findings.rows(found, trained, yardsticks.measure(study), yardsticks.judgements(study))


def test_every_claim_has_a_source_and_no_cell_is_empty(rows):
    shown = table.table(rows)
    assert len(shown) == 9 and not shown.isna().any(axis=None)
    assert (shown.map(len) > 2).all(axis=None)
    assert shown["source of the claim"].str.contains("FACTS|report").all()
    assert not shown.map(lambda cell: "nan" in cell.lower().split()).any(axis=None)


def test_the_numbers_behind_the_words_are_plain_and_finite(rows):
    plain = table.as_dict(rows)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["mixing"]["values"]["moved_by_one_song_ours"] == [1] * reported.CNN_BATCH
    assert plain["baseline"]["values"]["as_reported_by_margin"]["1"] == pytest.approx(1, abs=0.1)
    assert plain["dropout"]["values"]["moved"] == 0 < plain["dropout"]["values"]["moved_ours"]
    assert "Random trunk frozen" in plain["freezing"]["ours"]


def test_a_claim_without_numbers_is_refused(rows):
    with pytest.raises(ValueError, match=r"chance: corrected"):
        table.table([replace(row, corrected="") if row.name == "chance" else row for row in rows])


def test_scores_on_covers_are_shown_when_they_are_known(audited):
    _, trained, _, _ = audited
    scores = {"a model": {"rearranged": Estimate(0.71, 0.6, 0.8, 9), "variant": Estimate(0.5, 0.4, 0.6, 9).as_dict()}}
    ours = claims_covers.nearest_neighbour(trained, scores).ours
    assert ours == "a model: rearranged 0.710 [0.600, 0.800], variant 0.500 [0.400, 0.600]"
    assert claims_covers.pairs(trained, scores).ours == ours != claims_covers.pairs(trained, None).ours


def test_an_oracle_is_always_right_on_covers_and_its_reverse_never():
    works = np.repeat(list("abcd"), 2)
    catalog = pd.DataFrame({"track_id": list("01234567"), "recording_id": list("01234567"), "work_id": works})
    apart = (works[:, None] != works[None]).astype(float)
    nothing = Excerpts(np.zeros((8, 1, 1), np.uint8), np.arange(8), [np.zeros((12, 1), np.float32)] * 8,
                       [np.zeros((1, 72, 1), np.uint8)] * 8)
    made = Covers(Heard(catalog, nothing, {}), {"oracle": [apart], "reverse": [1 - apart], "raw": [apart]},
                  {"oracle": "Oracle", "reverse": "Reverse", "raw": "Raw"},
                  {"oracle": MODEL, "reverse": MODEL, "raw": BASELINE})
    triplets = on_covers.triplet_accuracy({"validation": made, "test": made})
    assert {title: score["versions"].value for title, score in triplets.items()} == {"Oracle": 1, "Reverse": 0}
    accuracy = on_covers.pair_accuracy({"validation": made, "test": made})
    assert accuracy["Oracle"]["versions"].value == 1 and accuracy["Reverse"]["versions"].value <= 0.5


def test_a_source_without_covers_is_judged_on_those_of_the_embedded_corpus(audited):
    study, trained, *_ = audited
    triplets, pairs = on_covers.measure(study, trained)
    assert set(triplets[trained[0].title]) == set(pairs[trained[0].title]) == {"rearranged", "variant"}
    heard = covers.listen(study, splits.TEST)
    edition = tunebook.catalog()
    assert set(heard.catalog["track_id"]) <= set(edition["track_id"][splits.held_out(edition)])
    assert "the embedded corpus is asked for" in covers.about(study)


def test_under_the_study_s_noise_a_model_scores_what_its_training_found(audited):
    study, trained, _, found = audited
    [model] = trained
    assert len(found.noise.judged[model.title][shortcut.STUDY]) == 2, "one judgement for each training"
    assert found.noise.loss(model.title, shortcut.STUDY).value == pytest.approx(model.loss.value, abs=1e-5)
    flat = BASELINES["flat_l2"].title
    assert found.noise.loss(flat, shortcut.STUDY).value == pytest.approx(
        yardsticks.measure(study)["flat_l2"]["triplet_loss"]["value"], abs=1e-5)
    assert found.noise.change(model.title, shortcut.STUDY).value == 0
    assert found.noise.accuracy(flat, shortcut.CLEAN).value >= found.noise.accuracy(flat, shortcut.STUDY).value


def test_the_three_kinds_of_noise_differ_in_the_clips_they_say(audited):
    study, *_ = audited
    data = shortcut.songs(study)
    clips = shortcut.clips(study, data)
    assert shortcut.CONDITIONS[shortcut.STUDY][0] == shortcut.CONDITIONS[shortcut.CLEAN][0] == "anchor"
    window = cutting.recording_window(study.catalog().set_index("track_id").loc[data.track_ids[0], "path"],
                                      data.track_ids[0], study.spec, study.seed)
    median = {kind: np.median(levels.astype(float), axis=(1, 2)).mean() for kind, levels in clips.items()}
    assert max(median["anchor"], median["clean_positive"]) < min(median["noised_anchor"], median["noised_positive"])
    assert np.array_equal(clips["anchor"][0], noise.quantise(
        noise.log_mel(window[: study.spec.clip_samples], study.spec), study.spec))


def test_measuring_again_renders_and_embeds_nothing_anew(audited, monkeypatch):
    study, trained, cells, found = audited
    monkeypatch.setattr(noise, "render_all", lambda *_: pytest.fail("rendered again"))
    monkeypatch.setattr(freezing, "_embed", lambda *_: pytest.fail("embedded again"))
    again = freezing.measure(study, cells)
    assert [fit.last[0].loss for fit in again] == [fit.last[0].loss for fit in found.fits]
    assert shortcut.measure(study, trained).as_dict() == found.noise.as_dict()


def test_training_and_validation_songs_are_judged_alike(audited):
    study, _, cells, found = audited
    sizes = {len(one.losses) for fit in found.fits for one in (*fit.best, *fit.last)}
    assert sizes == {len(pairs(study.catalog(), study.store(), VALIDATION).first())}
    for fit, cell in zip(found.fits, cells, strict=True):
        assert fit.best[1].loss == pytest.approx(cell.loss.value, abs=1e-4), "the same songs as in training"
        assert fit.last[1].loss == pytest.approx(cell.history["validation_loss"].iloc[-1], abs=0.02)


# Figures


def test_the_figure_of_mixing_marks_as_many_rows_as_straddle(moved):
    figure = plots.mixing(moved, np.eye(reported.CNN_BATCH, dtype=bool))
    [shown, ours] = [figure.axes[i].images[0].get_array() for i in (0, 1)]
    assert (shown == 2).any(axis=0).sum() == 24 and (ours == 2).sum() == 0 and (ours == 1).sum() == 32
    assert "24 of 424" in figure.get_supxlabel()


def test_the_figure_of_the_accuracies_shows_both_ways_round_and_the_line_of_guessing():
    [ax] = plots.turned_round(*claims_covers.both_ways(), [0.4, 0.5]).axes
    drawn = {round(float(x), 3) for line in ax.lines for x in np.ravel(line.get_xdata())}
    assert {0.39, 0.351, 0.364, 0.61, 0.649, 0.636, 0.5, 0.519, 0.461, 0.448, 0.481, 0.539, 0.552} <= drawn
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [*2 * [*reported.PAIR_ACCURACY], "guessing, by coin"]


def test_the_figures_of_noise_and_of_gaps_hold_every_system_and_training(audited):
    _, _, _, found = audited
    scores = found.noise.accuracies()
    [ax] = plots.noise_conditions(scores, "accuracy", chance=0.5).axes
    assert len(ax.containers) == len(scores) * len(shortcut.CONDITIONS)
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {*shortcut.CONDITIONS, "guessing"}
    [ax] = plots.gaps(effects.both_sides(found.fits + found.fits)).axes
    assert ax.get_xlim()[0] == 0 and len({line.get_ydata()[0] for line in ax.lines if len(line.get_xdata()) == 2}) == 8
    assert [tick.get_text().replace("\n", " ") for tick in ax.get_yticklabels()] == [*effects.cells(found.fits)]


def test_a_trainer_takes_a_cell_as_any_experiment(audited, monkeypatch):
    study, *_ = audited
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    data = pairs(study.catalog(), study.store(), VALIDATION)
    made = Trainer(models.build(freezing.FROZEN), freezing.FROZEN, study.profile,
                   Batches(study.store().features, study.spec, torch.device("cpu")), data, data,
                   fixed_negatives(data, 0), 0)
    before = made.model.conv1.weight.clone()
    made.model.train()
    made.step(made.data[np.concatenate([data.anchors[:4], data.positives[:4]])], np.array([1, 2, 3, 0]))
    assert torch.equal(before, made.model.conv1.weight)
