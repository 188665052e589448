"""Another performance of the same music, made from its constant-Q spectrogram: for training, on any device.

All clips of a batch are changed at once, each by its own draws. Levels are dB as in `songsim_lib.cqt`.
"""

from __future__ import annotations

import math

import torch

from songsim_lib.cqt import TOP_DB

SEMITONES = 6  # up or down: with the circle of pitch classes every key there is
RATES = (0.6, 1.8)  # of the tempo
MASKED_FRAMES, MASKED_ROWS = 22, 8  # at most, by SpecAugment (Park et al. 2019)
NOISE_DB, UNEVEN_DB = -40.0, 6.0  # the loudest floor that is laid under a clip, and the spread of its levels
SHARE = 0.5  # of the clips, for each of these


def _draw(size: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(size, generator=generator)


def transposed(clips: torch.Tensor, semitones: torch.Tensor) -> torch.Tensor:
    """Move clips (B, F, T) up by whole `semitones` [shape=(B,)]; what comes in at the edge is silent."""
    rows = torch.arange(clips.shape[1], device=clips.device)[None, :] - semitones.to(clips.device)[:, None]
    moved = clips.gather(1, rows.clamp(0, clips.shape[1] - 1)[:, :, None].expand_as(clips))
    return torch.where(((rows >= 0) & (rows < clips.shape[1]))[:, :, None], moved, -TOP_DB)


def stretched(clips: torch.Tensor, rates: torch.Tensor, starts: torch.Tensor, frames: int) -> torch.Tensor:
    """Cut `frames` columns out of clips (B, F, T), played at `rates` from `starts` on.

    Parameters
    ----------
    rates [shape=(B,)] : above 1 is faster, and takes more of the clip.
    starts [shape=(B,)] : in [0, 1], of the room that the cut leaves.

    Returns
    -------
    [shape=(B, F, frames)]; a clip that is too short for its rate is played slower, as slowly as it takes.
    """
    last = clips.shape[2] - 1
    spans = (rates * (frames - 1)).clamp(max=last)
    places = (starts * (last - spans))[:, None] + torch.linspace(0, 1, frames)[None, :] * spans[:, None]
    places = places.to(clips.device)
    before = places.floor().long().clamp(max=last - 1)
    share = (places - before)[:, None, :]
    left, right = (clips.gather(2, columns[:, None, :].expand(-1, clips.shape[1], -1))
                   for columns in (before, before + 1))
    return left * (1 - share) + right * share


def masked(clips: torch.Tensor, most: int, dim: int, generator: torch.Generator) -> torch.Tensor:
    """Silence some neighbouring rows (dim 1) or columns (dim 2), `most` at most, in a `SHARE` of the clips."""
    size, length = len(clips), clips.shape[dim]
    widths = _draw(size, 1, most + 1, generator).floor() * (torch.rand(size, generator=generator) < SHARE)
    begins = (torch.rand(size, generator=generator) * (length - widths)).floor()
    places = torch.arange(length)[None, :]
    hidden = (places >= begins[:, None]) & (places < (begins + widths)[:, None])
    return torch.where(hidden.to(clips.device).unsqueeze(3 - dim), -TOP_DB, clips)


def view(clips: torch.Tensor, frames: int, generator: torch.Generator, transpose: bool = True,
         stretch: bool = True) -> torch.Tensor:
    """Make another performance of each clip: key, tempo, beginning, missing parts and a floor of noise are drawn.

    Parameters
    ----------
    clips [shape=(B, F, T)] : dB.
    frames : columns of the result.
    generator : on the CPU, so that the draws are the same on every device.
    transpose, stretch : whether the key, and whether the tempo, is changed.

    Returns
    -------
    [shape=(B, F, frames)], dB.
    """
    size = len(clips)
    rates = _draw(size, math.log(RATES[0]), math.log(RATES[1]), generator).exp() if stretch else torch.ones(size)
    clips = stretched(clips, rates, torch.rand(size, generator=generator), frames)
    if transpose:
        clips = transposed(clips, torch.randint(-SEMITONES, SEMITONES + 1, (size,), generator=generator))
    clips = masked(masked(clips, MASKED_FRAMES, 2, generator), MASKED_ROWS, 1, generator)
    return _noisy(clips, generator)


def _noisy(clips: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Lay an uneven floor of noise under a `SHARE` of the clips."""
    floors = _draw(len(clips), -TOP_DB, NOISE_DB, generator)
    noise = floors[:, None, None] + UNEVEN_DB * torch.randn(clips.shape, generator=generator)
    chosen = (torch.rand(len(clips), generator=generator) < SHARE)[:, None, None]
    return torch.maximum(clips, torch.where(chosen, noise.clamp(-TOP_DB, 0), -TOP_DB).to(clips.device))
