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
# # 07 · Covers: does the model hear the composition?
#
# **Question.** The report wanted to find borrowed music. Its models learned from *augmented* recordings: the same
# performance, a little louder, faster, higher, noisier. What do they know about another **performance** of a work, or
# about the same tune as somebody else wrote it down a century later? And what is known without any training?
#
# **Reads** the finished runs of `04` and `05`, and recordings of works that no model has trained on.
# **Writes** the tables and figures of the covers, and the curves that show what each system is blind to.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/07_covers.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/07_covers.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
from songsim_lib import audio, config, covers, features, invariance, listen, needs, systems
from songsim_lib.covers import cases, evaluation, threshold, verdict
from songsim_lib.plots import covers as plots
from songsim_lib.plots import invariance as curves
from songsim_lib.study import Study
from songsim_lib.text import line

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
trained = needs.trained(study, config.choose_experiments(experiments), seeds)
compared = systems.baselines(study) + systems.models(study, [run for one in trained for run in one.runs])

# %% [markdown]
# ## What is compared
# Every recording that has another version **asks**, and all others answer: itself and other encodes of the same
# recording are left out, and recordings without a version are there as distractors, which never ask. A system orders
# all candidates by distance. No model has trained on any of these works. The **test** works are the same in every run
# and were used to choose nothing; the **validation** works are there to choose a threshold by.
#
# Every system hears the same: the first 10 s of each recording, the length that the models learned from. (The report
# learned from 10 s and tested on a minute and more.)
#
# Two baselines are new. Both look at **chroma**, the strength of the twelve pitch classes at each moment. The **2D Fourier
# magnitude** of chroma stays the same in every key (Bertin-Mahieux and Ellis, ISMIR 2012). **OTI + Qmax** turns one
# recording's chroma into the key of the other, then measures the longest passage that both share, at whatever tempo
# ([Serrà et al. 2009](https://doi.org/10.1088/1367-2630/11/9/093017)). Neither is trained.

# %%
measured = covers.measure(study, compared)
test, validation = measured["test"], measured.get("validation")
groups = test.heard.groups
display(Markdown(covers.about(study)))
pd.DataFrame([{"side": side, "versions": name, "how they differ": covers.GROUPS[name], "recordings that ask":
               int(labels.queries.sum()), "their works": len(set(labels.works[labels.queries])), "candidates": len(labels)}
              for side, found in measured.items() for name, labels in found.heard.groups.items()])

# %% [markdown]
# A pair of each kind, to listen to:

# %%
for name, labels in groups.items():
    pair = test.heard.catalog[test.heard.catalog["work_id"] == labels.works[labels.queries][0]].head(2)
    sounds = [(cases.caption(row), audio.load(row["path"], study.spec, study.spec.clip_s)[: study.spec.clip_samples])
              for _, row in pair.iterrows()]
    display(Markdown(f"**{name}**"), listen.players(sounds, study.spec.sample_rate_hz))

# %% [markdown]
# ## Who finds them
# **MAP**, mean average precision, is 1 when a query's versions stand first, before all others. **MR1** is the mean rank
# of the first version found (1 is best), **MRR** the mean of one over that rank, **P@1** the share of queries whose
# nearest recording is a version, **P@10** the share of versions among the ten nearest (at most 0.1 for a work with two
# recordings). **ROC-AUC** asks how often a same-work pair is nearer than a different-work pair, over all pairs;
# **triplet accuracy** asks the same within each query. In brackets: 95 % intervals, bootstrapped over works; in
# parentheses the range over several trainings. Equal distances count against a system. Chance is computed, not drawn.

# %% tags=["nbval-check-output"]
for name, labels in groups.items():
    table = evaluation.table(test, labels)
    study.save_table(table, f"covers_{name}")
    display(Markdown(f"**{name}**, n = {labels.queries.sum()} queries"), table.set_index("system"))

# %%
# alt: mean average precision of every system with its 95 % interval, on rearranged and on variant versions, and chance
study.save_figure(plots.forest(evaluation.scored(test, groups)), "covers_map");

# %% [markdown]
# ## Do the models beat what needs no training?
# The same queries were put to every system, so differences are taken query by query: their intervals are narrower than
# those of the scores themselves. A mark right of the line: the model finds more than the baseline. The table counts,
# for each model, how many of the baselines it beats, cannot be told from, or loses to.

# %%
# alt: paired differences of mean average precision, each trained model minus each baseline, with 95 % intervals
gaps = pd.concat([verdict.differences(test, labels).assign(group=name) for name, labels in groups.items()])
study.save_figure(plots.differences(gaps), "covers_differences");

# %%
told = gaps.assign(difference=gaps["difference"].map("{0.value:+.3f} [{0.low:+.3f}, {0.high:+.3f}]".format))[
    ["group", "model_title", "verdict", "baseline_title", "difference"]]
study.save_table(told, "covers_differences")
told.groupby(["group", "model_title"])["verdict"].value_counts().unstack(fill_value=0)

# %% [markdown]
# ## Same work, different work
# The report drew such hills for its covers with their legends exchanged. Where the hills coincide, no threshold can
# tell one from the other; where they stand apart, a threshold between them can. First our best model, then two methods
# that need no training; the line is the threshold of the next section.

# %%
# alt: distances of same-work and different-work pairs of the test works, one figure for each of three systems
best = min(trained, key=lambda one: one.loss.value).experiment.name  # by validation loss, so that nothing here is chosen
for name in (best, "fourier2d", "qmax"):
    same, different = threshold.pairs(test.distances[name][0], test.heard.everyone)
    at = threshold.choose(validation.distances[name][0], validation.heard.everyone) if validation else None
    study.save_figure(plots.same_and_different(same, different, test.titles[name], at), f"covers_distances_{name}")

# %% [markdown]
# ## A threshold, chosen on validation works and tried on test works
# The report took the mean distance of its test pairs as the threshold, and called what lay *above* it a cover. Here the
# threshold with the best balanced accuracy is chosen on the validation works and applied, unchanged, to the test works.
# The first figure lets every threshold pass by, with a circle at the chosen one; the right half stretches the few false
# alarms that a large catalog allows. In the second the open mark is validation and the full one test: a threshold that
# holds has both in one place.

# %%
# alt: ROC curves of all systems, the threshold chosen on validation works marked on each
transfer = threshold.transfer(validation, test, test.heard.everyone)
study.save_table(transfer.assign(**{error: transfer[error].map(str) for error in threshold.ERRORS}), "covers_threshold")
on_test = transfer[transfer["side"] == "test"].set_index("title")
chosen = {title: (row["false_alarm"].value, 1 - row["missed"].value) for title, row in on_test.iterrows()}
study.save_figure(plots.roc_curves(threshold.curves(test, test.heard.everyone),
                                   on_test.index[on_test["kind"] == systems.BASELINE], chosen), "covers_roc");

# %%
# alt: share of versions missed and of false alarms at the threshold, on validation and on test works, for each system
study.save_figure(plots.threshold_transfer(transfer), "covers_threshold");

# %% [markdown]
# ## The clearest and the most mistaken
# For the model with the lowest validation loss: the query and its version, where the version stands out most, and where
# another work was nearer by most. Whenever another work was nearer, it is there to listen to as well. What do you hear
# that they share?

# %%
# alt: log-mel spectrograms of a query and its version, for the best and the worst cases of the best model
extremes = cases.extremes(test.distances[best][0], test.heard.everyone, n=1)
for which, chosen in zip(("best", "worst"), extremes, strict=True):
    for number, case in enumerate(chosen, start=1):
        display(Markdown(f"**{which} {number}**: the version has rank {case.rank} of {len(test.heard.catalog) - 1}"))
        rows = test.heard.catalog.iloc[[case.query, case.version, *([] if case.found else [case.rival])]]
        clips = [audio.load(path, study.spec, study.spec.clip_s)[: study.spec.clip_samples] for path in rows["path"]]
        roles = [f"{role}: {cases.caption(row)}" for role, (_, row) in
                 zip(("query", "its version", "nearer than that"), rows.iterrows(), strict=False)]
        display(listen.players(list(zip(roles, clips, strict=True)), study.spec.sample_rate_hz))
        mels = [features.log_mel(clip, study.spec) for clip in clips]
        study.save_figure(plots.case(list(zip(roles, mels, strict=True)), study.spec), f"covers_{which}_{number}")

# %% [markdown]
# ## What each system is blind to
# Covers change everything at once. Here **one** thing is changed at a time: the same passage is transposed, played
# faster or slower, drowned in noise, begun a little later, or its melody is played on another instrument, and each
# system must find the original among all. A system that hears the *recording* falls as soon as key, tempo or instrument
# change and may stand noise; one that hears the *composition* stays up under all of them: it has the **invariance** that
# looking for covers takes.
#
# Beware of raw spectrograms here: everywhere but in "Start", query and original begin at the same instant, and what is
# compared cell by cell lives on that. Covers, above, are not so kind. In the table at the end, a pale cell is what a
# system is blind to; the last row is guessing.

# %%
blind = invariance.of_study(study, compared, study.profile.probes)
study.save_table(blind, "invariance")
Markdown(f"{int(blind['n'].max())} works; in each panel chance is the dotted line.")

# %%
# alt: mean reciprocal rank of every system against transposition, tempo, signal-to-noise ratio and instrument
study.save_figure(curves.curves(blind), "invariance_curves");

# %%
# alt: table of systems and factors, the mean reciprocal rank over all changed levels as shade and number
study.save_figure(curves.summary(blind), "invariance_summary");

# %% [markdown]
# ## Real recordings
# Other recordings than the study's own: with `covers_folder` (on the command line `--covers-folder PATH`) set to a folder
# of real recordings, one folder for each work or an `index.csv`, or to `covers80`, the same table is made for them, from
# up to three minutes of each. Works that a model has learned from are left out.

# %%
folder = covers.of_folder(study, compared, covers_folder, covers_split) if covers_folder else None
if folder:
    for name, labels in folder.heard.groups.items():
        display(Markdown(f"**{name}** in the folder: {labels.queries.sum()} queries among {len(labels)} recordings"))
        display((found := evaluation.table(folder, labels)).set_index("system"))
        study.save_table(found, f"covers_folder_{name}")
Markdown(covers.about_folder(folder.heard if folder else None))

# %% [markdown]
# ## What we learned

# %% tags=["nbval-check-output"]
found = {name: verdict.summary(test, labels) for name, labels in groups.items()}
if folder:
    found |= {f"{line(Path(covers_folder).name)}: {name}": verdict.summary(folder, labels)
              for name, labels in folder.heard.groups.items()}
study.save_results("07_covers", {"groups": found, "best_model": best, "seeds": seeds, "unusable": test.heard.failed,
                                 "invariance": blind[blind["level"].isna()].drop(columns="level").to_dict("records")})
Markdown("\n\n".join(verdict.conclusion(found[name], name) for name in found))

# %%
for name, labels in groups.items():
    for system in found[name]["scores"].values():
        assert system["map"]["low"] <= system["map"]["value"] <= system["map"]["high"], f"{system['title']}: interval"
    assert evaluation.perfect(labels), "an oracle that knows the works must have MAP 1"
assert not set(test.heard.catalog["work_id"]) & set(study.catalog()["work_id"]), "a test work was trained on"
print("no test work was used for training, and an oracle that knows the works finds every version")

# %% [markdown]
# ## Try it
# - Replace `best` by `"qmax"` in `cases.extremes(test.distances[best][0], ...)`. Are its mistakes mistakes to your ears
#   too, or do the two works share a passage?
# - Draw the hills of `"flat_l2"` beside the others. Where would you put the threshold, and how many false alarms does it
#   cost?
# - Somebody looks at the first hit only. Which column of the tables is theirs? Does it put the systems in another order
#   than MAP does?
# - Put two versions of a few songs of your own into folders, one a work, and set `covers_folder`. With so few queries,
#   how wide are the intervals?
#
# **Next:** `08_beyond_the_report` trains on performances instead of augmented copies, and tries to find more.
