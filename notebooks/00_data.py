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
# # 00 · From recordings to a feature store
#
# **Question.** Which recordings does the study listen to, and how do they become pictures a network can read?
#
# **Reads** a source of recordings (the embedded corpus unless you name another).
# **Writes** a catalog (one row a recording), a split by work, and a feature store with one log-mel spectrogram
# for every clip and every augmented positive.
#
# The original study kept its audio and spectrograms in pickled tables of over 10 GB, and every training item
# unpickled a file of 2.6 GB. Here a clip takes 55 kB in one memory-mapped file.
#
# Words of the field, from *anchor* to *work*, are explained in `notebooks/glossary.md`.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/00_data.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/00_data.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

# %% tags=["bootstrap"]
import glob, importlib.util, os, pathlib, subprocess, sys
if importlib.util.find_spec("songsim_lib") is None:  # look nearby; Colab and Kaggle may fetch it
    places = [".", "..", "songsim", *glob.glob("/kaggle/input/*"), *glob.glob("/kaggle/input/*/*/*")]
    root = pathlib.Path(next((p for p in places if os.path.isdir(f"{p}/songsim_lib")), "songsim"))
    if not root.exists() and os.environ.keys() & {"KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"}:
        subprocess.run(["git", "clone", "--depth=1", "https://github.com/songsim/songsim", "songsim"], check=True)
    sys.path.insert(0, str(root.resolve()))
importlib.import_module("songsim_lib.environment").prepare_hosted()  # does nothing on your own machine

# %% [markdown]
# ## What to run
# `source` names where recordings come from: `tunebook` is the embedded corpus (`tunebook:size=full` renders every
# usable score of it here), `folder:folder=PATH` your own files, `music_info` the report's songs; `data/README.md` lists
# them all. `profile` is how large the run is (`smoke`, `quick`, `report`; `auto` takes `report` with
# a GPU and `quick` without), and `seed` fixes every random choice after that.

# %% tags=["parameters"]
source = "tunebook"
profile = "auto"
seed = 0
output = ""

# %%
import time

import numpy as np
import pandas as pd
from IPython.display import display

from songsim_lib import catalog as catalogs
from songsim_lib import cutting, listen, prepare, sources, splits
from songsim_lib.caveats import caveats
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()

# %% [markdown]
# ## The catalog
# Every source gives the same table: one row a recording, with a `track_id`, a `title`, an `artist`, and a
# `work_id` that all recordings of one composition share. A source that must make its recordings first draws whole
# works before it makes them.

# %%
everything = sources.source(study.choice)(study.choice, study.paths.cache, study.seed, study.profile.triplets)
print(f"{study.source}: {study.choice.description}")
print(f"{len(everything)} recordings of {everything['work_id'].nunique()} works")
everything[["track_id", "title", "artist", "work_id"]].head(5)

# %% [markdown]
# ## Who may meet whom
# A model is judged on songs it has not trained on. "Song" must mean the *composition*: if one recording of a work
# trained the model and another one tested it, the test would reward memory (**leakage**). So whole works go to one side.
#
# Some works are held out for **testing** alone: the same ones in every run, whatever the seed, and never used to
# choose anything. They are about half of the works with several recordings, the covers of `07_covers`, and a tenth of
# the others, as distractors. The seed deals the rest, 80 % to **training** and 20 % to **validation**, as in the
# report. The profile sets how many of their recordings the triplets are made of; whole works are drawn, so that no
# work loses one of its versions.

# %%
everything["split"] = splits.split_by_work(everything, study.seed)
recordings = splits.draw(everything, study.profile.triplets, study.seed)
catalogs.save(everything[everything["split"] != splits.TRAIN], study.store_folder / "unseen.parquet")
pd.DataFrame({name: table.groupby("split")[["track_id", "work_id"]].nunique().stack()
              for name, table in (("the source", everything), ("triplets", recordings))}).fillna(0).astype(int)

# %%
sides = everything.groupby("work_id")["split"].nunique()
assert (sides == 1).all(), f"works on two sides of the split: {list(sides[sides > 1].index[:5])}"
assert not set(recordings["work_id"]) & set(everything.loc[everything["split"] == splits.TEST, "work_id"])
print(f"{len(sides)} works, none of them on two sides; no triplet is made of a test work")

# %% [markdown]
# ## The feature store
# Decoding, augmenting and drawing spectrograms runs on all cores. Each recording has its own seed, so the store
# is the same, bit for bit, whatever the number of processes. If this cell is interrupted, run it again: it goes
# on where it stopped. A file that cannot be used is listed with the reason, and the rest goes on without it.

# %%
positives = study.profile.positives(len(recordings))
began = time.perf_counter()
store = prepare.build(recordings, study.store_folder, study.spec, positives, study.seed)
seconds = time.perf_counter() - began
usable = recordings[~recordings["track_id"].isin(store.failed["track_id"])]
catalogs.save(usable, study.store_folder / "catalog.parquet")
clips = len(store.index)
print(f"{clips} spectrograms ({positives} positive(s) an anchor) ready in {seconds:.1f} s")

# %% [markdown]
# Recordings that could not be used:

# %%
display(store.failed if len(store.failed) else pd.DataFrame([{"track_id": "none", "reason": "all were usable"}]))

# %% [markdown]
# ## One recording, closely
# From each recording a random window of 12.5 s is cut. Its first 10 s are the **clip**, the *anchor* of a triplet.
# The 2.5 s beyond it are there for the *positive*: played 1.25 times as fast, 12.5 s become 10 s. (The study
# stretched the 10 s themselves, which left up to 2 s of silence at the end of its positives: a mark that has
# nothing to do with music.) Listen to both: what is the same, and what would tell them apart without any music?

# %%
one = usable.iloc[0]
window = cutting.recording_window(one["path"], one["track_id"], study.spec, study.seed)
positive = cutting.positive_clip(window, one["track_id"], study.spec, study.seed)
listen.players([(f"anchor: {one['title']}", window[: study.spec.clip_samples]),
                ("positive: the same clip, augmented", positive)], study.spec.sample_rate_hz)

# %% [markdown]
# ## What it costs
# A spectrogram of 128 mel bands and 431 frames in one byte a cell is 55 kB. Training reads 32 triplets at a time,
# 96 spectrograms; how long does the store take to hand them over?

# %%
rows = np.random.default_rng(study.seed).integers(len(store.features), size=(20, 96))
times = []
for batch in rows:
    began = time.perf_counter()
    np.ascontiguousarray(store.features[batch])
    times.append(time.perf_counter() - began)
batch_ms = 1_000 * float(np.median(times))
clip_kb = store.features.nbytes / len(store.features) / 1_000
print(f"{clip_kb:.1f} kB a clip, {store.features.nbytes / 1e6:.0f} MB in all; 32 triplets read in {batch_ms:.2f} ms")

# %% [markdown]
# ## What we learned
# The sentence at the end is computed; the assertions above it stop the study if something does not hold.

# %%
study.save_results("data", {
    "recordings": len(usable), "works": int(usable["work_id"].nunique()), "clips": clips,
    "positives_per_anchor": positives, "failed": len(store.failed), "store_mb": store.features.nbytes / 1e6,
    "clip_kb": clip_kb, "batch_ms": batch_ms, "content": store.about["content"],
})
study.save_results("caveats", caveats(study))

# %%
assert clip_kb <= 60, f"{clip_kb:.1f} kB a clip"
assert clips + len(store.failed) * (1 + positives) == len(recordings) * (1 + positives), "clips are missing"
assert store.features[store.index["row"]].any(axis=(1, 2)).all(), "an empty spectrogram is in the store"
print(f"{len(recordings) - len(store.failed)} of {len(recordings)} recordings are in the store, at {clip_kb:.1f} kB "
      f"a clip. 10,000 triplets of the report would take {2 * 10_000 * clip_kb / 1e6:.1f} GB instead of over 10 GB.")

# %% [markdown]
# ## Try it
# - Set `seed = 1` and run all cells. Which numbers of the split table will change, and which will not? Why must the
#   test works stay?
# - Set `positives = 2` in the cell that builds the store (and another `output`, to keep this one). What happens to its
#   size? Two positives of one recording, or one positive of each of two recordings: which would teach more?
# - Read ten times as many clips at once: `size=(20, 960)` in place of `size=(20, 96)`. Does it take ten times as long?
# - Set `source` to a folder of your own recordings (`folder:folder=PATH`). Which files cannot be used, and why?
#
# **Next:** `01_eda` looks at what these recordings are, and at what nobody can learn from them.
