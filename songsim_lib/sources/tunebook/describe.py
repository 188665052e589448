"""A recording's row of the catalog: what the source says of the work, and what was played."""

from __future__ import annotations

from pathlib import PurePosixPath

from . import arrange
from .accept import SECONDS
from .equalise import Equaliser
from .music import Piece, meter_beats
from .perform import Performance
from .soundfont import versions

FACTS = ("title", "composer", "genre", "year", "collection", "transcriber")


def row(heard: Piece, performance: Performance, path: str, start: int, key: tuple[int, int, str]) -> dict:
    """The catalog's row of a recording: what the source says, and what was played.

    `path` (relative, "audio/<track_id>.<suffix>") names it; `start` counts bars from 0; `key` as `key.key_of` says.
    """
    tonic, mode, key_source = key
    track_id = PurePosixPath(path).stem
    meter = heard.bars[min(1, len(heard.bars) - 1)].meter
    fluidsynth, font, font_sha = versions()
    facts = {name: heard.fact(name) for name in FACTS}
    return {
        "track_id": track_id, "score_id": heard.score_id, "work_id": heard.score_id, "recording_id": track_id,
        "path": path,
        **facts, "composer_born": heard.fact("born"), "composer_died": heard.fact("died"),
        "artist": facts["composer"] or "Traditional", "repertoire": heard.repertoire.name,
        "key": (tonic + performance.transposition) % 12, "mode": mode, "scale": heard.scale,
        "key_source": key_source,
        "tempo": round(arrange.beat_bpm(heard, performance), 1), "tempo_source": heard.tempo_source,
        "meter": meter, "time_signature": meter_beats(meter)[0], "duration_ms": round(SECONDS * 1000),
        "tags": _tags(heard, performance, meter, mode), "instruments": list(performance.players),
        "accompaniment": performance.accompaniment, "accompaniment_style": performance.style,
        "dance": performance.dance if heard.repertoire.kind == "tune" else None,
        "transposition_semitones": performance.transposition, "articulation": performance.articulation,
        "swing": performance.swing, "dynamics": performance.dynamics, "rubato": performance.rubato,
        "hall_s": performance.hall_s, "wet_db": performance.wet_db, **_colour(performance.equaliser),
        "start_bar": start, "n_bars": len(heard.bars), "shared_bars": None,
        "redistributable": heard.repertoire.redistributable,
        "licence": f"score: {heard.repertoire.terms} ({heard.repertoire.origin}); sound font: MIT",
        "source": heard.fact("source"),
        "fluidsynth": fluidsynth, "sound_font": font, "sound_font_sha256": font_sha,
    }


def _colour(equaliser: Equaliser) -> dict[str, float | None]:
    """The equaliser's gains, and the upper border of an old recording."""
    return {"eq_low_db": equaliser.low_db, "eq_mid_db": equaliser.mid_db, "eq_high_db": equaliser.high_db,
            "lowpass_hz": equaliser.lowpass_hz}


def _tags(heard: Piece, performance: Performance, meter: str, mode: int) -> list[str]:
    """What can be said of a recording in single words, all of it from the source or from the performance."""
    words = [heard.repertoire.label, heard.fact("genre"), meter, ("minor", "major")[mode], *performance.players]
    words += ["solo"] if performance.accompaniment == "none" and not performance.double else []
    return list(dict.fromkeys(str(word) for word in words if word))
