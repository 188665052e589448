"""Notes to sound: FluidSynth, with one sound font loaded once per process."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from .soundfont import HELP, RenderError, library, sound_font

RATE_HZ = 24_000
SYNTH_RATE_HZ = 48_000
FLUID_WARN = 2  # level of FluidSynth's log
BLOCK = 64  # FluidSynth computes sound in blocks of 64 samples; events fall on their borders


@dataclass(frozen=True)
class Sounded:
    """One note as performed: start and end in seconds, MIDI pitch, velocity 1-127."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Track:
    """What one player plays: a General MIDI program (or drum kit), the notes, and the level in dB."""

    role: str
    program: int
    notes: tuple[Sounded, ...]
    level_db: float
    drums: bool = False


class Player:
    """A sound font, loaded once, and a fresh synthesizer for every track: nothing of the last one lingers."""

    def __init__(self) -> None:
        fluidsynth = self._library = library()
        number, pointer = fluidsynth.c_int, fluidsynth.c_void_p

        def function(name: str, result: object, *given: object) -> Any:
            return fluidsynth.cfunc(name, result, *((f"a{i}", kind, 1) for i, kind in enumerate(given)))

        # pyfluidsynth wraps neither these nor a writer that does not clip and dither.
        channel = (pointer, number, number)  # where to write, first place, step
        self._write = function("fluid_synth_write_float", number, pointer, number, *channel, *channel)
        self._lend = function("fluid_synth_add_sfont", number, pointer, pointer)
        self._return = function("fluid_synth_remove_sfont", number, pointer, pointer)
        find = function("fluid_synth_get_sfont_by_id", pointer, pointer, number)
        quiet = function("fluid_set_log_function", pointer, number, pointer, pointer)
        quiet(FLUID_WARN, None, None)  # taking the font back makes it warn of empty channels
        self._owner = fluidsynth.Synth(samplerate=SYNTH_RATE_HZ, channels=16)
        loaded = self._owner.sfload(str(sound_font()))
        if loaded < 0:
            raise RenderError(f"{sound_font()} is not a sound font FluidSynth can read.\n{HELP}")
        self._font = find(self._owner.synth, loaded)

    def play(self, track: Track, seconds: float) -> np.ndarray:
        """Sound one track, dry and mono at 24 kHz, as float64 [shape=(seconds * 24000,)]."""
        options = {"synth.reverb.active": 0, "synth.chorus.active": 0}
        synth = self._library.Synth(gain=0.4, samplerate=SYNTH_RATE_HZ, channels=16, **options)
        font = self._lend(synth.synth, self._font)
        try:
            sound = self._sound(synth, font, track, int(np.ceil(seconds * SYNTH_RATE_HZ / BLOCK)))
        finally:
            self._return(synth.synth, self._font)
            synth.delete()
        middle = sound[:, 0] + sound[:, 1]  # float32 halves the time of what follows
        return resample_poly(middle / 2, 1, 2)[: round(seconds * RATE_HZ)].astype(np.float64)

    def _sound(self, synth: Any, font: int, track: Track, blocks: int) -> np.ndarray:
        """Strike and release every key in time [shape=(blocks * 64, 2)], float32."""
        channel = 9 if track.drums else 0
        synth.program_select(channel, font, 128 if track.drums else 0, track.program)
        sound = np.zeros((blocks * BLOCK, 2), np.float32)
        place = 0
        for block, struck, pitch, velocity in _events(track):
            if block >= blocks:
                break
            self._advance(synth, sound, place, block)
            place = block
            if struck:
                synth.noteon(channel, pitch, velocity)
            else:
                synth.noteoff(channel, pitch)
        self._advance(synth, sound, place, blocks)
        return sound

    def _advance(self, synth: Any, sound: np.ndarray, begin: int, end: int) -> None:
        """Let time pass from one block to another, writing the sound in between."""
        if end > begin:
            place = sound[begin * BLOCK :].ctypes.data
            self._write(synth.synth, (end - begin) * BLOCK, place, 0, 2, place, 1, 2)


def _events(track: Track) -> list[tuple[int, int, int, int]]:
    """(block, 1 for struck or 0 for released, pitch, velocity) in order of time, releases first."""
    events = []
    for note in track.notes:
        start, end = (round(time * SYNTH_RATE_HZ / BLOCK) for time in (note.start_s, note.end_s))
        events += [(start, 1, note.pitch, note.velocity), (max(end, start + 4), 0, note.pitch, 0)]
    return sorted(events)


@functools.cache
def player() -> Player:
    """This process's only player."""
    return Player()
