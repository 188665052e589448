"""What the network learns from holds no test work; what is left out, what is published, follow from what was found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from songsim_lib import splits
from songsim_lib.checkpoint import CheckpointError
from songsim_lib.composition import ablation, card, corpus, pretrained
from songsim_lib.composition.network import CompositionNet
from songsim_lib.composition.recipe import Recipe
from songsim_lib.config import AudioSpec
from songsim_lib.files import read_json, write_json
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import tunebook

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def edition():
    table = tunebook.catalog()
    return table.assign(split=splits.split_by_work(table, 0))


@pytest.fixture
def full_size(monkeypatch, edition):
    """A full size in which works have other names, and one joins a test score with a score that is new."""
    test = edition[edition["split"] == splits.TEST].iloc[0]
    made = edition.assign(work_id="full-" + edition["work_id"], test=False,
                          **{name: "full-" + edition[name] for name in ("track_id", "recording_id")})
    new = made.iloc[[0]].assign(track_id="new", recording_id="new", score_id="new", work_id=f"full-{test['work_id']}")
    table = pd.concat([made, new], ignore_index=True).drop(columns="split")
    monkeypatch.setattr(corpus.tunebook, "source", lambda choice, cache, seed: table)
    return SourceChoice.of("tunebook:size=full")


def test_no_work_that_is_tested_or_chosen_by_is_learned_from(edition, tmp_path):
    made, validation = corpus.catalogs(SourceChoice.of("tunebook"), tmp_path, 0)
    unseen = edition[edition["split"] != splits.TRAIN]
    assert not set(made["score_id"]) & set(unseen["score_id"]) and not made["kept"].any()
    assert set(made["work_id"]) == set(edition.loc[edition["split"] == splits.TRAIN, "work_id"])
    assert set(validation["track_id"]) == set(edition.loc[edition["split"] == splits.VALIDATION, "track_id"])


def test_the_full_size_leaves_out_every_score_of_such_a_work_and_is_joined_by_the_edition(full_size, edition, tmp_path):
    made, _ = corpus.catalogs(full_size, tmp_path, 0)
    assert "new" not in set(made["track_id"]), "it is of a work of which another score is tested"
    own = edition[edition["split"] == splits.TRAIN]
    assert len(made) == 2 * len(own) and made["track_id"].is_unique and made["recording_id"].is_unique
    assert set(made["work_id"]) == set("full-" + own["work_id"]), "both name works alike"


def test_of_the_full_size_whole_works_are_kept_to_choose_by(full_size, edition, tmp_path):
    made, _ = corpus.catalogs(full_size, tmp_path, 0)
    assert (made.groupby("work_id")["kept"].nunique() == 1).all()
    works = made.groupby("work_id").agg(kept=("kept", "first"), scores=("score_id", "nunique"))
    shares = works.groupby(works["scores"] > 1)["kept"].mean()
    assert 0.01 < shares[False] < 0.08 and 0.08 < shares[True] < 0.35


@pytest.fixture(scope="module")
def small(edition, tmp_path_factory):
    """Six recordings to learn from and six of three works to choose by."""
    versions = edition[splits.has_versions(edition)]
    several = versions[versions["work_id"].isin(versions["work_id"].unique()[:3])].groupby("work_id").head(2)
    one_more = edition.iloc[[6]].assign(kept=True)
    made = pd.concat([edition.head(6).assign(kept=False), one_more], ignore_index=True)
    chosen = made, several.reset_index(drop=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "catalogs", lambda *_: chosen)
        return corpus.corpus(SourceChoice.of("tunebook"), AudioSpec(), tmp_path_factory.mktemp("cache"), 0)


def test_every_recording_is_there_as_rendered_and_worn(small):
    clips = small.clips
    assert len(clips.levels) == len(clips.works) == len(clips.recordings) == 12
    assert np.array_equal(clips.recordings[:6], clips.recordings[6:]) and len(set(clips.recordings)) == 6
    assert len(clips.scores) == len(set(clips.works)) and clips.works.max() == len(clips.scores) - 1
    assert not np.array_equal(clips.levels[:6], clips.levels[6:])
    assert len(small.validation) == len(small.levels) == 7
    plain = small.as_rendered()
    assert np.array_equal(plain.clips.levels, clips.levels[:6]) and plain.key != small.key


def test_an_ablation_judges_every_variation_and_compares_it_with_the_whole(small, tmp_path):
    asked = []

    def train(recipe, found, folder):
        asked.append((folder.name, recipe, len(found.clips.levels)))
        torch.manual_seed(len(asked))
        return CompositionNet((8, 8, 16, 16)).eval()

    recipe = Recipe(steps=7)
    result = ablation.ablate(recipe, lambda mel: small, train, tmp_path, CPU)
    kept = read_json(tmp_path / "ablation.json")
    assert kept["variations"] == result["variations"] and kept["recipe"]["steps"] == 7
    assert [name for name, *_ in asked] == list(result["variations"]) == list(ablation.VARIATIONS)
    assert dict(zip(ablation.VARIATIONS, (n for *_, n in asked), strict=True)) == {
        name: 6 if name == "wear" else 12 for name in ablation.VARIATIONS}
    for name, changed, _ in asked:
        assert changed == replace(recipe, **ablation.VARIATIONS[name].change)
    for name, row in result["variations"].items():
        for group, scores in row["scores"].items():
            whole = result["variations"]["full"]["scores"][group]
            gap = row["difference"][group]
            assert gap["value"] == pytest.approx(scores["map"]["value"] - whole["map"]["value"]), name
            assert gap["n"] == scores["map"]["n"] > 0


@pytest.fixture
def published(small, tmp_path, monkeypatch):
    torch.manual_seed(0)
    net, runs = CompositionNet().eval(), tmp_path / "runs"
    (runs / "training" / small.key).mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="run the step `ablate` first"):
        card.publish(net, Recipe(steps=2), small, "tunebook:size=full", runs, tmp_path, CPU, tmp_path / "shipped")
    write_json(runs / "ablation" / "ablation.json", {"variations": {}})
    pd.DataFrame({"step": [1, 2], "seconds": [1800.0, 5400.0]}).to_csv(runs / "training" / small.key / "history.csv")
    monkeypatch.setattr(card, "unseen", lambda *_: (small.validation, small.levels))
    card.publish(net, Recipe(steps=2), small, "tunebook:size=full", runs, tmp_path, CPU, tmp_path / "shipped")
    return net, tmp_path / "shipped"


def test_what_is_published_is_small_and_says_where_it_is_from(published):
    net, folder = published
    assert (folder / pretrained.WEIGHTS).stat().st_size < 6e6
    half = pretrained.load_pretrained(folder)
    for name, tensor in net.state_dict().items():
        assert torch.allclose(half.state_dict()[name].float(), tensor.float(), atol=2e-3, rtol=2e-3), name
    facts, page = read_json(folder / "card.json"), (folder / "README.md").read_text()
    assert facts["trained"]["hours"] == 1.5 and facts["trained"]["recordings"] == 6
    assert facts["test"] == facts["validation"], "here they are the same recordings"
    for told in ("1.5 hours", "tunebook:size=full", "6 synthesized recordings"):
        assert told in page
    group, scores = next(iter(facts["test"].items()))
    assert f"| test works, {group} | {scores['map']['n']} |" in page


def test_weights_that_are_absent_or_of_another_network_are_refused(published, tmp_path):
    _, folder = published
    with pytest.raises(CheckpointError, match=r"composition\.safetensors does not hold this network's weights"):
        pretrained.load_pretrained(tmp_path / "nowhere")
    pretrained.save_half(CompositionNet((8, 8, 16, 16)), folder)
    with pytest.raises(CheckpointError, match="does not hold"):
        pretrained.load_pretrained(folder)
    assert all(tensor.dtype == torch.float16 for name, tensor in load_file(folder / pretrained.WEIGHTS).items()
               if "num_batches" not in name)
