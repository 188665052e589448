"""The synthesizer's library and its sound font: where they are, which version, how to get them."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path
from types import ModuleType

SOUND_FONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2")
HELP = """FluidSynth and a General MIDI sound font are needed to build the corpus:
  Debian, Ubuntu  apt install fluidsynth fluid-soundfont-gm      then  pip install 'songsim[render]'
  Colab           !apt-get -qq install fluidsynth fluid-soundfont-gm   and  !pip install pyfluidsynth music21
  conda           conda install -c conda-forge fluidsynth pyfluidsynth music21   and get FluidR3_GM.sf2
  macOS           brew install fluid-synth   and get FluidR3_GM.sf2, then  pip install 'songsim[render]'
The sound font is looked for at the path in the variable SONGSIM_SOUNDFONT, then where Debian puts it."""


class RenderError(RuntimeError):
    """The synthesizer or its sound font is missing or refuses; the message says how to get them."""


def sound_font() -> Path:
    """The sound font to play with.

    Raises
    ------
    RenderError : none is there; says how to get one.
    """
    for place in (os.environ.get("SONGSIM_SOUNDFONT"), *SOUND_FONTS):
        if place and Path(place).is_file():
            return Path(place)
    raise RenderError(f"No sound font found.\n{HELP}")


@functools.cache
def versions() -> tuple[str, str, str]:
    """FluidSynth's version, the sound font's file name and its sha256."""
    fluidsynth = library()
    parts = [fluidsynth.c_int() for _ in range(3)]
    fluidsynth.fluid_version(*parts)
    font = sound_font()
    with font.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    return ".".join(str(part.value) for part in parts), font.name, sha


def library() -> ModuleType:
    """pyfluidsynth, or a clear error."""
    try:
        import fluidsynth
    except (ImportError, OSError) as error:
        raise RenderError(f"{error}\n{HELP}") from error
    return fluidsynth
