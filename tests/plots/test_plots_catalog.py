"""The catalog's figures show what is there, count it right, and say what is not there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from songsim_lib.plots import catalog, metadata


def words(figure) -> str:
    """All text in a figure."""
    texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return " ".join(" ".join(texts).split())


def test_the_length_of_each_bar_is_the_number_of_recordings_of_the_genre(recordings):
    bars = catalog.genres_years(recordings).axes[0]
    names = [label.get_text() for label in bars.get_yticklabels()]
    lengths = dict(zip(names, [bar.get_width() for bar in bars.patches], strict=True))
    assert lengths["reel"] == 3 and lengths["jig"] == 1


def test_recordings_without_genre_or_year_are_counted_below_the_figure(recordings):
    assert "6 recordings; 1 without a genre, 1 without a year" in words(catalog.genres_years(recordings))


def test_the_histogram_of_years_holds_every_known_year(recordings):
    histogram = catalog.genres_years(recordings).axes[1]
    assert sum(bar.get_height() for bar in histogram.patches) == recordings["year"].notna().sum()
    assert histogram.get_xlabel() == "year"


@pytest.mark.parametrize("years", [[1900], [1782, 2020], [-500, 2024]])
def test_year_bins_hold_all_years_in_at_most_25_bins(years):
    edges = catalog.year_bins(np.array(years))
    assert edges[0] <= min(years) and edges[-1] > max(years)
    assert 1 <= len(edges) - 1 <= 26


@pytest.mark.parametrize("column, figure", [("genre", catalog.genres_years), ("year", catalog.genres_years),
                                            ("tags", catalog.tag_counts)])
def test_a_missing_column_is_named_in_the_figure(recordings, column, figure):
    assert f"No column '{column}'" in words(figure(recordings.drop(columns=column)))


def test_genres_beyond_the_top_are_added_up_not_dropped():
    genres = pd.Series(list("aaabbcd"))
    counts = catalog.top_counts(genres, top=3)
    assert counts.to_dict() == {"a": 3, "b": 2, "2 others": 2}


def test_tags_are_read_from_lists_and_from_comma_separated_text(recordings):
    assert catalog.tags_of(recordings).value_counts()["fiddle"] == 3
    music_info = pd.DataFrame({"tags": ["rock, 80s", "rock", None, float("nan"), ""]})
    assert sorted(catalog.tags_of(music_info)) == ["80s", "rock", "rock"]


def test_a_single_genre_is_a_bar_and_not_a_wall(recordings):
    left = catalog.genres_years(recordings.assign(genre="reel")).axes[0]
    low, high = sorted(left.get_ylim())
    assert left.patches[0].get_height() < 0.3 * (high - low)


def test_every_work_is_counted_once_by_its_number_of_recordings(recordings):
    bars = catalog.versions_per_work(recordings).axes[0].patches
    assert [bar.get_height() for bar in bars] == [2, 2]  # two works recorded once, two recorded twice


def test_the_splits_figure_counts_works_not_recordings(recordings):
    widths = [bar.get_width() for bar in catalog.splits(recordings).axes[0].patches]
    assert widths == [3, 1]


def test_metadata_draws_what_exists_and_names_what_does_not(recordings):
    drawn, missing = metadata.columns_of(recordings)
    assert drawn == ["duration_ms", "tempo", "key", "mode"] and "danceability" in missing
    text = words(metadata.metadata(recordings))
    assert "danceability" in text and "time_signature" in text
    assert {"duration (s)", "tempo (beats per minute)"} <= {ax.get_xlabel() for ax in metadata.metadata(
        recordings).axes}


def test_metadata_of_a_catalog_with_none_of_the_columns_says_so(recordings):
    assert "none of the thirteen columns" in words(metadata.metadata(recordings[["track_id"]]))


def test_keys_are_drawn_by_note_name_each_with_its_count(recordings):
    ax = metadata.distribution(recordings["key"].dropna(), metadata.COLUMNS["key"]).axes[0]
    heights = dict(zip([label.get_text() for label in ax.get_xticklabels()],
                       [bar.get_height() for bar in ax.patches], strict=True))
    assert len(heights) == 12 and heights["C"] == 2 and heights["B"] == 1 and heights["F"] == 0


def test_a_column_with_one_value_is_one_bar(recordings):
    ax = metadata.distribution(recordings["duration_ms"], metadata.COLUMNS["duration_ms"]).axes[0]
    assert [bar.get_height() for bar in ax.patches] == [6]
    assert ax.patches[0].get_x() < 13 < ax.patches[0].get_x() + ax.patches[0].get_width()
