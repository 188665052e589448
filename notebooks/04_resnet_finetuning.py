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
# # 04 · Fine-tuning ResNet-18
#
# **Question.** Can a network that was trained to recognise photographs learn which two spectrograms are the same
# song?
#
# **Reads** the catalog and feature store of `00_data`.
# **Writes** two experiments, each trained `seeds` times (history, checkpoints, embeddings, metrics), and the report's
# two ResNet figures.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/04_resnet_finetuning.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/04_resnet_finetuning.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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

# %%
from dataclasses import asdict

import pandas as pd

from songsim_lib import config, models, needs, results, splits, triplets, yardsticks
from songsim_lib.caveats import caveats
from songsim_lib.plots import architecture, training
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)
wanted = [e for e in config.choose_experiments(experiments) if e.architecture == "resnet18"]
results.repeats(seeds);

# %% [markdown]
# ## The triplet loss
# A triplet is an **anchor** $A$ (a clip), a **positive** $P$ (the same clip, augmented) and a **negative** $N$
# (a clip of another song). The network $f$ puts each of them on a sphere in 128 dimensions, and the loss asks that
# the positive be nearer than the negative by at least a margin $\alpha$:
#
# $$\mathcal{L}(A, P, N) = \max(0, \lVert f(A) - f(P) \rVert_2 - \lVert f(A) - f(N) \rVert_2 + \alpha)$$
#
# With $\alpha = 1$, as in the report, a network that puts every song in one place has a loss of exactly 1. In the
# picture the loss is zero as soon as the negative lies outside the dashed circle.

# %%
# alt: anchor, positive and negative as points, before training and as the loss wants them, the margin as a ring
study.save_figure(training.triplet_picture(margin=1.0), "triplet_loss");

# %% [markdown]
# ## The triplets
# Works are split before anything else (`00_data`), so no composition is on both sides. The negative of a triplet
# is the anchor of another triplet in the same batch, drawn anew in every epoch: a song at random, as in the study,
# but already embedded. Validation triplets are drawn once and stay.

# %%
catalog, store = study.catalog(), study.store()
sides = {side: triplets.pairs(catalog, store, side) for side in (splits.TRAIN, splits.VALIDATION)}
pd.DataFrame({side: {"triplets": len(pairs), "recordings": len(pairs.first()), "works": len(set(pairs.works))}
              for side, pairs in sides.items()})

# %% [markdown]
# ## Yardsticks
# What does one get *without* training? The report's "no-model" baseline normalised each spectrogram over an axis of
# length 1, which turns every value into -1 or 0; nearly all distances vanish, and its loss of 0.9983 is the margin,
# whatever the songs are. The honest versions flatten the spectrogram and scale it to unit length, with and without
# taking each mel band's mean away. And an untrained network is a baseline too.
#
# **Triplet accuracy** is the share of *all* other songs that lie farther from the anchor than its positive does
# (chance: 0.5). The **rank** is that of the positive among the positives of all validation songs, all augmented
# alike, so that noise cannot give the answer away (1 is best), and *ranked first* is how often it is 1. The first row
# is what guessing scores: not a coin that was flipped, as in the report, but the exact expectation. A triplet loss has
# none, since it depends on the scale of the distances.

# %% tags=["nbval-check-output"]
measured = yardsticks.measure(study)
print(results.how_to_read(1))
results.table(study, [], measured).set_index("system")

# %% [markdown]
# ## Residual blocks
# ResNet-18 is built from blocks that compute a *change* to their input and add it: the input itself takes a shortcut
# around two convolutions. A block that has nothing to add can leave its input as it is, and gradients reach the
# early layers undiminished ([He et al. 2016](https://doi.org/10.1109/CVPR.2016.90)).

# %%
# alt: a residual block: two 3x3 convolutions with batch norm, and a shortcut around them that is added back
study.save_figure(architecture.residual_block(), "residual_block");

# %% [markdown]
# ## The network
# Three things are changed in torchvision's ResNet-18. The first convolution reads one channel instead of three: it
# starts as the *sum* of the pretrained red, green and blue kernels, which answers to a grey picture as the original
# does. The classifier becomes dropout and a 128-dimensional layer. And the result is scaled to unit length. In the
# first experiment everything but the last block is frozen, the first convolution and all frozen batch norms included.
#
# If the ImageNet weights cannot be had, a warning appears here, training starts from a **random trunk**, nothing
# stays frozen (frozen random filters would be noise), and every result says so. In the diagram blue layers learn and
# grey ones are frozen; read the shapes from top to bottom, as the picture shrinks and the channels multiply.

# %%
# alt: the layers of ResNet-18 from spectrogram to embedding, with output shapes and parameter counts
network = models.build(config.EXPERIMENTS["resnet18_b64_last_block"])
study.save_figure(architecture.diagram(network, f"ResNet-18, {network.trunk}"), "resnet18_architecture");

# %%
share = sum(w.numel() for w in network.parameters() if w.requires_grad) / sum(w.numel() for w in network.parameters())
print(f"{network.trunk}: {share:.0%} of the weights learn when only the last block is to be trained")

# %% [markdown]
# ## Two experiments
# The report's recipe: Adam, margin 1, and the batch sizes, dropout rates and learning rates below. In the original
# code the dropout layer was built and never called; here it works. A run that was interrupted goes on after its
# last finished epoch with the very numbers it would have had; a finished one is loaded.
#
# Before each validation the running statistics of the batch norms are recomputed on training clips: after a few
# dozen steps their running averages lag far behind the weights.
#
# One training is one draw from a lottery: other random weights and another order of the batches give other numbers.
# With `seeds = 3` each experiment is trained three times on the same triplets, and the tables show mean and range.

# %%
recipe = pd.DataFrame([asdict(e) for e in wanted]).set_index("name")[
    ["trainable", "batch_size", "dropout", "weight_decay", "learning_rate", "epochs"]]
recipe["learning rate here"] = [study.profile.learning_rate_of(e) for e in wanted]
recipe["epochs here"] = [study.profile.epochs(e) for e in wanted]
recipe

# %%
finished = results.train(study, wanted, seeds)

# %% [markdown]
# ## Loss curves
# The level lines are the yardsticks from above. Where the report gives numbers, they are drawn beside ours; they
# come from other songs and, unless this run used ImageNet weights and 10,000 triplets, from another regime, so the
# *shape* is what can be compared. Does the validation curve still fall at the last epoch? How far apart do the two
# curves end? (The training loss is the mean over an epoch in which the weights changed and dropout was at work, so it
# may well lie above the validation loss.)

# %%
# alt: triplet loss per epoch on training and validation triplets, with the baselines as level lines
lines = {scores["title"]: results.loss_of(scores) for scores in measured.values()}
for trained in finished:
    figure = training.loss_curves(trained.history, lines, trained.experiment.reported_loss, title=trained.title)
    study.save_figure(figure, trained.experiment.figure)

# %% tags=["nbval-check-output"]
scores = results.table(study, finished, measured)
study.save_table(scores, "resnet18_scores")
print(results.how_to_read(seeds))
scores.set_index("system")

# %% [markdown]
# ## What we learned

# %%
flat = measured["flat_l2"]
for trained in finished:
    wins = results.beats(trained, flat)
    print(f"{trained.title}: validation loss {trained.loss} at the best epoch; "
          f"{'beats' if wins['loss'] else 'does not beat'} flat log-mel by loss ({results.loss_of(flat):.3f}), "
          f"{'beats' if wins['accuracy'] else 'does not beat'} it by accuracy")
    last = trained.history.groupby("repeat").last()
    gaps = ", ".join(f"{gap:+.3f}" for gap in last["validation_loss"] - last["train_loss"])
    print(f"  validation loss minus training loss after the last epoch: {gaps}")

# %%
for trained in finished:
    for run, judgement in zip(trained.runs, trained.judgements, strict=True):
        assert abs(judgement.loss - run.metrics["best_validation_loss"]) < 1e-4, "the embeddings give another loss"
        assert len(run.history) == study.profile.epochs(run.experiment), "epochs are missing"
study.save_results("caveats", caveats(study, [run for trained in finished for run in trained.runs]))
print("the saved embeddings give the losses above")

# %% [markdown]
# ## Try it
# - Set `experiments = "resnet18_b32_all"` and `seeds = 3`. How far apart are the three best losses? What does that say
#   of a difference between the two experiments that is smaller?
# - Before the training cell, set `wanted = [replace(wanted[-1], name="try_margin", margin=0.2)]` (import `replace` from
#   `dataclasses`). Near which value will the loss begin? Can it be compared with the level lines, made with margin 1?
# - The same with `name="try_dropout", dropout=0.0`. Do the two curves end farther apart? How many trainings would you
#   want before you believe it?
# - Draw `training.triplet_picture(margin=0.2)`. Is the negative on the left still inside the dashed circle?
#
# **Next:** `05_cnn_from_scratch` asks whether a network of our own, a fraction of the size, does as well.
