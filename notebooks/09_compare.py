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
# # 09 · Are these two songs alike, and where?
#
# **Question.** Two recordings are on the table: of an artist who checks a track before it is released, of a label, of a
# court's expert. Are they the same recording, the same composition, or neither? *Which passage* of one answers which of
# the other, in what key and at what tempo? And how often are two songs that have nothing to do with each other as alike?
#
# **Reads** two sound files (`song_a`, `song_b`; by default a tune as two books printed it a century apart) and the
# calibration that comes with this project (`data/calibration`). **Writes** the verdict with its evidence.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/09_compare.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/09_compare.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
song_a = ""
song_b = ""

# %%
import pandas as pd
from IPython.display import SVG, Markdown, display

from songsim_lib import calibration, listen, models
from songsim_lib.calibration import card, shipped
from songsim_lib.compare import chosen, exhibits, famous, fingerprint, plots, robust, tables, telling
from songsim_lib.compare.comparison import between
from songsim_lib.compare.sound import hear
from songsim_lib.engrave import family
from songsim_lib.plots import calibration as rare
from songsim_lib.study import Study
from songsim_lib.text import markdown

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()

# %% [markdown]
# ## The two recordings
# In Colab, set `upload = True` in the next cell and run it: it asks for two files. Elsewhere give the names of two files
# as `song_a` and `song_b` above. With none, this is a tune of the embedded corpus that the composition model has
# not learned from, played from the notes as two collections print them. Neither book says that the other has it.

# %%
upload = False
if upload:
    song_a, song_b = chosen.upload()
pair = chosen.choose(song_a, song_b)
a, b = (hear(path, study.spec) for path in pair.paths)
display(Markdown("\n".join(f"- **{which}**: {markdown(caption)}, {sound.duration_s:.1f} s"
                           for which, caption, sound in zip(("first", "second"), pair.captions, (a, b), strict=True))))
listen.players([(text, sound.samples[: 30 * study.spec.sample_rate_hz])
                for text, sound in zip(pair.captions, (a, b), strict=True)], study.spec.sample_rate_hz)

# %%
# alt: both settings of the tune in notation, bars that answer each other in one colour and with one letter
if pair.notation:
    notation = family.picture(list(pair.notation))
    study.save_figure(notation, "compare_notation")
    display(Markdown("The two settings as they are printed; **bars that answer each other share colour and letter** "
                     "(found by comparing the notes, not the sound)."), SVG(notation))

# %% [markdown]
# ## The verdict
# Three witnesses are asked, and none knows what the others say. The **composition model** says what stretches of ten
# seconds are like. The **alignment** (Qmax) says which notes follow which, in any of the twelve keys, and so names the
# passages. The **fingerprint** knows the same *sound* again, as the report's models were trained to.

# %% tags=["nbval-check-output"]
net = models.load_pretrained()
found = between(a, b, net)
display(Markdown(f"### {telling.headline(found)}\n\n{' '.join(telling.sentences(found))}"))
pd.DataFrame(tables.witnesses(found), columns=["witness", "listens to", "similarity", "says"]).set_index("witness")

# %% [markdown]
# **How sure that is, and what it does not mean.**

# %%
Markdown("\n".join(f"- {text}" for text in (*telling.doubts(found), *telling.NOT_MEANT)))

# %% [markdown]
# ## The evidence
# A passage has one number and one colour in all pictures, the strongest first. In the waveforms it is shaded, among the
# notes it is framed (the same tune in another key is the same picture, moved up or down). Can you find in one frame the
# line of notes that you see in the other?

# %%
# alt: waveforms of both recordings with the matching passages shaded in the same colours
# alt: notes of both recordings over time with the matching passages framed in the same colours
sounds = (a.samples, b.samples)
study.save_figure(plots.waveforms(sounds, pair.captions, found.passages, study.spec), "compare_waveforms")
study.save_figure(plots.spectrograms(sounds, pair.captions, found.passages, study.spec), "compare_notes");

# %% [markdown]
# A dark point below is a moment of the first recording that sounds like one of the second. Where a melody is answered,
# points line up: a path. Its slope is the tempo ratio. What is scattered is chance.

# %%
# alt: cross-similarity of the two recordings with a path through each passage
study.save_figure(plots.similarity(a.chroma, b.chroma, pair.captions, found.passages), "compare_similarity")
spans = [row["cells"] | {"passage": row["number"]} for row in tables.passages(found)]
pd.DataFrame(spans).set_index("passage") if spans else Markdown("No passage was found.")

# %% [markdown]
# **Listen**: the players begin where the passages do.

# %%
exhibits.heard(found, a, b)

# %% [markdown]
# ## How rare is that?
# A similarity of 0.6 means nothing alone. So works that the composition model has *not* learned from were played
# anew, at lengths from 8 seconds to 3 minutes, half of them worn (out of tune, noisy, through a codec), and paired: those
# of one work, and one of each work with one of another. What **unrelated works** reach says how often a likeness as
# high comes by chance: the **p-value**. Both kinds together give the **likelihood ratio**: how much likelier such a
# likeness is for two recordings of one work. In the figure, the grey hill is unrelated works, the lines are two
# recordings of one work, and the upright line is this pair: where it stands in the hill, nothing was found.

# %%
# alt: likelihood ratios of unrelated pairs and of pairs of one work on unseen test works, this pair as a line
known, pairs = calibration.load(), calibration.test_pairs()
stated = found.calibrated
study.save_figure(rare.null(card.by_kind(known, pairs), stated and stated.log_ratio), "compare_null")
Markdown(card.about(shipped.facts(), known))

# %% [markdown]
# ## Does it keep its word?
# The calibration was fitted on validation works alone. These are **test works**, which nothing was fitted on or chosen
# by: of all pairs of which it said "80 %", 80 % should be of one work (both kinds of pairs counted equally). The
# **expected calibration error** is the mean distance from that. In the figure a mark is the larger the more it weighs,
# and lines are 95 % intervals over works: nearly all pairs are at the ends, so that little is known about the middle.
# *Flagged* are pairs with p of 0.001 or less: of unrelated ones it should be one in a thousand.

# %%
# alt: reliability diagram on unseen test works, said probability against true share, near the diagonal
measured = card.results()
report = card.table(measured)
study.save_figure(rare.reliability(card.curves(known, pairs)), "compare_reliability")
study.save_table(report, "compare_calibration")
display(report.set_index("pairs"))
Markdown(card.about_passages(measured))

# %% [markdown]
# ## Things that must come out
# The same file twice, an excerpt, a copy through a lossy codec: *the same recording*. Noise beside music: *neither*.
# Computed here and now, with the first of the two recordings.

# %%
sane = robust.table(robust.cases(a, net))
study.save_table(sane, "compare_sanity")
sane.set_index("beside the first recording")

# %%
learned = fingerprint.of_run(study, a, b)
display(Markdown("The **report's own networks**, where this run has trained them, by the cosine of their embeddings (1: "
                 "the same): a copy of the recording, noisy and through a codec, should be far nearer than another "
                 "performance." if len(learned) else "None of the report's networks was trained in this run."))
learned.round(3).set_index("network") if len(learned) else None

# %% [markdown]
# ## Famous cases
# The pairs that the report opens with, and others that came to court. The outcome is the **last** one: several first
# verdicts were reversed. Previews of 30 s are fetched where this machine is online; two previews may play different
# parts of two songs, so that "neither" says little.

# %%
cases = famous.load() if study.profile.name != "smoke" else []  # tests wait for no server
previews, said = famous.gather(cases, study.paths.cache / "famous")
verdicts = {name: between(*(hear(path, study.spec) for path in both), net) for name, both in previews.items()}
shown = famous.table(cases, verdicts)
study.save_table(shown, "compare_famous")
display(Markdown(said), *([shown.set_index("later")] if cases else []))

# %%
if not verdicts:
    told = robust.variants(net, study.spec, 8)
    study.save_table(told, "compare_variants")
    display(Markdown("Instead: tunes of the corpus that two books print under different titles, test works all."),
            told.set_index("first"))

# %% [markdown]
# ## What we learned

# %% tags=["nbval-check-output"]
study.save_results("09_compare", {"comparison": found.as_dict(), "default": not song_a, "calibration": measured,
                                  "famous": {"found": len(verdicts), "of": len(cases), "said": said}})
Markdown(f"**{found.one_line()}**\n\n{card.conclusion(measured)}")

# %%
assert all(sane["as it must be"]), "a copy must be the same recording, and noise no music"
assert not stated or 0 < stated.p_value <= 1
if pair.notation:
    assert found.passages and stated.log_ratio > 0, "a tune printed twice must be told from unrelated ones"
print("copies are known, noise is refused, and the verdict agrees with what is known of the pair")

# %% [markdown]
# ## Try it
# - Compare two songs that you believe are alike, then each of them with one that is not. Which passage is named, and do
#   you hear it?
# - Exchange the two recordings: `pair.paths[::-1]` in place of `pair.paths`. What should stay as it is, and does it?
# - Change the tempo of one file by a tenth with any editor, and compare it with itself. Which witnesses still know it?
# - A label compares every new song with a thousand old ones, each pair by itself. How often will "one in a thousand" be
#   said of a song that borrowed nothing?
#
# With one song and a whole folder to compare it with, aligning every pair would take hours.
#
# **Next:** `10_search` searches the folder instead, and counts what chance brings among so many.
