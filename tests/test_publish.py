"""What the README shows is what a results file says."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from songsim_lib import publish, readme
from songsim_lib.composition.together import TOGETHER
from songsim_lib.files import read_json
from songsim_lib.listen import data_uri
from songsim_lib.paths import ROOT
from songsim_lib.systems import COMPOSITION


@pytest.fixture
def published():
    return read_json(publish.RESULTS)


def test_the_readme_s_numbers_are_those_of_the_results_file():
    page = publish.README.read_text(encoding="utf-8")
    assert publish.filled(page) == page, "run python -m songsim_lib.publish"


def test_every_published_model_beats_flat_log_mel_and_one_training_reaches_a_quarter(published):
    """The bars of the quick profile, on the committed run: the means of all models, and the best single training."""
    summary = published["summary"]
    flat = summary["baselines"]["flat_l2"]
    assert len(summary["runs"]) == 3
    for run in summary["runs"].values():
        assert run["validation"]["triplet_loss"]["value"] < flat["triplet_loss"]["value"]
        assert run["validation"]["triplet_accuracy"]["value"] > flat["triplet_accuracy"]["value"]
    losses = [one["best_validation_loss"] for run in summary["runs"].values() for one in run["repeats"]]
    assert min(losses) <= 0.25


def test_published_numbers_carry_data_seed_n_interval_and_caveats(published):
    summary = published["summary"]
    assert summary["data"] and isinstance(summary["seed"], int) and published["caveats"]
    for run in summary["runs"].values():
        loss = run["validation"]["triplet_loss"]
        assert loss["low"] < loss["value"] < loss["high"] and loss["n"] == run["validation_triplets"]


def test_every_published_model_was_trained_three_times(published):
    assert published["summary"]["seeds"] == 3
    for run in published["summary"]["runs"].values():
        losses = [one["best_validation_loss"] for one in run["repeats"]]
        assert len(set(losses)) == run["seeds"] == 3
        assert run["best_validation_loss"] == pytest.approx(sum(losses) / 3, abs=1e-5)
        assert run["validation"]["triplet_loss"]["range"] == pytest.approx([min(losses), max(losses)], abs=1e-5)


def found(seeds):
    """What a results file of one baseline and one model holds."""
    def score(value, **more):
        return {name: {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 67, **more}
                for name in readme.COLUMNS}

    spread = [0.3, 0.6] if seeds > 1 else [0.4, 0.4]
    run = {"title": "CNN", "seeds": seeds, "train_triplets": 293, "validation_triplets": 67, "train_works": 222,
           "validation_works": 56, "validation": score(0.4, range=spread)}
    return {"caveats": ["synthetic sound"], "summary": {
        "source": "tunebook", "profile": "quick", "seed": 0, "seeds": seeds, "device": "a CPU", "torch": "2",
        "chance": {"triplet_accuracy": 0.5, "positive_rank": 34.0, "positive_first": 1 / 67},
        "baselines": {"flat": {"title": "flat"} | score(0.7)}, "runs": {"cnn": run}}}


@pytest.mark.parametrize("seeds, cell, said", [
    (1, "0.400 [0.300, 0.500]", "trained once: 293 training and n = 67 validation triplets of 222 and 56 works"),
    (3, "0.400 [0.300, 0.500] (0.300–0.600)", "Models: means over 3 trainings that differ in their seed alone."),
])
def test_the_readme_s_table_has_chance_baselines_and_models_with_interval_and_range(seeds, cell, said):
    text = readme.results_table(found(seeds))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert rows == ["| system | triplet loss | triplet accuracy | ranked first |",
                    "| chance (analytic) | – | 0.500 | 0.015 |",
                    "| flat |" + 3 * " 0.700 [0.600, 0.800] |", f"| **CNN** |{3 * f' {cell} |'}"]
    assert said in text and ("parentheses" in text) == (seeds > 1) and "- synthetic sound" in text


def test_the_covers_table_has_every_system_and_counts_what_the_intervals_say(published):
    text = readme.covers_table(published)
    for one in published["07_covers"]["groups"].values():
        assert all(scores["title"] in text for scores in one["scores"].values())
        assert f"{one['scores']['qmax']['map']['value']:.3f}" in text and f"n = {one['queries']} of" in text
    group, one = next(iter(published["07_covers"]["groups"].items()))
    gaps = [row["difference"] for row in one["differences"] if row["baseline"] == "qmax"]
    better, worse = sum(gap["low"] > 0 for gap in gaps), sum(gap["high"] < 0 for gap in gaps)
    assert f"OTI + Qmax: {better} better, {worse} worse" in text.split(f"*{group}*")[1].splitlines()[0]


def test_the_covers_table_has_the_composition_model_and_what_sets_it_apart_from_qmax(published):
    text = readme.covers_table(published)
    for group, one in published["08_beyond"]["groups"].items():
        for name in (COMPOSITION, TOGETHER):
            scores = one["scores"][name]
            row = next(line for line in text.splitlines() if line.startswith(f"| **{scores['title']}** |"))
            assert f"{scores['map']['value']:.3f}" in row and f"- On *{group}* the {scores['title']} is" in text


def test_an_interval_of_no_width_is_not_left_to_speak_for_itself(published):
    text = readme.covers_table(published)
    perfect = text.count("| 1.000 [1.000, 1.000]")
    assert perfect and text.count("its interval has no width") == perfect
    for group in (*published["07_covers"]["groups"].values(), *published["08_beyond"]["groups"].values()):
        for scores in group["scores"].values():
            scores["map"]["low"] -= 0.01
    assert "no width" not in readme.covers_table(published)


def test_a_random_trunk_is_named_wherever_its_numbers_are_shown(published):
    page = publish.README.read_text(encoding="utf-8")
    random = [run for run in published["summary"]["runs"].values() if run["trunk"] == "random trunk"]
    assert all(f"{run['title']}" in page and "random trunk" in run["title"] for run in random)
    assert not random or any("Random trunk" in caveat for caveat in published["caveats"])


def test_the_report_s_figures_are_committed():
    names = {path.stem for path in publish.RESULTS.parent.glob("*.png")}
    assert {"genres_years", "tag_counts", "metadata", "mel_spec_example", "resnet18_architecture", "cnn_architecture",
            "resnet-loss-plot-64-frozen", "resnet-loss-plot-batch32-not-frozen", "cnn_batch32"} <= names
    assert sum(name.startswith("distance-distribution") for name in names) == 3


def test_what_the_example_report_links_to_and_shows_is_there():
    page = BeautifulSoup((ROOT / "images" / "report.html").read_text("utf-8"), "html.parser")
    targets = {tag.get("href") or tag.get("src") for tag in page.select("[href], [src]")}
    local = {target.split("#")[0] for target in targets if not re.match(r"https?:|data:|#|about:", target)}
    assert len(local) > 50 and [target for target in local if not (ROOT / "images" / target).is_file()] == []


def test_an_unfinished_study_is_not_published(tmp_path):
    (tmp_path / "results.json").write_text(json.dumps({"data": {}}))
    with pytest.raises(FileNotFoundError, match="no 07_covers, 08_beyond, 09_compare, 10_search, summary"):
        publish.copy_run(tmp_path)


def test_figures_and_notation_replace_those_of_the_run_before(tmp_path, monkeypatch):
    shown, study = tmp_path / "images", tmp_path / "study"
    for path in (shown / "old.png", shown / "old.svg", study / "figures" / "new.png", study / "figures" / "new.svg"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"<svg/>")
    Image.effect_noise((40, 30), 50).save(study / "figures" / "new.png")
    Image.effect_noise((40, 30), 50).save(study / "figures" / "covers_worst_1.png")  # nothing without its players
    (study / "results.json").write_text(json.dumps({name: {} for name in publish.FINISHED} | {
        "summary": {"source": "tunebook"}}))
    picture, other = (f"<img src='{data_uri(content, 'image/png')}'>" for content in (
        (study / "figures" / "new.png").read_bytes(), (study / "figures" / "covers_worst_1.png").read_bytes()))
    (study / "report.html").write_text('<meta http-equiv="Content-Security-Policy" content="x"><p class="lead"></p>'
                                       f"<main>{picture}{other}<details>code</details><audio></audio></main>"
                                       f"{Path.home()}/.cache {study}<script>1</script>")
    monkeypatch.setattr(publish, "RESULTS", shown / "results.json")
    publish.copy_run(study)
    assert {path.name for path in shown.iterdir()} == {"new.png", "new.svg", "results.json", "report.html",
                                                       "config.json"}
    page = (shown / "report.html").read_text("utf-8")
    assert 'src="new.png"' in page and "not part of the example" in page
    assert not any(left in page for left in ("data:image", "<script", "<audio", "<details", str(Path.home()),
                                             str(study)))
    with Image.open(shown / "new.png") as small:
        assert small.size == (40, 30) and len(small.getcolors()) <= publish.COLOURS


def test_a_run_on_scores_for_research_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "RESULTS", tmp_path / "images" / "results.json")
    run = {name: {} for name in publish.FINISHED} | {"summary": {"source": "tunebook:size=full,research=yes"}}
    (tmp_path / "results.json").write_text(json.dumps(run))
    with pytest.raises(ValueError, match="NEVER REDISTRIBUTE"):
        publish.copy_run(tmp_path)
    assert not (tmp_path / "images").exists()
