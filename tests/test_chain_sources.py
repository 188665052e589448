"""The whole chain on music of one's own: a folder, and the report's csv with sound from a loopback server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
import song_csv
from fake_services import SPOTIFY_SOUND, Services, Sold
from loopback import Answer, Loopback
from support import run_cli

from songsim_lib.files import read_json
from songsim_lib.sources import tunebook
from songsim_lib.splits import has_versions

pytestmark = pytest.mark.stress  # two minutes and more for each, as long as the study itself


def finished(output: Path, result) -> dict:
    """What the study in `output` has found; its report must be there."""
    assert result.returncode == 0, f"{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    report = Path(result.stdout.strip().splitlines()[-1])
    assert report.is_file() and report.parent.parent == output / "runs"
    found = read_json(report.parent / "results.json")
    assert {"data", "01_eda", "summary", "audit", "07_covers"} <= set(found)
    return found


def test_the_chain_runs_on_a_folder_of_60_files(tmp_path):
    recordings = tunebook.catalog()
    for row in recordings.sort_values("work_id").head(60).itertuples():
        place = tmp_path / "music" / row.work_id
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(row.path, place)
    (tmp_path / "music" / "broken.mp3").write_bytes(b"<html>not music</html>")
    output = tmp_path / "out"
    found = finished(output, run_cli("--source", "folder", "--folder", str(tmp_path / "music"), "--profile", "smoke",
                                     "--output", str(output)))
    assert found["summary"]["source"] == f"folder:folder={tmp_path / 'music'}"
    assert found["data"]["recordings"] > 30


def test_the_chain_runs_on_music_info_with_sound_from_three_places(tmp_path, monkeypatch):
    rows = song_csv.rows(200)
    csv = song_csv.write(tmp_path / "Music Info.csv", rows)
    sounds = [Path(path).read_bytes() for path in tunebook.catalog()["path"].head(len(rows))]
    sold = [Sold(i, row.artist, row.name_, row.duration_ms / 1_000, sounds[i])
            for i, row in enumerate(rows.rename(columns={"name": "name_"}).itertuples())]
    with Loopback() as internet:
        monkeypatch.setenv("SONGSIM_MIRROR", internet.address)
        Services(internet, deezer=sold[0::4], itunes=sold[1::4])
        for i in range(2, len(rows), 4):  # and every fourth song is nowhere
            link = rows["spotify_preview_url"][i].split("/")[-1].split("?")[0]
            internet.add(SPOTIFY_SOUND, f"/mp3-preview/{link}", Answer(sounds[i]))
        output = tmp_path / "out"
        found = finished(output, run_cli("--source", "music_info", "--csv", str(csv), "--profile", "smoke",
                                         "--output", str(output)))
    counts = read_json(output / "cache" / "downloads" / "music_info" / "found.json")
    assert 40 <= counts["found"] <= 48 and set(counts["found_at"]) == {"link", "deezer", "itunes"}
    assert found["01_eda"]["columns_missing"] == [] and len(found["01_eda"]["columns_drawn"]) == 13


def test_the_chain_runs_on_a_list_of_covers_with_covers_as_positives(tmp_path, monkeypatch):
    recordings = tunebook.catalog()
    songs = recordings[has_versions(recordings)].sort_values("work_id").head(80).reset_index(drop=True)
    listed = pd.DataFrame({"work": songs["work_id"], "title": songs["title"], "performer": "Band " + songs["track_id"]})
    csv = tmp_path / "covers.csv"
    listed.to_csv(csv, index=False)
    sold = [Sold(i, row.performer, row.title, 30, Path(songs["path"][i]).read_bytes())
            for i, row in enumerate(listed.itertuples())]
    with Loopback() as internet:
        monkeypatch.setenv("SONGSIM_MIRROR", internet.address)
        Services(internet, deezer=sold[:60], itunes=sold[60:70])
        output = tmp_path / "out"
        found = finished(output, run_cli("--source", "versions", "--csv", str(csv), "--profile", "smoke",
                                         "--output", str(output)))
    run = next(iter(found["summary"]["runs"].values()))
    assert run["train_triplets"] > found["data"]["recordings"], "no cover was a positive"
    assert set(found["07_covers"]["groups"]) == {"versions"}
