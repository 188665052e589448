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
# # 05 · A CNN from scratch
#
# **Question.** How far does a small network get that has never seen a photograph?
#
# **Reads** the catalog and feature store of `00_data`.
# **Writes** one experiment, trained `seeds` times, and the report's CNN figure.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/05_cnn_from_scratch.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/05_cnn_from_scratch.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
import pandas as pd
import torch

from songsim_lib import config, features, models, needs, results, yardsticks
from songsim_lib.caveats import caveats
from songsim_lib.plots import architecture, training
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)
wanted = [e for e in config.choose_experiments(experiments) if e.architecture == "cnn"]
results.repeats(seeds);

# %% [markdown]
# ## The network
# Three blocks, each a 3 x 3 convolution, batch norm, ReLU and a 2 x 2 max pooling, with 32, 64 and 128 channels; then
# a layer of 256, and 128 numbers of unit length. Every block halves time and frequency, so the deeper a unit lies, the
# more of the spectrogram it sees. In the diagram, find the layer that holds nearly all of the weights.

# %%
# alt: the layers of the CNN from spectrogram to embedding, with output shapes and parameter counts
network = models.build(config.EXPERIMENTS["cnn_b32"])
study.save_figure(architecture.diagram(network, "The study's CNN, as intended"), "cnn_architecture");

# %%
sizes = {name: sum(w.numel() for w in models.network(config.EXPERIMENTS[name]).parameters())
         for name in ("cnn_b32", "resnet18_b32_all")}
print(f"CNN {sizes['cnn_b32'] / 1e6:.1f} million weights, ResNet-18 {sizes['resnet18_b32_all'] / 1e6:.1f} million")
seen, step = 1, 1  # frames that a unit sees, and frames from one unit to the next
for _ in range(3):
    seen, step = seen + 2 * step + step, 2 * step  # a 3 x 3 convolution, then a 2 x 2 pooling
print(f"a unit of the third block sees {seen} frames, {seen * study.spec.hop_length / study.spec.sample_rate_hz:.2f} s")

# %% [markdown]
# ## One song in, one point out
# The original flattened its feature maps with `view(-1, 128 * 8 * 8)`. On 10 s clips the maps are 128 x 16 x 53, so
# a batch of 32 songs became 424 rows, thirteen and a quarter a song: each row holds a piece of a song, and many a row
# holds the end of one song and the beginning of the next. Averaging every map down to a fixed 8 x 8 keeps one row a
# song. That can be tested: a song's embedding must not depend on its neighbours in the batch.

# %%
store = study.store()
batch = features.dequantise(torch.from_numpy(store.features[:4].copy()).float(), study.spec).unsqueeze(1)
with torch.inference_mode():
    together = network.eval()(batch)
    alone = torch.cat([network(song) for song in batch.split(1)])
print(f"{len(batch)} songs in, {len(together)} embeddings of {together.shape[1]} numbers out; "
      f"largest difference between alone and in company: {(together - alone).abs().max():.1e}")
assert together.shape == (4, models.EMBEDDING_DIM) and torch.allclose(together, alone, atol=1e-4)

# %% tags=["nbval-check-output"]
maps = torch.nn.Sequential(*list(network.children())[:3])(batch)
rows = maps.reshape(-1, 128 * 8 * 8)
mixed = sum(song * maps[0].numel() % rows.shape[1] > 0 for song in range(1, len(batch)))  # a song ends within a row
print(f"feature maps {tuple(maps.shape)}; the original's reshape makes {len(rows)} rows of {len(batch)} songs, "
      f"and {mixed} of them hold parts of two songs")

# %% [markdown]
# ## Training
# The same triplets, loss and yardsticks as in `04`. The recipe: Adam, batch 32, learning rate 1e-5, weight decay
# 1e-4, 10 epochs. With `seeds = 3` it is followed three times, from other random weights each time. The curves are
# read as in `04`: does validation still fall at the end, and how far does it end from training?

# %%
measured = yardsticks.measure(study)
pd.DataFrame([{"run": e.name, "learning rate": e.learning_rate, "here": study.profile.learning_rate_of(e),
               "epochs": e.epochs, "epochs here": study.profile.epochs(e)} for e in wanted])

# %%
finished = results.train(study, wanted, seeds)

# %%
# alt: triplet loss per epoch of the CNN on training and validation triplets, with the baselines as level lines
lines = {scores["title"]: results.loss_of(scores) for scores in measured.values()}
for trained in finished:
    figure = training.loss_curves(trained.history, lines, trained.experiment.reported_loss, title=trained.title)
    study.save_figure(figure, trained.experiment.figure)

# %% tags=["nbval-check-output"]
scores = results.table(study, finished, measured)
study.save_table(scores, "cnn_scores")
print(results.how_to_read(seeds))
scores.set_index("system")

# %% [markdown]
# ## What we learned

# %%
for trained in finished:
    accuracy = trained.scores["triplet_accuracy"]
    beaten = [scores["title"] for scores in measured.values() if all(results.beats(trained, scores).values())]
    print(f"{trained.title}: validation loss {trained.loss} at the best epoch, accuracy over all negatives {accuracy} "
          f"(n = {accuracy.estimate.n} songs).")
    print(f"  better by loss and by accuracy than: {'; '.join(beaten) or 'none of the baselines'}")

# %%
for trained in finished:
    for run, judgement in zip(trained.runs, trained.judgements, strict=True):
        assert abs(judgement.loss - run.metrics["best_validation_loss"]) < 1e-4, "the embeddings give another loss"
        assert len(run.history) == study.profile.epochs(run.experiment), "epochs are missing"
so_far = [run for e in config.EXPERIMENTS.values() for run in results.trainings(study, e, seeds)]
study.save_results("caveats", caveats(study, so_far))
print("the saved embeddings give the losses above")

# %% [markdown]
# ## Try it
# - Give `StudyCNN` in `songsim_lib/models.py` a pooling of 1 x 1 instead of 8 x 8, and its first linear layer 128
#   inputs; run with another `output`. Time and pitch are averaged away. What does that cost, and how many weights go?
# - Embed the batch with `network.train()` in place of `network.eval()`. Why does the assertion fail, although no song
#   is cut? Which layer looks at the neighbours?
# - Before the training cell, set `wanted = [replace(e, name="try_batch_8", batch_size=8) for e in wanted]` (import
#   `replace` from `dataclasses`). There are four times as many steps an epoch. Will the loss end lower?
# - Embed one clip and the same clip, moved by 100 frames (`batch[:1].roll(100, dims=-1)`). How far apart do they lie,
#   beside two different songs? Should they lie apart at all?
#
# **Next:** `06_results` puts all runs beside the report's numbers, and asks what those numbers measured.
