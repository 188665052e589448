"""The catalog refuses what the study could not use, by column and row."""

import pandas as pd
import pytest

from songsim_lib import catalog
from songsim_lib.catalog import CatalogError


def songs(n: int = 6) -> pd.DataFrame:
    return pd.DataFrame({"track_id": [f"t{i}" for i in range(n)], "title": "Reel", "artist": "Trad.",
                         "work_id": [f"w{i // 2}" for i in range(n)], "recording_id": [f"r{i}" for i in range(n)],
                         "path": [f"{i}.opus" for i in range(n)], "tags": [["reel"]] * n})


@pytest.mark.parametrize("column", catalog.REQUIRED)
def test_a_missing_column_is_named(column):
    with pytest.raises(CatalogError, match=column):
        catalog.validate(songs().drop(columns=column))


def test_a_catalog_needs_sound():
    with pytest.raises(CatalogError, match=r"`path`.*`url`"):
        catalog.validate(songs().drop(columns="path"))


def test_repeated_ids_are_named():
    table = songs()
    table.loc[3, "track_id"] = "t1"
    with pytest.raises(CatalogError, match=r"unique.*t1"):
        catalog.validate(table)


def test_an_empty_work_is_refused_with_its_row():
    table = songs()
    table.loc[4, "work_id"] = None
    with pytest.raises(CatalogError, match=r"work_id.*4"):
        catalog.validate(table)


def test_an_empty_catalog_is_refused():
    with pytest.raises(CatalogError, match="no rows"):
        catalog.validate(songs(0))


def test_a_catalog_comes_back_as_it_was_saved(tmp_path):
    catalog.save(songs(), tmp_path / "catalog.parquet")
    back = catalog.load(tmp_path / "catalog.parquet")
    assert back["tags"].tolist() == [["reel"]] * 6
    assert back["track_id"].tolist() == songs()["track_id"].tolist()


def test_a_catalog_finds_the_project_s_recordings_where_the_project_was_moved_to(tmp_path, monkeypatch):
    paths = [str(catalog.ROOT / "data" / "a.opus"), "/music/b.opus", "c.opus"]
    catalog.save(songs(3).assign(path=paths), tmp_path / "catalog.parquet")
    assert catalog.load(tmp_path / "catalog.parquet")["path"].tolist() == paths
    monkeypatch.setattr(catalog, "ROOT", tmp_path / "moved")
    moved = [str(tmp_path / "moved" / "data" / "a.opus"), *paths[1:]]
    assert catalog.load(tmp_path / "catalog.parquet")["path"].tolist() == moved


def test_a_file_that_is_no_catalog_is_named(tmp_path):
    with pytest.raises(CatalogError, match="no catalog"):
        catalog.load(tmp_path / "catalog.parquet")
    (tmp_path / "catalog.parquet").write_bytes(b"not Parquet")
    with pytest.raises(CatalogError, match=r"catalog\.parquet is not a readable"):
        catalog.load(tmp_path / "catalog.parquet")


def test_a_sample_keeps_works_whole_and_is_the_same_for_a_seed():
    table = songs(40)
    chosen = catalog.sample_works(table, max_tracks=11, seed=3)
    assert len(chosen) == 10
    assert (chosen.groupby("work_id").size() == 2).all()
    assert chosen.equals(catalog.sample_works(table, max_tracks=11, seed=3))
    assert not chosen.equals(catalog.sample_works(table, max_tracks=11, seed=4))
