"""The synthesizer's library and its sound font: where they are, which version, how to get them."""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path
from types import ModuleType

from songsim_lib.files import sha256

SOUND_FONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2")
HELP = """Rendering scores needs FluidSynth, a General MIDI sound font, and the extra [render] of this project:
  Debian, Ubuntu  sudo apt install fluidsynth fluid-soundfont-gm    then  pip install -e '.[render]'
  Colab           !apt-get -qq install fluidsynth fluid-soundfont-gm    then  !pip install -q pyfluidsynth music21 pooch
  conda           conda install -c conda-forge fluidsynth    then  pip install -e '.[render]'    and the sound font
  macOS           brew install fluid-synth    then  pip install -e '.[render]'    and the sound font
Use the pip of the Python that runs this (.venv/bin/pip where run_all.sh made .venv), in the project's folder.
The sound font is FluidR3_GM.sf2, which https://packages.debian.org/fluid-soundfont-gm holds: `tar xf` unpacks the .deb
and then its data.tar on macOS, `ar x` and `tar xf` elsewhere. It is looked for at the path in the variable
SONGSIM_SOUNDFONT, then where Debian puts it."""


class RenderError(RuntimeError):
    """The synthesizer or its sound font is missing or refuses; the message says how to get them."""


def require_tools() -> None:
    """Make sure, before any long work, that scores can be read and played here.

    Raises
    ------
    RenderError : music21, FluidSynth or the sound font is missing; says how to get it.
    """
    if importlib.util.find_spec("music21") is None:
        raise RenderError(f"music21 is missing.\n{HELP}")
    versions()


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
    return ".".join(str(part.value) for part in parts), font.name, sha256(font)


def library() -> ModuleType:
    """pyfluidsynth, or a clear error."""
    try:
        import fluidsynth
    except (ImportError, OSError) as error:
        raise RenderError(f"FluidSynth cannot be loaded ({error}).\n{HELP}") from error
    return fluidsynth
