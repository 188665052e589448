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
# # 08 · Beyond the report: from fingerprints to compositions
#
# **Question.** The report wanted to find borrowed music, and what it trained recognises a *recording*. What does it
# take to recognise a **composition**: another key, another tempo, other instruments, another hand that wrote it down?
# And is what a small network learns better than the best that is known without any learning?
#
# **Reads** what `07` found in this run, and the network that comes with this project (`data/composition`), with the
# record of its training. **Writes** the comparison of all systems on works that none of them has learned from, and a
# map of them that the report lets you hear.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/08_beyond_the_report.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/08_beyond_the_report.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
experiments = "all"
seeds = 1
covers_folder = ""
covers_split = ""

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown, display

from songsim_lib import audio, config, covers, listen, needs, soundmap, systems
from songsim_lib.composition import costs, looking, own_task, pretrained, retold, story, together
from songsim_lib.covers import cases, evaluation, verdict
from songsim_lib.device import place
from songsim_lib.plots import composition as plots
from songsim_lib.plots import composition_network as drawing
from songsim_lib.plots import covers as scores
from songsim_lib.plots import invariance as curves
from songsim_lib.plots import soundmap as map_plots
from songsim_lib.study import Study

# %%
study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
trained = needs.trained(study, config.choose_experiments(experiments), seeds)
ours = systems.composition(study)
others = [*systems.models(study, [run for one in trained for run in one.runs]),
          *(one for one in systems.baselines(study) if one.name in ("flat_l2", "fourier2d", "qmax"))]
measured = covers.measure(study, [ours, *others])["test"]  # what 07 has measured is read, not measured again
test = together.added(measured)
groups = test.heard.groups
Markdown(covers.about(study))

# %% [markdown]
# ## Where the report's way ends
# `07` asked every system for other versions of a work. These are its numbers, of this very run (mean average
# precision, in brackets 95 % intervals over works). Read the report's networks against chance, and against methods that
# never learned anything but were told what a key is. They did learn what they were taught: that a clip and its
# noisy, stretched, re-pitched copy are the same. That is a **fingerprint**, and two performances have none in common.

# %%
told = retold.told_by_07(study, measured)
display(retold.told_table(told).set_index("system"))
Markdown(retold.in_short(told))

# %% [markdown]
# ## The same music, drawn twice
# Part of the trouble is the picture. On the mel scale a semitone takes a fraction of a row in the bass and about two in
# the treble (`02`): when a melody moves to another key, low notes and their overtones move by different numbers of
# rows. A **constant-Q** spectrogram has one row for each semitone. In another key it is **the same picture, moved**, and
# a convolution does not mind where in a picture something is.
#
# The pair is chosen by rule: of all test works performed twice from the same bar on, in keys at least three semitones
# apart, the one whose pictures agree most once the second is moved back. Compare the upper right picture with the one
# at the bottom. How the other pairs fare is said below.

# %%
# alt: a query and its version as log-mel and as constant-Q spectrograms, and the version moved back into the query's key
pairs = looking.moved_back(test.heard, next(iter(groups.values())))
row, row_b, semitones = looking.pair(test.heard, next(iter(groups.values())), pairs)
names = [cases.caption(test.heard.catalog.iloc[one]) for one in (row, row_b)]
mels, constant_q = zip(*(looking.pictures(test.heard, one, study.spec) for one in (row, row_b)), strict=True)
study.save_figure(plots.same_music(mels, constant_q, names, study.spec, semitones), "beyond_same_music")
Markdown(looking.about_pairs(pairs, semitones))

# %% [markdown]
# ## A network that forgets the key
# Twelve semitones make an octave, and notes an octave apart share a name. So the network folds the 72 rows into six
# octaves, which become channels as colours are in a photograph, and twelve **pitch classes**, which it closes to a
# circle: after B comes C again. Its convolutions go around that circle. Music in another key is then the same picture
# *turned*, and the maximum over the circle, at the end, gives the same number for every turn: the key is forgotten by
# construction, not by training. (Not quite: a note that passes from B to C also moves to the next octave's channel,
# and that, training must teach.) Half of the first layers' channels forget the instrument's colour in the same spirit
# (instance norm), and a generalised mean over time, with a power that is learned, lets a passage count wherever it comes.

# %%
# alt: the network layer by layer with output shapes and weights, above it how octaves become channels and keys a circle
net = pretrained.load_pretrained()
study.save_figure(drawing.network(net), "beyond_network");

# %% [markdown]
# ## What it learned from
# The report made its positives from one recording. Here positives are **performances**: the same score, or the same
# tune as another collector wrote it down, played by other instruments, in another key and tempo, in another room; and
# each clip is transposed, stretched, cut and masked once more whenever it is seen. The loss (supervised contrastive)
# pulls all performances of a work together and pushes all other works in the batch away, not one at a time.
#
# This training is not repeated here: its weights come with the project, and this is its record. It was steered by
# validation works alone. On the right, the gap between the two curves is the difference between another performance
# and another hand.

# %%
# alt: training loss over steps, and mean average precision on validation works, rearranged and variant
facts = story.card()
study.save_figure(plots.learning_curve(story.history(), story.MAPS), "beyond_training")
Markdown(story.about_training(facts))

# %% [markdown]
# ## What each ingredient adds
# Everything was trained once more, shorter, with one thing taken away or exchanged at a time. Differences are paired:
# the same validation queries, each asked with and without. Left of the line: without it, fewer versions are found.
# (Single trainings: how far another seed would move them is not in these intervals. And these trainings are short and
# the validation recordings clean: what is there for other tempi and for worn sound makes learning harder at first, and
# what it is worth on real recordings does not show here.)

# %%
# alt: paired differences of mean average precision from the full recipe, for each ingredient left out or exchanged
ablation = story.ablation()
added = story.ablation_table(ablation)
study.save_figure(plots.differences(added.dropna(subset="difference"), (
    "cannot be told from everything", "finds more than everything", "finds fewer")), "beyond_ablation")
display(Markdown(story.about_ablation(ablation, added)))
table = added.assign(score=added["score"].map(str)).pivot(index="title", columns="group", values="score")
study.save_table(table.reset_index(), "beyond_ablation")
table.loc[added["title"].unique()]

# %% [markdown]
# ## On works that no system has learned from
# The same test works, queries and protocol as in `07`. **MAP** is 1 when a query's versions stand first.
#
# The network says what a passage is *like*, Qmax what *follows* what: they err on different works. So they are also
# **asked together**: their distances are multiplied. And since some recordings lie near many others, a distance is
# **scaled** by how near both lie to their three nearest, which needs no labels. Both were chosen on validation works
# (`composition.together`); Qmax alone is scaled as well, to tell what that adds. Searching a large catalog, one would
# let the network choose a few hundred candidates and align only those.
#
# After the tables, the first figure shows MAP, and the second the paired differences that decide: the network minus
# each other system, and both together minus each of the two.

# %% tags=["nbval-check-output"]
for name, labels in groups.items():
    table = evaluation.table(test, labels)
    study.save_table(table, f"beyond_{name}")
    display(Markdown(f"**{name}**, n = {labels.queries.sum()} queries"), table.set_index("system"))

# %%
# alt: mean average precision of the composition model, the report's models and three baselines, and chance
study.save_figure(scores.forest(evaluation.scored(test, groups)), "beyond_map");

# %%
# alt: paired differences of mean average precision, the composition model alone and with Qmax minus each other system
new = [systems.COMPOSITION, together.TOGETHER]
against = [name for name in test.distances if name not in new]
gaps = pd.concat([verdict.differences(test, labels, [model], others_of).assign(group=name) for name, labels in groups.items()
                  for model, others_of in ((new[0], against), (new[1], [new[0], "qmax"]))])
gaps["title"] = gaps["model"].map({new[0]: "network", new[1]: "both"}) + " minus " + gaps["baseline_title"]
study.save_figure(plots.differences(gaps, ("cannot be told apart", "finds more than the other", "finds fewer")), "beyond_differences");

# %% [markdown]
# ## Real recordings
# All of this was learned from synthesized sound. With `covers_folder` set (`--covers-folder PATH`) the same systems are
# asked for versions among real recordings, up to three minutes of each. The composition model compares them window by
# window: ten seconds every five, each with its best answer in the other recording; the best three quarters of these
# count.

# %%
compared = [ours, *others]
folder = covers.of_folder(study, compared, covers_folder, covers_split) if covers_folder else None
if folder:
    folder = together.added(folder)
    for name, labels in folder.heard.groups.items():
        display(Markdown(f"**{name}** in the folder: {labels.queries.sum()} queries among {len(labels)} recordings"))
        display((table := evaluation.table(folder, labels)).set_index("system"))
        study.save_table(table, f"beyond_folder_{name}")
Markdown(covers.about_folder(folder.heard if folder else None))

# %% [markdown]
# ## What each system is blind to
# One thing is changed at a time, as in `07`: a system that hears the composition stays up under all of them. It need
# not be best at each: what compares cell by cell, and begins at the same instant, cannot be beaten where nothing moves.

# %%
# alt: mean reciprocal rank of every system against transposition, tempo, signal-to-noise ratio and instrument
# alt: table of systems and factors, the mean reciprocal rank over all changed levels as shade and number
blind = retold.invariances(study, ours, others)
study.save_table(blind, "beyond_invariance")
study.save_figure(curves.curves(blind), "beyond_invariance_curves")
study.save_figure(curves.summary(blind), "beyond_invariance_summary");

# %% [markdown]
# ## The report's own task
# Can it still do what the report asked for: tell an augmented clip from other songs, by triplet loss? Anchors and
# positives are the study's own, drawn anew from sound, since its store holds log-mels alone. It never heard the
# study's noise. Only works that the composition model has not learned from are asked, for all systems alike; with
# another seed than its own those are fewer than the study's validation works.

# %%
judged = own_task.measure(study, place(pretrained.load_pretrained(), study.device), ours.title, trained,
                          facts["trained"]["seed"])
own = own_task.table(judged)
study.save_table(own, "beyond_own_task")
display(own.set_index("system"))
Markdown("" if judged else "Fewer than two of this run's validation works are unknown to the model: no triplet is left.")

# %% [markdown]
# ## What it costs
# Measured here and now, after decoding, in processor time of one thread. An embedding is made once for each recording,
# and a query is one product with all of them. Qmax (here on 10 s; it grows with the square of the length) aligns every
# *pair*.

# %%
cost = costs.measure(net, audio.load(test.heard.catalog["path"].iloc[0], study.spec, study.spec.clip_s),
                     test.heard.excerpts.chroma[:4], study.spec)
study.save_table(cost, "beyond_costs")
display(cost.round(2).set_index("what"))
Markdown(costs.about(cost))

# %% [markdown]
# ## A map of what is alike
# All distances among many recordings fit on no page, but who is whose neighbour nearly does: t-SNE lays recordings out so
# that the nearest stay near. How far apart the others lie says nothing, nor do empty places. *Trustworthiness* tells
# how far the neighbours in the picture are the network's own: 1 if no stranger has come between. In the report this
# map can be **heard**: point at a recording, and it sounds.

# %%
# alt: recordings as points, near those that the network takes for alike, coloured by repertoire; lines join versions
sound_map = soundmap.draw(test.heard.catalog, test.distances[ours.name][0], study.spec)
soundmap.save(study, sound_map)
study.save_figure(map_plots.soundmap(sound_map), "sound_map")
Markdown(soundmap.about(sound_map))

# %% [markdown]
# ## The clearest and the most mistaken
# Listen to both: where the model is sure and right, and where another work was nearer than the version. These are
# constant-Q pictures: look for a line of notes that two of them share, higher or lower.

# %%
# alt: constant-Q spectrograms of a query and its version, for the best and the worst cases of the composition model
extremes = cases.extremes(test.distances[systems.COMPOSITION][0], test.heard.everyone, n=1)
for which, chosen in zip(("best", "worst"), extremes, strict=True):
    for number, case in enumerate(chosen, start=1):
        display(Markdown(f"**{which} {number}**: the version has rank {case.rank} of {len(test.heard.catalog) - 1}"))
        rows = [case.query, case.version, *([] if case.found else [case.rival])]
        about = test.heard.catalog.iloc[rows]
        clips = [audio.load(path, study.spec, study.spec.clip_s)[: study.spec.clip_samples] for path in about["path"]]
        roles = [f"{role}: {cases.caption(line)}" for role, (_, line) in
                 zip(("query", "its version", "nearer than that"), about.iterrows(), strict=False)]
        display(listen.players(list(zip(roles, clips, strict=True)), study.spec.sample_rate_hz))
        drawn = [looking.pictures(test.heard, one, study.spec)[1] for one in rows]
        study.save_figure(plots.case(list(zip(roles, drawn, strict=True)), study.spec), f"beyond_{which}_{number}")

# %% [markdown]
# ## What we learned

# %% tags=["nbval-check-output"]
asked = {name: (test, labels) for name, labels in groups.items()}
asked |= {f"{Path(covers_folder).name}: {name}": (folder, labels) for name, labels in folder.heard.groups.items()} if folder else {}
found = {name: verdict.summary(side, labels, new, against) for name, (side, labels) in asked.items()}
study.save_results("08_beyond", {
    "groups": found, "trained": facts["trained"], "own_task": own_task.as_dict(judged), "seeds": seeds,
    "pair": {"track_ids": test.heard.catalog["track_id"].iloc[[row, row_b]].tolist(), "semitones": semitones},
    "invariance": blind[blind["level"].isna()].drop(columns="level").to_dict("records")})
Markdown("\n\n".join([*(verdict.conclusion(found[name], name) for name in found), "**Against the strongest classical "
                       "method**, by the paired 95 % interval:", retold.against_qmax(found)]))

# %%
for name, group in found.items():
    for one in group["scores"].values():
        assert one["map"]["low"] <= one["map"]["value"] <= one["map"]["high"], f"{one['title']}: interval"
    assert evaluation.perfect(asked[name][1]), "an oracle that knows the works must have MAP 1"
    assert retold.agrees(told.get(name), group), f"{name}: 07 found other scores for the same systems; run it again"
spared = own_task.spared(facts["trained"]["seed"])
assert set(test.heard.catalog.get("score_id", [])) <= spared, "the composition model has learned from a test work"
print("07 and 08 agree on every system that both measured, and the model has learned from no test work")

# %% [markdown]
# **What it is not.** It learned from *synthesized* sound: a voice, a distorted guitar, a drummer who covers everything
# are not what it knows. It knows five repertoires of Western tonal music in twelve equal steps: fiddle tunes from three
# collections, songs, string quartets; music of other tunings has no place on its circle. It compares ten seconds at a
# time, so a short quotation in a long passage may go unheard. And its likeness is **no verdict**: works that share a
# stock of chords, a dance rhythm or a scale lie near each other without anyone having borrowed anything, and nothing in
# a distance tells who was first.
#
# **What is missing** for a reader with two recordings: not a distance but an answer, how likely it is that they are
# the same composition, and *which passage* says so. That needs distances that are calibrated, and an alignment.

# %% [markdown]
# ## Try it
# - Does the network forget the key? With `import torch`, `x = torch.from_numpy(constant_q[0])[None, None]` and
#   `net = net.cpu()`, compute `net(x) @ net(x.roll(5, dims=2)).T`. Then roll by 12. How near are the two, and why not 1?
# - Replace `systems.COMPOSITION` by `together.TOGETHER` in the cell of the best and worst cases. Which mistakes are
#   gone, and are there new ones?
# - Ten recordings ask in a few seconds whichever way; a million do not. At how many recordings would you stop aligning
#   every pair? Use the table of costs.
# - Put two versions of a few songs of your own into folders, one a work, and set `covers_folder`. Which versions does
#   it miss, and what do these have in common?
#
# **Next:** `09_compare` takes two recordings and answers: alike or not, where, and how sure that is.
