"""Figures of the corpus count each work, key and pair right, and say what a catalog does not know."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from songsim_lib.catalog import KEYS
from songsim_lib.plots import corpus, variants
from songsim_lib.sources.tunebook.instruments import INSTRUMENTS


@pytest.fixture
def scores() -> pd.DataFrame:
    """Eight recordings of five works; a fiddle tune stands in two books."""
    return pd.DataFrame({
        "track_id": list("abcdefgh"), "recording_id": list("abcdefgh"),
        "work_id": ["1", "1", "1", "2", "3", "3", "4", "5"],
        "repertoire": ["ryan", "aird", "aird", "ryan", "lieder", "lieder", "lieder", "quartets"],
        "collection": ["Ryan's Mammoth Collection", *["Aird's Selection of Airs"] * 2, "Ryan's Mammoth Collection",
                       None, None, "A cycle", None],
        "year": pd.array([1883, 1778, None, 1883, None, None, None, None], dtype="Int64"),
        "composer": [None, None, None, "Somebody", *["Franz Schubert"] * 2, "Clara Wieck", "Joseph Haydn"],
        "composer_born": pd.array([None] * 4 + [1797, 1797, 1819, 1732], dtype="Int64"),
        "composer_died": pd.array([None] * 4 + [1828, 1828, 1896, 1809], dtype="Int64"),
        "key": pd.array([9, 7, 7, 2, 0, 0, 4, None], dtype="Int64"), "mode": [1, 1, 1, 1, 0, 0, 1, 1],
        "transposition_semitones": pd.array([2, 0, 0, 7, 0, 3, 0, 0], dtype="Int64"),
        "meter": ["2/4", "2/4", "2/4", "6/8", "3/4", "3/4", "4/4", None],
        "instruments": [["fiddle", "grand piano"], ["violin", "cello"], ["brush kit"], ["theremin"],
                        ["voice", "choir"], np.array(["flute"]), None, ["violin", "violin"]],
    })


PAIRS = pd.DataFrame(
    [("a1", "r1", "a1", "aird", "ryan", True), ("a1", "o1", "a1", "aird", "oneill", False),
     ("o1", "r1", "a1", "oneill", "ryan", False), ("r2", "r3", "r2", "ryan", "ryan", False),
     ("r4", "a4", "a4", "ryan", "aird", True)],
    columns=["score_a", "score_b", "work_id", "repertoire_a", "repertoire_b", "same_title"],
)  # fmt: skip


def words(figure) -> str:
    """All text in a figure."""
    texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return " ".join(" ".join(texts).split())


def heights(ax) -> dict[str, list[float]]:
    """Bar heights by the label of their group."""
    return {group.get_label(): [bar.get_height() for bar in group] for group in ax.containers}


def test_a_work_counts_once_in_each_repertoire_that_holds_it(scores):
    table = corpus.repertoire_counts(scores)
    assert table["works"].to_dict() == {"ryan": 2, "aird": 1, "lieder": 2, "quartets": 1}
    assert table.loc["lieder"].to_dict() == {"works": 2, "recordings": 3, "share": 0.375}
    figure = corpus.repertoires(scores)
    assert "Ryan's Mammoth Collection" in words(figure) and "38%" in words(figure)
    lines = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert lines == [0.4 * len(scores)]


def test_each_composer_s_bar_spans_a_life_and_the_books_stand_in_their_years(scores):
    figure = corpus.composers(scores)
    [ax] = figure.axes
    names = [label.get_text() for label in ax.get_yticklabels()]
    spans = {name: (bar.get_x(), bar.get_x() + bar.get_width()) for name, bar in zip(names, ax.patches, strict=True)}
    assert spans == {"Joseph Haydn": (1732, 1809), "Franz Schubert": (1797, 1828), "Clara Wieck": (1819, 1896)}
    assert [line.get_xdata()[0] for line in ax.lines] == [1778, 1883]
    assert "Aird 1778" in words(figure) and "4 recordings without" in words(figure)


def test_only_the_most_frequent_composers_are_drawn(scores):
    [ax] = corpus.composers(scores, top=1).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Franz Schubert"]


def test_a_transposed_recording_is_counted_in_the_key_it_was_written_in_and_in_the_one_it_sounds_in(scores):
    as_written, as_recorded = corpus.keys(scores).axes
    names = [label.get_text() for label in as_written.get_xticklabels()]
    assert names == [KEYS[key] for key in corpus.FIFTHS] and names.index("G") == names.index("C") + 1
    written, recorded = ({name: dict(zip(names, values, strict=True)) for name, values in heights(ax).items()}
                         for ax in (as_written, as_recorded))
    assert written["major"]["G"] == 4 and written["minor"]["A"] == 1 and written["minor"]["C"] == 1
    assert recorded["major"]["G"] == 2 and recorded["major"]["A"] == 1 and recorded["minor"]["C"] == 2
    assert sum(map(sum, heights(as_written).values())) == scores["key"].notna().sum()


def test_a_catalog_without_transpositions_has_one_panel_of_keys(scores):
    [ax] = corpus.keys(scores.drop(columns="transposition_semitones")).axes
    assert ax.get_title(loc="left") == "Keys as recorded, n = 7"


def test_a_family_of_instruments_counts_once_a_recording(scores):
    counts = corpus.families(scores).value_counts()
    assert counts["strings"] == 3  # fiddle; violin and cello; two violins
    assert counts["drums"] == 1 and counts["theremin"] == 1 and counts[INSTRUMENTS["flute"].family] == 1


def test_pairs_are_counted_once_whichever_side_comes_first():
    matrix = variants.matrix(PAIRS)
    assert list(matrix) == ["ryan", "oneill", "aird"]
    assert matrix.to_numpy().tolist() == [[1, 0, 0], [1, 0, 0], [2, 1, 0]]


def test_groups_titles_and_summary_say_the_same():
    assert variants.groups(PAIRS).loc["a1"].to_dict() == {"scores": 3, "collections": 3}
    assert variants.titles(PAIRS).loc["across"].to_dict() == {"same title": 2, "different titles": 2}
    assert variants.titles(PAIRS).loc["within"].to_dict() == {"same title": 0, "different titles": 1}
    assert variants.summary(PAIRS) == {"pairs": 5, "works": 3, "works_across_collections": 2,
                                       "works_in_three_collections": 1, "share_different_titles": 0.6}


def test_the_figure_of_variants_shows_sizes_and_collections_of_the_groups():
    pairs, sizes, _, collections = variants.variant_groups(PAIRS).axes
    assert pairs.get_title(loc="left") == "5 confirmed pairs"
    for ax, wanted in ((sizes, {"2": 2, "3": 1}), (collections, {"1": 1, "2": 1, "3": 1})):
        names = [label.get_text() for label in ax.get_xticklabels()]
        assert dict(zip(names, [bar.get_height() for bar in ax.patches], strict=True)) == wanted


@pytest.mark.parametrize("figure, told", [
    (corpus.repertoires, "No column 'repertoire'"), (corpus.composers, "does not say when its composers lived"),
    (corpus.keys, "No columns 'key' and 'mode'"), (corpus.meters_instruments, "No column 'meter'"),
])
def test_a_catalog_that_lacks_the_columns_says_so_in_the_figure(figure, told, scores):
    assert told in words(figure(scores[["track_id", "work_id", "recording_id"]]))


def test_without_variants_there_is_a_sentence_and_no_number():
    assert "No confirmed variants" in words(variants.variant_groups(PAIRS.head(0)))
    assert variants.summary(PAIRS.head(0)) == {}
