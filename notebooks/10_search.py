# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · Search: which songs of my folder are nearest to this one?
#
# **Question.** Two songs can be compared with each other. Whoever keeps a catalog, recommends music, or hums a tune
# that must be somewhere in their library, has *one* song and *many* to compare it with. Which of them are nearest,
# how much does that mean among so many, and what do the neighbours of a song tell about it?
#
# **Reads** a folder of recordings: your own (`catalog_folder`), or, if you give none, the embedded corpus's test works,
# whatever source the study has. The network that comes with the project has learned from none of them. **Writes** an
# index of the folder, and what was found. No earlier notebook is needed.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/10_search.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/10_search.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

# %% tags=["bootstrap"]
import glob, importlib.util, os, pathlib, subprocess, sys
if importlib.util.find_spec("songsim_lib") is None:  # look nearby; Colab and Kaggle may fetch it
    places = [".", "..", "songsim", *glob.glob("/kaggle/input/*"), *glob.glob("/kaggle/input/*/*/*")]
    root = pathlib.Path(next((p for p in places if os.path.isdir(f"{p}/songsim_lib")), "songsim"))
    if not root.exists() and os.environ.keys() & {"KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"}:
        subprocess.run(["git", "clone", "--depth=1", "https://github.com/songsim/songsim", "songsim"], check=True)
    sys.path.insert(0, str(root.resolve()))
importlib.import_module("songsim_lib.environment").prepare_hosted()  # does nothing on your own machine

# %% tags=["parameters"]
source = "tunebook"
profile = "auto"
seed = 0
output = ""
catalog_folder = ""
query = ""

# %%
import time
from dataclasses import replace

from IPython.display import Markdown, display

from songsim_lib import calibration, listen
from songsim_lib.models import load_pretrained
from songsim_lib.plots import search as plots
from songsim_lib.search import corpus, embedding, judging, neighbours, others, speed, telling, wording
from songsim_lib.search.query import search
from songsim_lib.search.update import update
from songsim_lib.study import Study

# %%
study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
folder = catalog_folder or corpus.works_folder(study.paths.cache, study.profile.covers)
net, indexes = load_pretrained(), study.paths.cache / "search"
calibrated = calibration.of(net)

# %% [markdown]
# ## A folder is listened to once
# Every recording becomes **windows** of ten seconds, one every five, and each window a point on a sphere: music that
# is alike lies close together, whatever its key and instruments (`08`). The points are written down beside the feature
# stores; titles, artists and works come from the files' tags or from an `index.csv` in the folder. Silence and noise
# are left out, and a file that cannot be read is named and does not stop the others.

# %%
start = time.perf_counter()
index = update(folder, net, indexes)
indexed_s = time.perf_counter() - start
if len(index.failed):
    display(index.failed)
Markdown(wording.about_index(index, indexed_s))

# %% [markdown]
# Music comes and goes. The next call looks at names, sizes and times, listens to what is new or changed, drops what is
# gone and keeps the rest. Nothing has changed since a moment ago, so nothing is listened to again:

# %%
start = time.perf_counter()
again = update(folder, net, indexes)
again_s = time.perf_counter() - start
print(f"the second call took {again_s:.2f} s")

# %% [markdown]
# ## One song asks
# The query is a file from anywhere, or, if none is given, the first recording of the work that has most of them here.
# It is no answer to itself, nor is a copy of it. `./run_all.sh search QUERY --catalog FOLDER` prints what stands
# above the table: the nearest, how seldom that happens, and the passages that are most alike (of the query ~ of the hit).
#
# **What a number means here.** The *p-value* says how often two recordings of unrelated works are as alike or more
# (`09`). That holds for one pair. But a search makes as many pairs as there are songs: among a thousand songs, what
# happens to one unrelated pair in a thousand happens about once, to somebody who looked for nothing in particular. So
# each hit also says how many songs as near as it **chance alone would bring**: the p-value times the number of songs.
# Far below 1, it is worth listening to. Near 1 or above, this is how every search ends.

# %%
asked = telling.choose(index, query)
work = telling.work_of(asked, index)
every = search(asked, index, telling.RANKED, net, calibrated=calibrated)
hits = replace(every, query=asked.name, hits=every.hits[:10])
print(replace(hits, hits=hits.hits[:3]).text())
table = telling.table(hits, work)
study.save_table(table.reset_index(), "search_hits")
table.drop(columns="passages")

# %% [markdown]
# Judge for yourself: the passage of the query, and the passages of its three nearest that answer it.

# %%
listen.players(telling.sounds(asked, hits, index, study.spec), study.spec.sample_rate_hz)

# %% [markdown]
# Now the whole folder in the order of nearness. If nothing in it were related to the query, the nearest of N songs
# would have a p-value near 1/N, the second near 2/N, and so on: the line. What stands clearly above it is nearer than
# chance puts it. What lies on it is at its place by chance. If all of it lies above, or below, the query is of a kind
# of music in which everything is more alike, or less, than among the music that the p-values were counted on.

# %%
# alt: every recording of the folder by its rank and its p-value, the query's versions marked, and what chance brings
study.save_figure(plots.ranked(telling.ranked(every, work), every.searched, every.unrelated_pairs), "search_ranked")
Markdown(wording.about_chance(every))

# %% [markdown]
# ## Everybody asks
# One query is an anecdote. So every recording asks, and all others answer. Where the folder says which recordings are
# of one work, it can be counted how often the versions come first: **P@1** is the share of queries whose nearest is a
# version, **MAP** is 1 when all versions stand before all others; 95 % intervals are over works, chance is computed.

# %% tags=["nbval-check-output"]
everyone = judging.everyone(index)
scores, why = telling.tried(judging.scores, everyone)
Markdown("\n".join(f"- **{judging.SCORES[name]}** {one.found}, by chance {one.chance:.3f} (n = {one.found.n} queries)"
                   for name, one in scores.items())) if scores else print(why)

# %% [markdown]
# And do the scores keep their word? Of the hits of which chance would bring at most 0.1 a query, there should be at
# most 0.1 a query that are of other works. Two things can break it. What the folder does not know to be a version counts
# as wrong, and tunes do have relatives that nobody wrote down. And the p-values were counted on *mixed* pairs: a reel
# and a song are seldom alike. Within one kind of music more may be alike by chance, the more so the less a tune stands
# out of it. So the same is counted for each genre; do it, if you can, in any new folder before you trust its scores.

# %%
rare = judging.rare_hits(everyone, index, calibrated) if scores else None
kept = judging.kept_promises(rare) if scores else None
if scores:
    by_genre = telling.promises_by_genre(rare)
    study.save_table(telling.promises(kept), "search_promises")
    study.save_table(by_genre, "search_promises_by_genre")
    display(telling.promises(kept).set_index("by chance, a query"))
    if len(by_genre):
        display(Markdown(f"Those of {wording.RARE:g} or fewer, by genre:"), by_genre.set_index("genre of the query"))

# %% [markdown]
# ## Neighbours tell a genre, and less than it seems
# A song whose neighbours are reels is probably a reel. How good is that guess? It must be better than always saying the
# most frequent genre. And the neighbours must be *others*: whoever finds another version of the work has recognised the
# work, whoever finds a song of the same album has recognised the artist or the studio, and both give the genre away.
# Here the five nearest vote, first anybody, then only other works, then only other works by other artists.
#
# In the embedded corpus, nobody wrote the tunes: the **collection** that prints a tune stands for its artist, beside the
# composers of songs and quartets. Its genres are what the scores' files say: song (*lied*), string quartet, and dances.
# Tunes of which no file names the dance are left out; that the collection is their genre would be no knowledge, since
# then no other "artist" could have it. Most tunes come from three collections, so intervals over artists are wide.

# %%
# alt: share of right genres by the five nearest, of anybody, of other works, of other artists; and of the majority
told, why = telling.tried(neighbours.by_filter, index)
if told:
    study.save_figure(plots.genres(told), "search_genres")
    study.save_table(telling.genres(told), "search_genres")
    display(telling.genres(told).set_index("the nearest among"))
print(f"{told[others.OTHERS].left_out} recordings left out, without genre or artist" if told else why)

# %% [markdown]
# ## More like this, by somebody else
# Whoever recommends wants neither the song again nor its artist's next one. The nearest to the query among other works
# by other artists; here, too, chance has its share, and *near* is no word about quality.

# %%
mine, why = telling.tried(others.same, asked, index)
elsewhere = search(asked, index, 10, net, calibrated=calibrated, without=mine) if mine is not None else None
if elsewhere:
    study.save_table(telling.table(elsewhere).reset_index(), "search_others")
    display(telling.table(elsewhere).drop(columns=["same work", "passages"]))
print(f"{len(mine)} of {len(index.recordings)} recordings are of the query's work or artist" if elsewhere else why)

# %% [markdown]
# ## A thousand songs
# How long does it take in a larger library? A thousand made-up songs of four minutes, 48 windows each, are searched by
# the same code: every window of the query is compared with every window of every song. A file that is not in the folder
# must be heard first; the second number is what that takes. (From about 5,000 such songs on, an approximate index, faiss,
# chooses a thousand candidates that are then compared by the same rule.)

# %%
thousand_s = speed.seconds(speed.songs(), calibrated)
start = time.perf_counter()
heard = embedding.heard(asked, net, study.spec)
heard_s = time.perf_counter() - start
print(f"the ten nearest of 1,000 songs: {thousand_s:.2f} s; "
      f"to hear the query, {heard['ends_s'].max():.0f} s of sound: {heard_s:.2f} s")

# %% [markdown]
# ## What we learned

# %%
study.save_results("10_search", {
    "folder": index.root.name, "recordings": len(index.recordings), "windows": len(index.windows),
    "failed": len(index.failed), "unrelated_pairs": every.unrelated_pairs,
    "seconds": {"index": indexed_s, "again": again_s, "thousand_songs": thousand_s, "hear_query": heard_s},
    "query": asked.name, "hits": telling.as_dict(hits), "others": telling.as_dict(elsewhere) if elsewhere else None,
    "scores": {name: one.as_dict() for name, one in scores.items()} if scores else None,
    "promises": [one.as_dict() for one in kept] if kept else None,
    "genres": {name: one.as_dict() for name, one in told.items()} if told else None})
Markdown(wording.conclusion(hits, work, scores, kept, told, thousand_s))

# %%
assert again.about["generation"] == index.about["generation"], "nothing had changed, and yet the index was written again"
assert judging.agrees(everyone, every, asked, index), "a search and the comparison of all with all differ"
assert not elsewhere or not {hit.work_id for hit in elsewhere.hits} & {work}, "a version is no neighbour by others"
for name, one in (scores or {}).items():
    assert catalog_folder or one.found.low > one.chance, f"{name}: versions are found no better than by chance"
print("the search finds what comparing all with all finds, and listens to nothing twice")

# %% [markdown]
# **What it is not.** Near means: the same notes in the same order over ten seconds, as far as a small network hears
# them. It does not mean the same mood, voice or sound, so this is no full recommender, and genres that differ in sound
# and not in notes are not told apart. And a rare likeness is no borrowing: it says that chance seldom brings it, not
# where it comes from.

# %% [markdown]
# ## Try it
# - Set `catalog_folder` to a folder of your own music and `query` to a file: a cover, a live recording, or a tune that
#   you played or hummed into your telephone. How small is *by chance* for the right song?
# - Put a file twice into the folder, once under another name, and ask for it. Why is it not its own neighbour?
# - Let one neighbour vote on the genre instead of five: `telling.tried(neighbours.by_filter, index, 1)`. Is that better,
#   and is the difference larger than the intervals?
# - Which songs of your library are near to *everything*? Ask with several queries, and look at who comes again and again.
