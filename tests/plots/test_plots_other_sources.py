"""Notebook 01 draws any source: a folder of files that nothing is known of, and the report's csv with all it knows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import song_csv
from test_plots_catalog import words

from songsim_lib.engrave import family
from songsim_lib.plots import catalog, corpus, metadata, variants
from songsim_lib.sources import music_info


@pytest.fixture
def files() -> pd.DataFrame:
    """A folder's catalog at its barest."""
    return pd.DataFrame({"track_id": list("abc"), "title": list("abc"), "artist": "", "work_id": ["1", "1", "2"],
                         "recording_id": list("abc"), "path": list("abc"), "split": ["train", "train", "validation"]})


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The csv of the report, with 2,000 invented songs."""
    path = song_csv.write(tmp_path_factory.mktemp("csv") / "Music Info.csv", song_csv.rows(2_000))
    return music_info.load(path)


def test_every_figure_of_the_notebook_is_drawn_of_files_that_nothing_is_known_of(files):
    pairs = family.confirmed("folder")
    said = {name: words(figure) for name, figure in {
        "repertoires": corpus.repertoires(files), "composers": corpus.composers(files), "keys": corpus.keys(files),
        "meters": corpus.meters_instruments(files), "genres": catalog.genres_years(files),
        "tags": catalog.tag_counts(files), "metadata": metadata.metadata(files),
        "versions": catalog.versions_per_work(files), "splits": catalog.splits(files),
        "variants": variants.variant_groups(pairs)}.items()}
    for name in ("repertoires", "keys", "meters", "genres", "tags"):
        assert "in this catalog" in said[name], name
    assert "none of the thirteen columns" in said["metadata"] and "No confirmed variants" in said["variants"]
    assert "2 works, 3 recordings" in said["versions"] and "train (1)" in said["splits"]
    assert variants.summary(pairs) == {} and family.find(pairs) == [] and variants.groups(pairs).empty


def test_all_thirteen_numbers_of_the_reports_csv_are_drawn(songs):
    drawn, missing = metadata.columns_of(songs)
    assert sorted(drawn) == sorted(set(music_info.NUMBERS) - {"year"}) and len(drawn) == 13 and missing == []
    figure = metadata.metadata(songs)
    assert len([ax for ax in figure.axes if ax.patches]) == 13
    assert "Not in this catalog" not in words(figure)


def test_every_song_of_the_csv_is_in_each_distribution(songs):
    for ax in metadata.metadata(songs).axes[:13]:
        assert sum(bar.get_height() for bar in ax.patches) == len(songs), ax.get_xlabel()


def test_a_few_songs_of_an_hour_leave_room_for_the_others_and_are_counted():
    minutes = pd.Series([*[3.0, 4.0, 5.0, 3.5] * 500, 60.0, 59.0])
    ax = metadata.distribution(minutes * 60_000, metadata.COLUMNS["duration_ms"]).axes[0]
    assert sum(bar.get_height() for bar in ax.patches) == 2_000 and ax.get_xlim()[1] < 600
    assert "n = 2,002, 2 of them beyond the axis" in words(ax.figure)


def test_where_values_are_many_or_near_none_is_left_out():
    for minutes in ([3.0] * 100 + [60.0] * 3, [3.0, 4.0, 60.0], [3.0] * 2_000 + [60.0]):
        ax = metadata.distribution(pd.Series(minutes) * 60_000, metadata.COLUMNS["duration_ms"]).axes[0]
        assert sum(bar.get_height() for bar in ax.patches) == len(minutes)


def test_the_genres_and_years_of_the_csv_are_those_of_its_rows(songs, tmp_path: Path):
    left, right = catalog.genres_years(songs).axes
    lengths = dict(zip([label.get_text() for label in left.get_yticklabels()],
                       [bar.get_width() for bar in left.patches], strict=True))
    rows = song_csv.rows(2_000)
    assert lengths["Rock"] == (rows["genre"] == "Rock").sum()
    assert sum(lengths.values()) == (rows["genre"] != "").sum()
    assert sum(bar.get_height() for bar in right.patches) == 2_000
    assert f"{(rows['genre'] == '').sum():,} without a genre" in words(left.figure)


def test_the_tags_of_the_csv_are_counted_one_by_one(songs):
    ax = catalog.tag_counts(songs).axes[0]
    assert len(ax.patches) == 20 and ax.patches[0].get_width() == sum("rock" in tags for tags in songs["tags"])


def test_keys_and_splits_are_drawn_of_songs_from_the_csv(songs):
    assert f"n = {len(songs):,}" in words(corpus.keys(songs))
    assert f"train ({songs['work_id'].nunique():,})" in words(catalog.splits(songs.assign(split="train")))
