"""Real recordings: what finds covers among them, on the part of a local collection that may be looked at."""

import pytest
from support import ROOT

from songsim_lib import catalog as catalogs
from songsim_lib import covers, systems
from songsim_lib.covers import evaluation, heard, verdict
from songsim_lib.sources import folder, tunebook
from songsim_lib.study import Study

MUSIC = ROOT.parent / "shared" / "music"
WORKS = 30


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    if not (MUSIC / "index.csv").is_file():
        pytest.skip("no collection of real recordings beside the project")
    dev = folder.catalog(MUSIC, "dev").query("asks")
    versions = dev[dev.groupby("work_id")["recording_id"].transform("nunique") > 1]
    chosen = dev[dev["work_id"].isin(versions["work_id"].drop_duplicates().iloc[::2][:WORKS])]
    study = Study("tunebook", "smoke", output=str(tmp_path_factory.mktemp("study")))
    catalogs.save(tunebook.catalog().head(10), study.store_folder / "catalog.parquet")  # what its models know
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heard.folders, "catalog", lambda *_: chosen.reset_index(drop=True))
        patch.setattr(heard, "LONGEST_S", 20.0)
        return covers.of_folder(study, systems.baselines(study), MUSIC, "dev")


def test_what_hears_pitch_finds_real_covers_and_raw_spectrograms_do_not(found):
    labels = found.heard.everyone
    assert set(found.heard.groups) == {"versions"} and not found.heard.failed
    mean = {name: scores["map"]["value"] for name, scores in found.scores(labels).items()}
    assert mean["qmax"] > 0.8 and mean["qmax"] > mean["fourier2d"] > mean["flat_l2"] and mean["fourier2d"] > 0.4


def test_the_table_of_a_folder_has_every_system_and_chance(found):
    table = evaluation.table(found, found.heard.everyone)
    titles = [title for name, title in systems.TITLES.items() if name != systems.COMPOSITION]  # of the baselines
    assert table["system"].tolist() == [evaluation.CHANCE, *titles]
    assert "recordings were heard; 0 could not be used" in covers.about_folder(found.heard)


def test_encodes_of_one_recording_are_never_each_other_s_answer(found):
    labels = found.heard.everyone
    for query in labels.queries.nonzero()[0]:
        answers = (labels.works == labels.works[query]) & (labels.recordings != labels.recordings[query])
        assert labels.n_relevant[query] == answers.sum() > 0


def test_a_folder_has_no_models_and_so_no_verdict(found):
    assert verdict.differences(found, found.heard.everyone).empty
