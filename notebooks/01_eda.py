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
# # 01 · What is in the catalog?
#
# **Question.** Which recordings does the study learn from, what is known about them, and what can nobody
# learn from them?
#
# **Reads** the catalog that `00_data` made and, for the embedded corpus, the table of its confirmed variants; for
# `music_info`, the whole csv. **Writes** the report's figures `genres_years`, `tag_counts` and `metadata`, more on
# repertoires, composers, keys, works and variants, one tune in notation (`tune_family`), and the section `01_eda`
# of the results.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/01_eda.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/01_eda.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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

# %%
import pandas as pd
from IPython.display import SVG, display

from songsim_lib import audio, listen, needs, sources
from songsim_lib.engrave import family
from songsim_lib.plots import catalog as catalog_plots
from songsim_lib.plots import corpus as corpus_plots
from songsim_lib.plots import metadata as metadata_plots
from songsim_lib.plots import variants as variant_plots
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)

# %% [markdown]
# ## One row a recording
#
# Everything downstream starts from one table, the *catalog*. Two columns matter more than all the others:
#
# * `recording_id` names a **recording**: one particular sound.
# * `work_id` names the **work**: the composition. Two recordings of one work, in other keys, at other
#   speeds and on other instruments, are the same music to a musician and two unrelated files to a computer.
#
# Telling works apart by their sound is the study's aim, so we must never lose sight of which of the two we
# count.

# %% tags=["nbval-check-output"]
catalog = study.catalog()
recordings_of = catalog.groupby("work_id")["recording_id"].nunique()
repeated = recordings_of[recordings_of > 1]
print(f"{len(catalog):,} recordings of {len(recordings_of):,} works "
      f"by {catalog_plots.present(catalog, 'artist').nunique():,} known artists; "
      f"{len(repeated):,} works were recorded more than once.")
columns = ["title", "artist", "work_id", "genre", "year", "key", "mode", "tempo"]
catalog[[name for name in columns if name in catalog]].head(6)

# %% [markdown]
# ## Repertoires
#
# A network learns what it hears most. The embedded corpus is dealt so that no repertoire gives more than 40 % of
# the recordings, the dotted line. Where the second bar is longer than the first, works were recorded more than once.
# A catalog without the column shows an empty panel.

# %%
# alt: bars, the works and the recordings of each repertoire, with its share and a line at 40 per cent
shares = corpus_plots.repertoire_counts(catalog)["share"]
figure = corpus_plots.repertoires(catalog)
_ = study.save_figure(figure, "repertoires")

# %% [markdown]
# ## Who wrote it, and when
#
# Songs and quartets have composers whose dates are known; a fiddle tune mostly has none. What dates a tune is
# the book that printed it, and the tune may be older than the book. A bar is a composer's life, the number in it
# counts recordings, and the dashed lines are the books.

# %%
# alt: a timeline of the lives of the most frequent composers, with the years of the printed collections
figure = corpus_plots.composers(catalog)
_ = study.save_figure(figure, "composers")

# %% [markdown]
# ## Genres and years
#
# The report's own figure shows a catalog of pop: among its 50,683 songs, rock is by far the largest genre,
# more than half have no genre at all, and most were released after 1990. A model trained on that learns
# from rock, whatever it is tested on. The same two panels for what is described here: the genre as the
# source gives it, and the year of publication where one is recorded. The line under the figure counts the
# recordings that a panel cannot show.
#
# A source can describe more songs than it gives sound for: `Music Info.csv` describes 50,683, and a run hears as
# many previews as it asks for. What is *described* is drawn in this figure and the next two, as in the report; all
# others show what this run *hears*.

# %%
# alt: bars of the number of recordings of each genre, and a histogram of their years
described = sources.metadata(study.choice)
whole = described is not None
described = described if whole else catalog
print(f"Genres, years, tags and numbers are drawn of {len(described):,} " + (
    f"songs, all that the source describes; this run hears {len(catalog):,} of them." if whole
    else "recordings, those that this run hears: this source describes no others."))
figure = catalog_plots.genres_years(described)
_ = study.save_figure(figure, "genres_years")

# %% [markdown]
# ## Tags
#
# Tags are labels that listeners (in the report's catalog) or the source itself (in the embedded corpus)
# attach to a recording; one recording carries several, so the bars add up to more than the number of
# recordings. Tags mix kinds of things: a genre, a meter, an instrument. That makes them good for browsing
# and poor as a target to learn.

# %%
# alt: horizontal bars, the most frequent tags with the number of recordings that carry each
figure = catalog_plots.tag_counts(described)
_ = study.save_figure(figure, "tag_counts")

# %% [markdown]
# ## What is measured about each recording
#
# The report's catalog comes with thirteen numbers a song. Six can be checked by ear or with a score:
# duration, tempo, key, mode, time signature and loudness. The other seven (danceability, energy, ...) are
# outputs of a streaming service's own models, published without their recipe. We draw whatever columns the
# source at hand holds, name those it lacks, and invent none. `key` counts semitones from C: 0 is C, 11 is
# B; it is a name on a circle and not a quantity, so it is drawn with note names and never averaged.

# %%
# alt: one small histogram for each numeric column: duration, tempo, key, mode, time signature and others
drawn, missing = metadata_plots.columns_of(described)
figure = metadata_plots.metadata(described)
_ = study.save_figure(figure, "metadata")
known = described[[*drawn, *[name for name in ("genre", "year") if name in described]]].notna().mean()
if "tags" in described:
    known["tags"] = described["tags"].map(bool).mean()  # an empty list of tags says nothing
known.mul(100).round(1).rename("known (%)").sort_values().to_frame().transpose()

# %% [markdown]
# ## Keys, meters, instruments
#
# Fiddle tunes are written in the few keys that lie well on a violin, the tall bars of the first panel. If a network
# could use that, it would tell a jig from a song by its key, so performances are transposed: as recorded, the keys
# are spread over the whole circle of fifths. The second figure: meters stay as written, and instruments are counted
# by family.

# %%
# alt: bars, how many recordings are in each key, major and minor, in fifths: as written and as recorded
# alt: bars, how many recordings have each meter, and how many let each family of instruments be heard
figure = corpus_plots.keys(catalog)
_ = study.save_figure(figure, "keys")
figure = corpus_plots.meters_instruments(catalog)
_ = study.save_figure(figure, "meters_instruments")

# %% [markdown]
# ## Works and their recordings
#
# A work with two recordings can ask the question that matters: *is this other sound the same music?* A work
# with one recording cannot; it only serves as somebody else's negative. (The report had almost no second
# recordings, which is why it made its positives by augmentation: notebook 03.)

# %%
# alt: bars, how many works have one recording, two recordings, and so on
figure = catalog_plots.versions_per_work(catalog)
_ = study.save_figure(figure, "versions_per_work")

# %% [markdown]
# ## The same music, written down by different hands
#
# A tune that people play is printed again and again: in another key, with other ornaments, often under another
# title. Two scores are *variants* if their melodies can be aligned, in whatever key; a title proves nothing.
# Scores that variants connect are one work. The figure counts all confirmed pairs of the corpus, also those
# whose scores this run does not use. Look at the bars of different titles: each pair in them is one that a split by
# title could put on two sides.

# %%
# alt: confirmed pairs by collection, pairs by equal or different titles, scores and collections of a work
variants = family.confirmed(study.choice.name)
groups = variant_plots.groups(variants)
figure = variant_plots.variant_groups(variants)
_ = study.save_figure(figure, "variants")

# %% [markdown]
# ## One tune through a century
#
# Of the tunes that stand in all three books and are recorded, the one whose settings are most alike without
# being the same. Bars with the same colour and letter answer each other; the small number is the bar's place in
# the tune as played, repeats included, counted from 0.

# %%
tune = family.find(variants)
told = ["score_id", "title", "collection", "genre", "meter", "transcriber"]
if tune:
    display(pd.DataFrame([{"printed": family.printed(setting.row), **setting.row} for setting in tune]
                         )[["printed", *told]])
else:
    print("This source has no tune that several collections print, so there is none to show.")

# %%
# alt: notation, the same tune in each collection, one above the other, answering bars in the same colour
if tune:
    notation = family.picture(tune)
    study.save_figure(notation, "tune_family")
    display(SVG(notation))

# %% [markdown]
# Heard: each setting on its own instruments and in its own key. The recordings begin at bars that answer each
# other, which need not be the ones shown.

# %%
if tune:
    sounds = [(setting.caption, audio.load(setting.row["path"], study.spec)[: study.spec.clip_samples])
              for setting in tune]
    display(listen.players(sounds, study.spec.sample_rate_hz))

# %% [markdown]
# ## Training, validation and test are split by work
#
# If one recording of a work were trained on and the other one used for validation, the network could score
# by remembering. So whole works are dealt to one side, with all their variants. The figure counts the works that
# triplets are made of, and all those that no model hears while it learns; the lines above it count what stands on
# two sides.

# %% tags=["nbval-check-output"]
# alt: stacked bars, the number of works used for training, validation and testing in each repertoire
everyone = pd.concat([catalog, study.unseen()], ignore_index=True).drop_duplicates("track_id")
on_both_sides = int((everyone.groupby("work_id")["split"].nunique() > 1).sum())
side = dict(zip(everyone.get("score_id", []), everyone["split"], strict=False))
pair_sides = pd.DataFrame({name: variants[name].map(side) for name in ("score_a", "score_b")}).dropna()
pairs_apart = int((pair_sides["score_a"] != pair_sides["score_b"]).sum())
print(f"{on_both_sides} works stand on two sides of the split; of {len(pair_sides)} pairs of variants "
      f"in this run, {pairs_apart} do.")
figure = catalog_plots.splits(everyone)
_ = study.save_figure(figure, "splits")
everyone.groupby("split").agg(recordings=("recording_id", "nunique"), works=("work_id", "nunique"))

# %% [markdown]
# ## What two recordings of a work share, and what they do not
#
# One work that was recorded twice, or, if there is none in this run, one recording. Every line of the table
# in which the columns differ is something a similarity of *compositions* must learn to ignore.

# %%
example = (repeated if len(repeated) else recordings_of).index[0]
pair = catalog[catalog["work_id"] == example].head(2).set_index("track_id")
facts = ["title", "artist", "genre", "key", "mode", "tempo", "meter", "instruments", "accompaniment"]
display(pair[[name for name in facts if name in pair]].transpose())
sounds = [(f"{row.title} ({track})", audio.load(row.path, study.spec)[: study.spec.clip_samples])
          for track, row in pair.iterrows()]
listen.players(sounds, study.spec.sample_rate_hz)

# %% [markdown]
# ## Listening across the catalog
#
# One recording of each repertoire (or genre, or artist). If the source is `tunebook`, what sounds here is a
# synthesizer playing a printed score: real compositions, artificial instruments in an artificial room, no singer.
# A network that does well on them has learned something about notes; whether it would do well on records
# made with microphones is another question, which this corpus cannot answer.

# %%
group = next(name for name in ("repertoire", "genre", "artist", "work_id") if len(catalog_plots.present(catalog, name)))
samples = catalog.loc[catalog_plots.present(catalog, group).index].drop_duplicates(group).head(5)
sounds = [(f"{row[group]}: {row['title']}", audio.load(row["path"], study.spec)[: study.spec.clip_samples])
          for _, row in samples.iterrows()]
listen.players(sounds, study.spec.sample_rate_hz)

# %% [markdown]
# ## Long enough?
#
# A clip of 10 s is cut from each recording, and its positive may be played up to 1.25 times as fast, which
# uses up 12.5 s. A recording that is shorter cannot be used. (A song's `duration_ms` does not tell: what can be
# heard of it may be a preview of 30 s. So notebook 00 looked at the sound itself.)

# %%
short = int((failed := study.store().failed)["reason"].str.contains(r": too short, [0-9.]+ s; needs").sum())
copies = len(catalog) - catalog["recording_id"].nunique()
print(f"{short} of {len(catalog) + len(failed):,} recordings are shorter than the {study.spec.window_s} s needed; "
      f"{copies} are copies of another one.")
genres = catalog_plots.present(described, "genre").value_counts(normalize=True)
results = {
    "recordings": len(catalog), "works": len(recordings_of), "works_recorded_more_than_once": len(repeated),
    "described": len(described), "too_short": short, "copies": copies,
    "works_on_both_sides": on_both_sides, "variant_pairs_on_both_sides": pairs_apart,
    "columns_drawn": drawn, "columns_missing": missing,
    "largest_genre": next(iter(genres.index), None), "largest_genre_share": next(iter(genres), None),
    "repertoire_shares": shares.to_dict(), "tune_family": [setting.piece.score_id for setting in tune],
    "variants": variant_plots.summary(variants),
}
study.save_results("01_eda", results)

# %% [markdown]
# ## What we learned

# %%
print(f"The catalog holds {results['recordings']:,} recordings of {results['works']:,} works; "
      f"{len(repeated) / len(recordings_of):.0%} of the works were recorded more than once.")
if len(shares):
    print(f"Its largest repertoire, {shares.idxmax()}, gives {shares.max():.0%} of them.")
print(f"Of the report's thirteen numbers a song, {len(drawn)} are known of the {len(described):,} "
      f"{'songs described' if whole else 'recordings'}: {', '.join(drawn) or 'none'}.")
if found := results["variants"]:
    print(f"{found['works']:,} works have several scores, {found['works_across_collections']:,} of them in "
          f"several collections; {found['share_different_titles']:.0%} of the pairs differ in title.")
assert on_both_sides == 0, "a work stands on two sides of the split: validation would reward memory"
assert pairs_apart == 0, "variants of one tune stand on two sides of the split"
assert copies == 0 or study.choice.name == "folder", "a recording is listed twice"
assert len(described) >= len(catalog), "recordings are heard that the source does not describe"
assert set(catalog["split"]) == {"train", "validation"}, "one side of the split is empty"

# %% [markdown]
# ## Try it
# - A split by *title* would have been easier. In a new cell, count the works whose recordings have several titles:
#   `(everyone.groupby("work_id")["title"].nunique() > 1).sum()`. How many of them could it have torn apart?
# - Draw the keys of the recordings that no model learns from, `corpus_plots.keys(study.unseen())`. Do they differ from
#   the figure above? How large a difference would you expect from chance alone?
# - Listen to another work that was recorded twice: `.index[1]` in place of `.index[0]` in the cell of the two
#   recordings. Can you hear that they are one work before you read the table?
# - Run `00_data` and this notebook with `seed = 1`. Which figures change? Why can that of the variants not?
#
# **Next:** `02_spectrograms` turns ten seconds of one recording into the picture that a network sees.
