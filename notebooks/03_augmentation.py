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
# # 03 · Positives by augmentation, negatives by chance
#
# **Question.** What makes a positive, what makes a negative, and how hard is the task they set?
#
# **Reads** recordings of the catalog and the feature store that `00_data` made. **Writes** figures of
# every augmentation and of the negatives' difficulty, and the section `03_augmentation` of the results.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/03_augmentation.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/03_augmentation.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
import numpy as np
import pandas as pd

from songsim_lib import augment, cutting, features, listen, metrics, needs, triplets
from songsim_lib.baselines import band_mean_removed
from songsim_lib.plots import augmentation
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)

# %% [markdown]
# ## A triplet
#
# The network learns from triplets: an **anchor** (ten seconds of a song), a **positive** (something that
# should count as the same), and a **negative** (something that should not). The report had no second
# recordings, so it made the positive from the anchor itself with five augmentations, in this order.
# `probability` is how often each acts.

# %%
heard = {"gaussian noise": "hiss at a fixed level", "time stretch": "another tempo, the same pitch",
         "pitch shift": "another key, the same tempo", "gain": "louder or softer",
         "noise at 5-10 dB SNR": "hiss that follows the loudness of the clip"}
rows = []
for name, transform in augment.transforms().items():
    limits = [f"{key} {value:g}" for key, value in sorted(vars(transform).items(), reverse=True)
              if key.startswith(("min_", "max_")) and isinstance(value, int | float)]
    rows.append((name, ", ".join(limits), transform.p, heard.get(name, "")))
pd.DataFrame(rows, columns=["augmentation", "range", "probability", "what a listener hears"])

# %% [markdown]
# ## Each augmentation alone
#
# Each of the five is applied to the same anchor, with its strength drawn at random from its range; the
# drawn value stands beside its name.

# %%
catalog, store, spec = study.catalog(), study.store(), study.spec
usable = catalog[catalog["track_id"].isin(store.index["track_id"])].reset_index(drop=True)
song = usable.iloc[0]
window = cutting.recording_window(song["path"], song["track_id"], spec, study.seed)
anchor = window[: spec.clip_samples]

# %%
drawn = {"time stretch": ("rate", "× {:.2f}"), "pitch shift": ("num_semitones", "{:+.1f} semitones"),
         "gain": ("amplitude_ratio", "× {:.2f}"), "gaussian noise": ("amplitude", "{:.3f}")}
alone = {"anchor": anchor}
for number, (name, transform) in enumerate(augment.transforms().items()):
    transform.p = 1.0  # always act, so that there is something to see
    changed = augment.apply(transform, window, spec, seed=study.seed + number)
    field, text = drawn.get(name, ("", ""))
    value = transform.parameters.get(field)
    alone[f"{name} ({text.format(value)})" if value is not None else name] = changed

# %%
positives = {f"all together, draw {k + 1}": cutting.positive_clip(window, song["track_id"], spec, study.seed, k)
             for k in range(2)}

# %%
# alt: eight log-mel spectrograms: the anchor, five single augmentations, two draws of all of them together
levels = {name: features.log_mel(samples, spec) for name, samples in (alone | positives).items()}
figure = augmentation.spectrograms(levels, spec)
_ = study.save_figure(figure, "augmentations")
by_gain = next(level_db for name, level_db in levels.items() if name.startswith("gain"))
gain_effect_db = float(np.abs(by_gain - levels["anchor"]).max())
print(f"The gain alone changes no level of the spectrogram by more than {gain_effect_db:.3f} dB.")

# %% [markdown]
# The time stretch moves onsets sideways, the pitch shift moves lines up or down. Gain cannot be seen at
# all: the spectrogram is measured from its own maximum, so for a network that sees log-mels this
# augmentation does *nothing*. Noise fills the dark regions, and because AddGaussianSNR acts on every
# positive, the two draws of the full chain look more like each other than like the anchor. Remember that;
# we come back to it.
#
# The same eight to listen to:

# %%
listen.players((alone | positives).items(), spec.sample_rate_hz)

# %% [markdown]
# ## Anchor, positive, negative
#
# A negative is another work, drawn at random: never another recording of the anchor's own work. Listen to
# one triplet. The positive is plainly the same recording through a bad line; the negative is plainly
# something else. Then look: to the eye, is the positive more like the anchor, or is the negative?

# %%
rng = np.random.default_rng(study.seed)
works = pd.factorize(usable["work_id"])[0]
other = usable.iloc[triplets.draw_negatives(works, rng)[0]]
negative = cutting.recording_window(other["path"], other["track_id"], spec, study.seed)[: spec.clip_samples]
names = (f"anchor: {song['title']}", "positive: the anchor, augmented", f"negative: {other['title']}")
triplet = dict(zip(names, (anchor, positives["all together, draw 1"], negative), strict=True))
listen.players(triplet.items(), spec.sample_rate_hz)

# %%
# alt: three log-mel spectrograms: an anchor, its augmented positive, and a negative that is another work
levels = {name: features.log_mel(samples, spec) for name, samples in triplet.items()}
figure = augmentation.spectrograms(levels, spec, columns=1)
_ = study.save_figure(figure, "triplet_example")

# %% [markdown]
# ## A trap: the dead tail
#
# Played 1.25 times as fast, 10 s of music last 8 s. Told to keep the length, the library fills the
# remaining 2 s with zeros: a black band at the end that says "I am a positive", the same for every song. A
# network can read such a mark without hearing any music. So we stretch a *window* of 12.5 s and keep the
# first 10. The figure shows both ways, at the fastest tempo.

# %%
# alt: two waveforms; the first ends in two seconds of zeros, the second sounds to the end
fastest = augment.transforms()["time stretch"]
fastest.min_rate = fastest.max_rate = spec.window_s / spec.clip_s
fastest.p = 1.0
clips = {"10 s stretched to 1.25 times the speed": augment.apply(fastest, anchor, spec, study.seed),
         "12.5 s stretched, then cut to 10 s": augment.apply(fastest, window, spec, study.seed)}
tails_s = {name: augmentation.silent_tail_s(samples, spec.sample_rate_hz) for name, samples in clips.items()}
figure = augmentation.dead_tails(clips, spec.sample_rate_hz)
_ = study.save_figure(figure, "dead_tails")

# %% [markdown]
# ## Another trap, which the study has: noise marks the positive
#
# Every positive carries strong noise, every anchor and every negative is clean. We take the *median level*
# of each spectrogram in the store, a single number that knows nothing about the music, and ask how often a
# positive's is higher than its anchor's, and how often it is higher than *any* anchor's. A network could
# use the noise only to say "these are unlike"; since the loss pulls anchor and positive together, it has to
# learn to ignore it, and that much is useful. But validation positives carry the same noise, so a good
# validation loss does not prove that covers would be found.

# %% tags=["nbval-check-output"]
chosen = np.sort(rng.permutation(len(usable))[:500])  # enough for a histogram, whatever the profile
some = usable.iloc[chosen].reset_index(drop=True)
anchors, augmented = (
    features.dequantise(store.features[store.rows(some["track_id"], variant)].astype(np.float32), spec)
    for variant in ("anchor", "positive_0"))
floor_a, floor_p = np.median(anchors, axis=(1, 2)), np.median(augmented, axis=(1, 2))
noisier = float((floor_p > floor_a).mean())
told_apart = float((floor_p[:, None] > floor_a[None, :]).mean())
print(f"median level: anchors {np.median(floor_a):.1f} dB, positives {np.median(floor_p):.1f} dB;")
print(f"a positive's is higher than its own anchor's in {noisier:.0%} of {len(some)} cases, "
      f"and higher than a randomly chosen anchor's in {told_apart:.0%}.")

# %% [markdown]
# ## How hard are random negatives?
#
# Some random songs resemble the anchor, most do not. To see how many, we need a distance before any
# training. We take the log-mel, remove each mel band's mean over time (and with it much of what stays the same
# through a clip: its timbre, a steady noise), scale the whole picture to length 1 and measure Euclidean distances:
# the baseline that `04` calls *per-mel-band mean removed*. With $d_p$ the distance from the anchor to its positive,
# $d_n$ that to the negative and margin $\alpha$ a negative is
#
# * **hard** when it is no farther than the positive, $d_n \leq d_p$: the loss is the margin or more;
# * **semi-hard** when it is farther, but not by the margin, $d_p < d_n < d_p + \alpha$: there is still
#   something to learn;
# * **easy** beyond that: the loss is zero and the triplet teaches nothing.
#
# The table counts them for four margins. The two figures show the differences $d_n - d_p$ themselves, with the
# study's margin and with that of the paper that made the triplet loss popular
# ([FaceNet, Schroff et al. 2015](https://doi.org/10.1109/CVPR.2015.7298682)).

# %%
a, p = band_mean_removed(anchors), band_mean_removed(augmented)
n = a[triplets.draw_negatives(pd.factorize(some["work_id"])[0], rng)]
d_positive, d_negative = np.linalg.norm(a - p, axis=1), np.linalg.norm(a - n, axis=1)
margins = {margin: pd.Series(metrics.hardness(d_positive, d_negative, margin)).value_counts(normalize=True)
           for margin in (0.1, 0.2, 0.5, 1.0)}
shares = pd.DataFrame(margins, index=["hard", "semi-hard", "easy"]).fillna(0.0).T.rename_axis("margin")
shares.mul(100).round(1).add_suffix(" (%)")

# %%
# alt: histogram of the negative's distance minus the positive's, in colours for hard, semi-hard and easy
figure = augmentation.negative_difficulty(d_positive, d_negative, margin=1.0, title="The study's margin: 1")
_ = study.save_figure(figure, "negative_difficulty")

# %%
# alt: the same histogram with a margin of 0.2, which leaves many negatives easy
figure = augmentation.negative_difficulty(d_positive, d_negative, margin=0.2, title="FaceNet's margin: 0.2")
_ = study.save_figure(figure, "negative_difficulty_02")

# %% [markdown]
# The differences fall into two groups. On the right the positive lies far nearer than the other song. On the left it
# lies hardly nearer: the difference is close to zero, and some negatives are hard. A likely reason: one positive in
# four keeps pitch and tempo, since each of the two changes acts with probability one half. Where a positive was
# moved, a comparison cell by cell cannot follow. Following such moves is what the network has to learn.
#
# On the unit sphere no distance exceeds 2, and random songs lie near $\sqrt{2}$, as the next cell shows. The study's
# margin of 1 therefore asks for a lot: hardly any negative is easy before training, so every triplet has something
# to teach, and random negatives suffice to begin with. With FaceNet's margin of 0.2 far more are easy. It also means
# that a raw-spectrogram loss close to 1 says little: what counts is the *sign* of the difference, the share of
# negatives that are not hard.

# %% tags=["nbval-check-output"]
accuracy = float((d_negative > d_positive).mean())
hardest, easiest = (int(f(d_negative - d_positive)) for f in (np.argmin, np.argmax))
for name, i in (("hardest", hardest), ("easiest", easiest)):
    print(f"{name} triplet: d(a, p) = {d_positive[i]:.2f}, d(a, n) = {d_negative[i]:.2f}, "
          f"anchor {some.loc[i, 'title']}")
print(f"median distance to the positive {np.median(d_positive):.2f}, to the negative {np.median(d_negative):.2f}")
print(f"triplet accuracy without a model: {accuracy:.1%} of {len(some)} triplets")

# %%
results = {
    "dead_tail_s_without_window": tails_s["10 s stretched to 1.25 times the speed"],
    "dead_tail_s": tails_s["12.5 s stretched, then cut to 10 s"],
    "positive_noisier_than_its_anchor": noisier, "positive_noisier_than_any_anchor": told_apart,
    "gain_effect_db": gain_effect_db, "triplets": len(some), "triplet_accuracy_without_model": accuracy,
    "difficulty_by_margin": {str(margin): row.to_dict() for margin, row in shares.iterrows()},
}
study.save_results("03_augmentation", results)

# %% [markdown]
# ## What we learned

# %%
print(f"Stretching a bare 10 s clip leaves {results['dead_tail_s_without_window']:.2f} s of zeros; "
      f"stretching 12.5 s leaves {results['dead_tail_s']:.2f} s.")
print(f"Noise marks positives: their median level beats a random anchor's in {told_apart:.0%} of cases.")
print("At the study's margin random negatives are " + ", ".join(
    f"{share:.0%} {kind}" for kind, share in shares.loc[1.0].items()) + " before training.")
print(f"Without a model the positive is nearer than the negative in {accuracy:.0%} of triplets; "
      "a model must beat this.")
assert results["dead_tail_s_without_window"] > 1.5, "the trap is gone: has the stretch changed?"
assert gain_effect_db < 0.1, "gain shows in the spectrogram: has its reference level changed?"
assert results["dead_tail_s"] < 0.05, "positives end in silence: a network can tell them from anchors"
assert np.allclose(shares.sum(axis=1), 1) and 0.5 < accuracy <= 1, "the positives are no nearer than chance"

# %% [markdown]
# ## Try it
# - Add 0.05 and 1.5 to the margins of the table. At which of them will no negative be easy? Is a larger margin a harder
#   task, or only a larger number?
# - Replace `band_mean_removed` by `flat_l2` (import it from `songsim_lib.baselines` too). Will more negatives be hard?
#   What did the means give away, or hide?
# - Let negatives be as noisy as positives: `n = p[...]` in place of `n = a[...]`. What happens to the accuracy? Which
#   of the two is the fairer test of a model that is to find covers?
# - Take another anchor, `usable.iloc[3]`. Which of its sounds does the noise hide first?
#
# **Next:** `04_resnet_finetuning` trains a network on these triplets, and says what it must beat.
