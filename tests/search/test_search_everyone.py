"""Everybody asks: versions find each other, scores keep their word or are caught, and readers are told so."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from searched import calibrated, made_index, unit, write

from songsim_lib import splits
from songsim_lib.config import AudioSpec
from songsim_lib.plots import search as plots
from songsim_lib.plots import style
from songsim_lib.search import corpus, judging, neighbours, others, speed, telling, wording
from songsim_lib.search.hits import Hit, Hits, Pair
from songsim_lib.search.query import search
from songsim_lib.search.update import update
from songsim_lib.sources import folder as folders
from songsim_lib.sources import tunebook


def folder_of(rng, works=100, spread=0.5, dimensions=16):
    """An index of two recordings of each work, one window each: `spread` from where the work is."""
    owners = np.repeat(np.arange(works), 2)
    vectors = unit(rng, works, dimensions)[owners] + spread * unit(rng, 2 * works, dimensions)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return made_index(vectors, np.ones(2 * works, int), work_id=[f"w{owner}" for owner in owners])


def unrelated(rng, n=4_000, dimensions=16):
    """Distances of unrelated music as `folder_of` makes it."""
    return 1 - (unit(rng, n, dimensions) * unit(rng, n, dimensions)).sum(axis=1).astype(float)


def test_the_embedded_corpus_is_a_folder_of_works_that_no_network_has_learned_from(tmp_path):
    folder = corpus.works_folder(tmp_path, 40)
    listed = folders.catalog(folder)
    edition = tunebook.catalog().set_index("track_id")
    recordings = edition.loc[listed["recording_id"]]
    assert folder.name == f"test-works-{len(listed)}" and 30 <= len(listed) <= 40
    assert splits.held_out(edition)[listed["recording_id"]].all() and splits.has_versions(listed).all()
    assert listed["work_id"].tolist() == recordings["work_id"].tolist()
    assert listed["genre"].fillna("").tolist() == recordings["genre"].fillna("").tolist()
    assert "Traditional" not in set(listed["artist"]), "the collections that print a tune stand for its artist"
    before = (folder / "index.csv").stat().st_mtime_ns
    assert corpus.works_folder(tmp_path, 40) == folder and (folder / "index.csv").stat().st_mtime_ns == before


def test_versions_find_each_other_far_better_than_by_chance():
    found = judging.scores(judging.everyone(folder_of(np.random.default_rng(0))))
    assert found["p_at_1"].found.low > 0.8 and found["map"].found.n == 200
    assert found["p_at_1"].chance == pytest.approx(1 / 199)
    lost = judging.scores(judging.everyone(folder_of(np.random.default_rng(0), spread=9)))
    assert lost["map"].found.value < 0.1


def test_where_no_work_has_two_recordings_nothing_can_be_scored():
    alone = made_index(unit(np.random.default_rng(0), 5), np.ones(5, int))
    found, why = telling.tried(judging.scores, judging.everyone(alone))
    assert found is None and "This folder does not tell: no work has two recordings" in why


def test_of_a_large_folder_whole_works_are_compared():
    found = judging.everyone(folder_of(np.random.default_rng(0)), most=50)
    assert len(found.table) == 50 and (found.table.groupby("work_id").size() == 2).all()


def test_scores_keep_their_word_where_music_is_like_that_which_they_were_counted_on():
    rng = np.random.default_rng(0)
    hits = judging.rare_hits(judging.everyone(index := folder_of(rng)), index, calibrated(unrelated(rng)))
    kept = {one.limit: one for one in judging.kept_promises(hits)}
    assert kept[1.0].wrong_each.low <= 1 <= kept[1.0].wrong_each.high * 1.2, "about one hit a query by chance"
    assert kept[0.1].wrong_each.value < 0.2 and kept[0.1].precision.value > 0.8 and kept[0.1].right > 50
    assert kept[0.1].precision.value > kept[1.0].precision.value, "the rarer, the surer"


def test_scores_that_break_their_word_are_caught():
    rng = np.random.default_rng(0)
    index = folder_of(rng)
    hits = judging.rare_hits(judging.everyone(index), index, calibrated(unrelated(rng, dimensions=128)))
    broken = next(one for one in judging.kept_promises(hits) if one.limit == wording.RARE)
    assert broken.wrong_each.side_of(0.1) == 1
    told = wording.conclusion(Hits("q", 1, True, ()), "", None, [broken], None, 0.1)
    assert "more than the 0.1 that were promised: **more is alike here by chance" in told


def test_genres_in_which_everything_is_alike_are_told_from_those_in_which_it_is_not():
    rng = np.random.default_rng(0)
    index, dense = folder_of(rng), np.arange(200) >= 100  # half of the works lie in a quarter of the sphere
    index.vectors[dense] = np.abs(index.vectors[dense])
    index.recordings["genre"] = np.where(dense, "quartet", "reel")
    hits = judging.rare_hits(judging.everyone(index), index, calibrated(unrelated(rng)))
    table = telling.promises_by_genre(hits).set_index("genre of the query")
    assert table["queries"].to_dict() == {"quartet": 100, "reel": 100}
    quartet, reel = (float(table.loc[name, "of other works, a query"].split()[0]) for name in ("quartet", "reel"))
    assert quartet > 1 > 0.2 > reel


def test_copies_of_the_query_are_no_hits():
    index = folder_of(np.random.default_rng(0), works=4)
    index.recordings["recording_id"] = ["one", "one", *"abcdef"]
    hits = judging.rare_hits(judging.everyone(index), index, calibrated(np.array([0.5])))
    assert not ((hits["query"] == 0) & (hits["hit"] == 1)).any()
    assert hits.loc[hits["query"] == 0, "by_chance"].max() <= 6, "six others, not seven"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, net):
    """Six works, the third in three recordings; and the index."""
    root = tmp_path_factory.mktemp("everyone") / "music"
    for number in range(6):
        write(root / f"work {number}" / "a.wav", number, seconds=7)
    for name in ("b", "c"):
        write(root / "work 2" / f"{name}.wav", 2, seconds=7, gain=0.5 if name == "b" else 0.7)
    return root, update(root, net, root.parent / "cache")


def test_a_search_and_the_comparison_of_all_with_all_agree(folder, net):
    root, index = folder
    hits = search(root / "work 3" / "a.wav", index, net=net)
    everyone = judging.everyone(index)
    assert judging.agrees(everyone, hits, root / "work 3" / "a.wav", index)
    assert not judging.agrees(everyone, hits, root / "work 4" / "a.wav", index)
    everyone.distances[:] += 0.01
    assert not judging.agrees(everyone, hits, root / "work 3" / "a.wav", index)


def test_unless_told_which_the_work_with_most_recordings_asks(folder, net, tmp_path):
    root, index = folder
    asked = telling.choose(index, "")
    assert asked == root / "work 2" / "a.wav" and telling.work_of(asked, index) == "work 2"
    elsewhere = write(tmp_path / "x.wav", 9, seconds=5)
    assert telling.choose(index, str(elsewhere)) == elsewhere and telling.work_of(elsewhere, index) == ""


def test_what_is_played_are_the_passages_that_answer_each_other(folder, net):
    root, index = folder
    spec = AudioSpec()
    asked = root / "work 2" / "a.wav"
    hits = search(asked, index, net=net)
    heard = telling.sounds(asked, hits, index, spec)
    assert [label for label, _ in heard] == ["query: a.wav", *(f"{hit.rank}: {hit.title}" for hit in hits.hits[:3])]
    pair = hits.hits[0].pairs[0]
    assert len(heard[1][1]) == pytest.approx((pair.end_s - pair.start_s) * spec.sample_rate_hz, abs=2)
    assert np.corrcoef(heard[0][1], heard[1][1])[0, 1] > 0.99, "the same melody from the same instant on"


def test_a_table_shows_what_the_command_says():
    hit = Hit(1, "t", "T", "A", "w", 0.91, (Pair(0, 10, 5, 15, 0.93),), 0.002, 37.0, 0.4)
    hits = Hits("q", 200, True, (hit,), 5_000)
    row = telling.table(hits, "w").iloc[0]
    assert row["p-value"] == "0.002" and row["by chance"] == "0.4" and row["same work"] == "yes"
    assert row["likelihood"] == "40 times likelier one work than two"
    assert telling.ranked(hits, "v")["version"].tolist() == [False]
    assert "none is below 0.0002, and among 200 recordings no hit can be said to be rarer than 0.04 by" in (
        wording.about_chance(hits))
    [plain] = telling.as_dict(hits)
    assert plain["by_chance"] == 0.4 and "pairs" not in plain


def test_a_thousand_songs_are_made_up_and_a_search_among_them_is_timed():
    index = speed.songs()
    assert len(index.recordings) == 1_000 and index.vectors.shape == (48_000, 256)
    assert np.linalg.norm(index.vectors[::1_000], axis=1) == pytest.approx(1, abs=1e-5)
    assert 0 < speed.seconds(index, calibrated(np.linspace(0.1, 1, 100)), queries=1) < 30  # how fast: test_search_query


def drawn(figure):
    """Draw a figure; its texts. Nothing is smaller than can be read, or wider than a page."""
    figure.canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(text.get_fontsize() for text in texts) >= style.SMALL_PT and figure.get_size_inches()[0] <= 7
    plt.close(figure)
    return [text.get_text() for text in texts]


def test_the_ranking_shows_every_hit_on_its_side_of_chance():
    hits = pd.DataFrame({"rank": [1, 2, 3], "p_value": [1e-4, 0.4, 0.7], "version": [True, False, False]})
    figure = plots.ranked(hits, 300, 9_999)
    ax = figure.axes[0]
    line = ax.lines[0]
    assert line.get_xdata().tolist() == [1, 300] and line.get_ydata() == pytest.approx([1 / 300, 1])
    points = {one.get_label(): one.get_offsets().tolist() for one in ax.collections}
    assert points == {"another work": [[2, 0.4], [3, 0.7]], "the query's work": [[1, 1e-4]]}
    assert ax.get_ylim()[0] > 1 > 1e-4 > ax.get_ylim()[1], "the rarest stands on top"
    assert "none of 9,999 unrelated pairs is nearer" in drawn(figure)
    drawn(plots.ranked(hits[1:2], 1, 9))


def test_a_song_that_is_alone_in_its_folder_has_nothing_near(net, tmp_path):
    write(tmp_path / "music" / "a.wav", 1, seconds=5)
    index = update(tmp_path / "music", net, tmp_path / "cache")
    asked = telling.choose(index, "")
    hits = search(asked, index, net=net, calibrated=calibrated(np.array([0.5])))
    assert wording.about_chance(hits) == "There is nothing else to be found."
    assert hits.searched == 0 and hits.unrelated_pairs is None and telling.table(hits).empty
    assert telling.sounds(asked, hits, index, AudioSpec()) == []
    [said] = drawn(plots.ranked(telling.ranked(hits), 0, None))
    assert said.split() == ["nothing", "else", "is", "there", "to", "be", "found"]


def test_genres_are_shown_beside_the_most_frequent_one():
    rng = np.random.default_rng(0)
    index = folder_of(rng, works=30)
    index.recordings["genre"] = [f"genre {number // 2 % 3}" for number in range(60)]
    index.recordings["artist"] = [f"artist {number % 11}" for number in range(60)]
    told = neighbours.by_filter(index)
    texts = drawn(plots.genres(told))
    assert f"{told[others.OTHERS].accuracy.value:.2f}" in texts
    assert any("always 'genre 0'" in text for text in texts) and any("11 artists" in text for text in texts)
    assert telling.genres(told)["always 'genre 0'"].nunique() == 1
