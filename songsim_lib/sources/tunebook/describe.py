"""A recording's row of the catalog: what the source says of the work, and what was played."""

from __future__ import annotations

from . import arrange
from .accept import SECONDS
from .music import Piece, meter_beats
from .perform import Performance
from .soundfont import versions

LICENCES = {
    "lieder": "score: CC0-1.0 (OpenScore Lieder); sound font: MIT",
    "quartets": "score: CC0-1.0 (OpenScore String Quartets); sound font: MIT",
    "tunes": "tune: public domain (transcription by the person named in `transcriber`); sound font: MIT",
}

FACTS = ("title", "composer", "genre", "year", "collection", "transcriber")
KINDS = {"tunes": "fiddle tune", "lieder": "art song", "quartets": "string quartet"}


def row(heard: Piece, performance: Performance, track_id: str, start: int, key: tuple[int, int, str]) -> dict:
    """The catalog's row of a recording: what the source says, and what was played."""
    tonic, mode, key_source = key
    meter = heard.bars[min(1, len(heard.bars) - 1)].meter
    repertoire = str(heard.fact("repertoire"))
    fluidsynth, font, font_sha = versions()
    facts = {name: heard.fact(name) for name in FACTS}
    return {
        "track_id": track_id, "work_id": heard.work_id, "recording_id": track_id,
        "path": f"audio/{track_id}.opus",
        **facts, "composer_born": heard.fact("born"), "composer_died": heard.fact("died"),
        "artist": facts["composer"] or "Traditional", "repertoire": repertoire,
        "key": (tonic + performance.transposition) % 12, "mode": mode, "scale": heard.scale,
        "key_source": key_source,
        "tempo": round(arrange.beat_bpm(heard, performance), 1), "tempo_source": heard.tempo_source,
        "meter": meter, "time_signature": meter_beats(meter)[0], "duration_ms": round(SECONDS * 1000),
        "tags": _tags(heard, performance, meter, mode), "instruments": list(performance.players),
        "accompaniment": performance.accompaniment, "accompaniment_style": performance.style,
        "transposition_semitones": performance.transposition, "articulation": performance.articulation,
        "swing": performance.swing, "hall_s": performance.hall_s,
        "start_bar": start, "n_bars": len(heard.bars), "shared_bars": None,
        "licence": LICENCES[repertoire], "source": heard.fact("source"),
        "fluidsynth": fluidsynth, "sound_font": font, "sound_font_sha256": font_sha,
    }


def _tags(heard: Piece, performance: Performance, meter: str, mode: int) -> list[str]:
    """What can be said of a recording in single words, all of it from the source or from the performance."""
    kind = KINDS[str(heard.fact("repertoire"))]
    words = [kind, heard.fact("genre"), meter, ("minor", "major")[mode], *performance.players]
    words += ["solo"] if performance.accompaniment == "none" and not performance.double else []
    return list(dict.fromkeys(str(word) for word in words if word))
