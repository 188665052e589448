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
# # 02 · From a waveform to a log-mel spectrogram
#
# **Question.** What does a network see of ten seconds of music, and what has been thrown away before it
# looks?
#
# **Reads** one recording of the catalog and the feature store that `00_data` made. **Writes** the
# report's figure `mel_spec_example`, the figures of the steps before it, and the section `02_spectrograms`
# of the results.

# %% [markdown] tags=["badges"]
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/songsim/songsim/blob/main/notebooks/02_spectrograms.ipynb) [![Open in Kaggle](https://kaggle.com/static/images/open-in-kaggle.svg)](https://kaggle.com/kernels/welcome?src=https://github.com/songsim/songsim/blob/main/notebooks/02_spectrograms.ipynb) [Words of the field](https://github.com/songsim/songsim/blob/main/notebooks/glossary.md)

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
import librosa
import numpy as np
import pandas as pd

from songsim_lib import cutting, features, listen, needs
from songsim_lib.plots import signal
from songsim_lib.study import Study

study = Study(source=source, profile=profile, seed=seed, output=output)
study.describe()
needs.data(study)

# %% [markdown]
# ## Sound is a row of numbers
#
# A microphone (here: a synthesizer) measures air pressure many times a second. The study keeps one channel
# and 22,050 numbers a second, which is enough for every frequency below half of that, 11,025 Hz; a piano's
# highest note lies at 4,186 Hz, and what is lost above 11 kHz is brilliance. Ten seconds are 220,500
# numbers.

# %%
catalog, store, spec = study.catalog(), study.store(), study.spec
recording = catalog[catalog["track_id"].isin(store.index["track_id"])].iloc[0]
window = cutting.recording_window(recording["path"], recording["track_id"], spec, study.seed)
clip = window[: spec.clip_samples]
print(f"{recording['title']} ({recording['artist']}): {len(clip):,} samples, {spec.clip_s:g} s")
listen.player(clip, spec.sample_rate_hz, recording["title"])

# %%
# alt: the waveform of ten seconds of music: amplitude over time, notes visible as swells
figure = signal.waveform(clip, spec.sample_rate_hz, title=recording["title"])
_ = study.save_figure(figure, "waveform")

# %% [markdown]
# The waveform shows when something happens and how loud it is. Which notes sound is hidden in the fine
# structure. The next figure enlarges the tenth of a second that follows the loudest moment: the pattern repeats, and
# how often it repeats each second is the pitch.

# %%
# alt: a tenth of a second of the same waveform, enlarged until the single oscillations can be seen
start = int(np.argmax(np.abs(clip[: -spec.n_fft])))
start = min(start, len(clip) - spec.n_fft)
piece = clip[start : start + spec.n_fft]
figure = signal.waveform(piece, spec.sample_rate_hz, title="One analysis window, enlarged")
_ = study.save_figure(figure, "waveform_window")

# %% [markdown]
# ## The short-time Fourier transform
#
# To find the notes, cut the sound into short overlapping pieces (*windows*) and ask of each how much of
# every frequency it holds. Two of librosa's defaults, which the study kept, decide what can be told apart:
#
# * `n_fft`, the length of a window. A longer one separates frequencies better and blurs time; a shorter one
#   does the opposite. One cannot have both.
# * `hop_length`, the step from one window to the next.
#
# The table puts them in milliseconds and Hertz.

# %%
rate = spec.sample_rate_hz
pd.DataFrame([
    ("n_fft", f"{spec.n_fft} samples", f"{1000 * spec.n_fft / rate:.1f} ms: faster notes blur"),
    ("frequency step", f"{rate / spec.n_fft:.2f} Hz", "a semitone at 440 Hz is 26 Hz, at 55 Hz only 3.3 Hz"),
    ("hop_length", f"{spec.hop_length} samples", f"{1000 * spec.hop_length / rate:.1f} ms a column"),
    ("columns", f"{spec.n_frames}", f"1 + {spec.clip_samples:,} // {spec.hop_length}: the ends are padded"),
    ("n_mels", f"{spec.n_mels}", f"bands from 0 to {rate / 2:,.0f} Hz"),
    ("top_db", f"{spec.top_db:g} dB", "cells weaker than this below the loudest are raised to it"),
], columns=["setting", "value", "what it means"])

# %% [markdown]
# In the bass the frequency step is coarser than a semitone: below 180 Hz two neighbouring notes are less
# than one step apart. (That is one reason why systems that look for covers use a constant-Q transform,
# whose steps are semitones everywhere.)
#
# Each cell of the result is a complex number; its squared magnitude is the power at that time and
# frequency. The eye and the ear judge power by ratios, so we draw decibels: $10 \log_{10}(P /
# P_\text{max})$ is 0 at the loudest cell and loses 10 for each factor of ten. Look for where the light is.

# %%
# alt: spectrogram with a linear frequency axis; nearly all of the energy lies in the lowest quarter
power = np.abs(librosa.stft(clip, n_fft=spec.n_fft, hop_length=spec.hop_length)) ** 2
level_db = librosa.power_to_db(power, ref=np.max, top_db=spec.top_db)
title = f"{power.shape[0]:,} frequencies × {power.shape[1]} frames"
figure = signal.stft(level_db, rate, spec.hop_length, title)
_ = study.save_figure(figure, "stft")

# %% [markdown]
# ## The mel scale
#
# On this linear axis half of the picture belongs to frequencies above 5.5 kHz, where music has little to say. Music
# counts otherwise: an octave is a *doubling*, from 100 to 200 Hz as from 1,000 to 2,000. Listeners who judge single
# tones without music agree with that in the treble, and hear smaller steps in the bass. The mel scale is a frequency
# axis fitted to such tests ([Stevens et al. 1937](https://doi.org/10.1121/1.1915893)). librosa's default is Slaney's
# version, a straight line to 1 kHz and a logarithm above:
#
# $$m(f) = \begin{cases} \frac{3 f}{200} & f < 1000\ \text{Hz} \\
# 15 + 27\, \frac{\ln(f / 1000)}{\ln 6.4} & f \geq 1000\ \text{Hz} \end{cases}$$
#
# The formula in most textbooks (HTK's) is $2595 \log_{10}(1 + f / 700)$. The figure shows how each divides
# up the axis: half of the picture now lies below 2 kHz.

# %%
# alt: share of the mel axis against frequency: steep up to 1 kHz, then flatter; both versions nearly agree
figure = signal.hz_to_mel(spec)
_ = study.save_figure(figure, "hz_to_mel")

# %% [markdown]
# The 1,025 frequencies are now gathered into 128 bands by triangular weights, evenly spaced in mel: narrow
# in the bass, wide in the treble. Each triangle has area 1, so that noise of even strength gives an even
# picture. Up to 1 kHz the bands lie 26 Hz apart, which is a semitone at 440 Hz and five semitones at 80 Hz:
# below middle C neighbouring notes share a band, and the network tells them apart by their overtones at
# best. Above 1 kHz a semitone spans about two bands. The figure draws every eighth of the triangles.

# %%
# alt: triangular filters over the frequency axis, narrow and tall at the left, wide and low at the right
figure = signal.mel_filters(spec)
_ = study.save_figure(figure, "mel_filters")

# %% [markdown]
# ## The log-mel spectrogram
#
# Power times filters, in decibels below the loudest cell: that is all. `features.log_mel` does it with one
# call to librosa; the next cell does it step by step and compares. Then comes the picture.

# %% tags=["nbval-check-output"]
bank = librosa.filters.mel(sr=rate, n_fft=spec.n_fft, n_mels=spec.n_mels)
by_hand = librosa.power_to_db(bank @ power, ref=np.max, top_db=spec.top_db)
log_mel = features.log_mel(clip, spec)
step_difference_db = float(np.abs(by_hand - log_mel).max())
print(f"shape {log_mel.shape}; step by step and in one call differ by at most {step_difference_db:.4f} dB")

# %%
# alt: log-mel spectrogram of ten seconds of music: harmonics are horizontal lines, onsets vertical edges
figure = signal.mel_spec_example(log_mel, spec, title=f"{recording['title']} ({recording['artist']})")
_ = study.save_figure(figure, "mel_spec_example")

# %% [markdown]
# How to read it: a sustained note is a horizontal line, its overtones are fainter lines above it, a note's
# beginning is a vertical edge, a drum is a vertical stripe. A transposition moves the pattern up or down;
# above 1 kHz it moves as a whole, below it stretches, because the mel axis is linear there. A faster
# performance squeezes it sideways. Those are the two things a network must learn to see through.
#
# What is gone: the phase (the picture cannot be played back exactly), the absolute loudness (each clip's
# maximum is 0 dB), and everything more than 80 dB below the loudest cell.

# %%
at_floor = float((log_mel <= log_mel.max() - spec.top_db + 1e-4).mean())
print(f"{at_floor:.1%} of the cells lie on the floor of -{spec.top_db:g} dB; the median level is "
      f"{np.median(log_mel):.1f} dB.")

# %% [markdown]
# ## One byte a cell
#
# The store keeps 80 dB in 255 steps, one byte a cell. A step is $80 / 255 = 0.31$ dB, so rounding moves a
# level by at most half of that, 0.16 dB; as a rule of thumb, people hear differences in loudness from about 1 dB on.
# The figure shows the rounding errors of this clip. Cells on the floor are exact, hence the spike at zero.

# %%
# alt: histogram of rounding errors, even between minus and plus 0.16 dB
stored = features.quantise(log_mel, spec)
error_db = features.dequantise(stored.astype(np.float32), spec) - log_mel
step_db = spec.top_db / features.LEVELS
figure = signal.quantisation(error_db, step_db)
_ = study.save_figure(figure, "quantisation")

# %%
cells = stored.size
per_song = {"this store (1 byte a cell)": cells, "float16": 2 * cells, "float32": 4 * cells}
report_bytes_per_song = 10e9 / 10_000  # "over 10 GB" of pickle for 10,000 songs
table = pd.DataFrame({"kB a spectrogram": {name: size / 1e3 for name, size in per_song.items()}})
table["GB for 10,000 songs, anchor and positive"] = table["kB a spectrogram"] * 2 * 10_000 / 1e6
table.loc["the report's pickle (over)"] = [np.nan, report_bytes_per_song * 10_000 / 1e9]
table.round(2)

# %% [markdown]
# ## Reading the store
#
# The store is one file, mapped into memory: a row is found by its number and read without touching the
# rest. (The report's code unpickled a file of 2.6 GB to get at one song.) The row of our recording must be
# the picture we have just computed.

# %%
row = store.rows([recording["track_id"]])[0]
from_store = np.asarray(store.features[row])
store_difference = int(np.abs(from_store.astype(int) - stored.astype(int)).max())
print(f"row {row} of {len(store.features):,}: {from_store.nbytes / 1000:.1f} kB, "
      f"largest difference {store_difference} steps of {step_db:.2f} dB")

# %%
results = {
    "n_mels": spec.n_mels, "n_frames": spec.n_frames, "window_ms": 1000 * spec.n_fft / rate,
    "hop_ms": 1000 * spec.hop_length / rate, "quantisation_step_db": step_db,
    "largest_quantisation_error_db": float(np.abs(error_db).max()), "share_at_floor": at_floor,
    "bytes_per_spectrogram": int(stored.nbytes), "report_bytes_per_song": report_bytes_per_song,
    "largest_difference_to_store_steps": store_difference,
}
study.save_results("02_spectrograms", results)

# %% [markdown]
# ## What we learned

# %%
print(f"Ten seconds of music become {spec.n_mels} × {spec.n_frames} levels: one column every "
      f"{results['hop_ms']:.1f} ms, each seen through a window of {results['window_ms']:.1f} ms.")
print(f"One byte a level costs at most {results['largest_quantisation_error_db']:.3f} dB.")
print(f"A spectrogram takes {stored.nbytes / 1e3:.1f} kB; with anchor and positive a song takes "
      f"{report_bytes_per_song / (2 * stored.nbytes):.0f} times less than the report's pickle.")
assert log_mel.shape == (128, 431) and stored.nbytes <= 60_000, "the spectrogram is not the study's"
assert results["largest_quantisation_error_db"] <= 1.001 * step_db / 2, "the one-byte levels lose too much"
assert step_difference_db < 0.05, "log_mel is not the filter bank applied to the power spectrogram"
assert store_difference <= 1, "the store does not hold this recording's spectrogram"

# %% [markdown]
# ## Try it
# - Take another recording, `.iloc[5]` in place of `.iloc[0]`. Predict from listening whether more of its cells lie on
#   the floor. Which sounds fill a spectrogram to the top?
# - Set `spec = dataclasses.replace(study.spec, n_fft=8_192)` after the line that reads `spec` (and `import
#   dataclasses`). Which lines become thinner, and what happens to the edges? The last assertion will stop you: why?
# - The same with `top_db=40`. How many cells lie on the floor now, and which part of the music went with them?
# - Play the clip backwards: `clip = clip[::-1].copy()`. What of the picture has changed? What would a network notice
#   that averages over time?
#
# **Next:** `03_augmentation` changes the sound and looks at what that does to the picture.
