"""How a recording is worn: tuned a little off, equalised, overdriven, noisy, and sent through a codec.

Rooms are the corpus's own. The study's other augmentations, tempo and key, are made on spectrograms (`views`).
"""

from __future__ import annotations

import io

import librosa
import numpy as np
import soundfile
from audiomentations import AddColorNoise, Compose, SevenBandParametricEQ, TanhDistortion

from songsim_lib.augment import seeded
from songsim_lib.config import AudioSpec

CENTS = 50.0  # up or down: half a semitone, beyond which another row of the spectrogram is nearer
CODEC_SHARE = 0.3  # of the recordings


def transforms() -> Compose:
    """Build what wears a recording out; noise begins at the study's 5 dB below the music."""
    return Compose([SevenBandParametricEQ(min_gain_db=-9.0, max_gain_db=9.0, p=0.5),
                    TanhDistortion(min_distortion=0.01, max_distortion=0.4, p=0.3),
                    AddColorNoise(min_snr_db=5.0, max_snr_db=30.0, min_f_decay=-6.0, max_f_decay=3.0, p=0.7)])


def worn(samples: np.ndarray, spec: AudioSpec, seed: int) -> np.ndarray:
    """Wear a recording out; the same samples and seed give the same sound.

    Parameters
    ----------
    samples [shape=(n,)] : mono, at `spec.sample_rate_hz`.

    Returns
    -------
    [shape=(n,)], float32; where it was tuned up and so became shorter, its end is silent (3 % at most).
    """
    with seeded(seed) as draws:
        cents = draws.uniform(-CENTS, CENTS)
        compressed = draws.random() < CODEC_SHARE
        tuned = librosa.resample(samples, orig_sr=spec.sample_rate_hz * 2 ** (cents / 1200),
                                 target_sr=spec.sample_rate_hz, res_type="soxr_mq")
        changed = transforms()(samples=librosa.util.fix_length(tuned, size=len(samples)),
                               sample_rate=spec.sample_rate_hz)
    return through_mp3(changed, spec.sample_rate_hz) if compressed else changed


def through_mp3(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Compress to about 30 kbit/s, as of old downloads, and back."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), rate_hz, format="MP3", subtype="MPEG_LAYER_III",
                    compression_level=0.8)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return librosa.util.fix_length(decoded, size=len(samples))
