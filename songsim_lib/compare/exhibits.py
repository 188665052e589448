"""What the page of a comparison shows and plays: figures and sound, inside the page."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from songsim_lib import listen
from songsim_lib.compare import plots, wording
from songsim_lib.compare.comparison import Comparison
from songsim_lib.compare.sound import Sound
from songsim_lib.report.markup import figure
from songsim_lib.text import span

if TYPE_CHECKING:
    from IPython.display import HTML

DPI = 150  # of figures, 960 pixels across
LONGEST_S = 30.0  # of what is played: a page with five passages stays below 3 MB
FADE_S = 0.02  # where sound is cut out of a recording it would click


def figures(found: Comparison, a: Sound, b: Sound) -> dict[str, str]:
    """Draw waveforms, spectrograms and the map of what is near what, as HTML by name."""
    names, sounds = (wording.name(a.path), wording.name(b.path)), (a.samples, b.samples)
    where = _where(found)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the page names both in full
        return {
            "waveforms": _shown(plots.waveforms(sounds, names, found.passages, a.spec),
                                f"How loud {names[0]} (above) and {names[1]} (below) are over time. {where}"),
            "spectrograms": _shown(plots.spectrograms(sounds, names, found.passages, a.spec),
                                   f"Which notes sound when in {names[0]} (above) and {names[1]} (below). {where}"),
            "similarity": _shown(plots.similarity(a.chroma, b.chroma, names, found.passages),
                                 f"Which moments of {names[0]} (upwards) are near which of {names[1]} (to the right), "
                                 f"with a path through each passage. {where}"),
        }


def _where(found: Comparison) -> str:
    marked = [f"passage {number}, {span(passage.start_a_s, passage.end_a_s)} of the first and "
              f"{span(passage.start_b_s, passage.end_b_s)} of the second"
              for number, passage in enumerate(found.passages, 1)]
    return f"Marked: {'; '.join(marked)}." if marked else "No passage is marked."


def _shown(drawn: Figure, alt: str) -> str:
    file = io.BytesIO()
    drawn.savefig(file, format="png", dpi=DPI)
    plt.close(drawn)
    return figure(file.getvalue(), "image/png", alt)


def players(found: Comparison, a: Sound, b: Sound) -> list[list[str]]:
    """Make two players for each passage, which begin where it does; how both recordings begin where there is none."""
    spans = [((passage.start_a_s, passage.end_a_s), (passage.start_b_s, passage.end_b_s)) for passage in found.passages]
    spans = spans or [((0.0, a.duration_s), (0.0, b.duration_s))]
    return [[_player("the first", a, *of_a), _player("the second", b, *of_b)] for of_a, of_b in spans]


def heard(found: Comparison, a: Sound, b: Sound) -> HTML:
    """Lay the players out for a notebook, a row for each passage."""
    from IPython.display import HTML

    rows = ["".join(pair) for pair in players(found, a, b)]
    return HTML("".join(f'<div style="display:flex;flex-wrap:wrap;gap:0.3em 1em">{row}</div>' for row in rows))


def _player(which: str, sound: Sound, start_s: float, end_s: float) -> str:
    end_s = min(end_s, start_s + LONGEST_S, sound.duration_s)
    rate_hz = sound.spec.sample_rate_hz
    cut = sound.samples[round(start_s * rate_hz) : round(end_s * rate_hz)].copy()
    ramp = np.linspace(0, 1, min(round(FADE_S * rate_hz), len(cut)), dtype=np.float32)
    cut[: len(ramp)] *= ramp
    cut[len(cut) - len(ramp) :] *= ramp[::-1]
    return listen.figure(cut, rate_hz, f"{which}, {span(start_s, end_s)}")
