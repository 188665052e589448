"""Music Info.csv as it is published, with invented songs: columns, types and shares like the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from fake_services import spotify_link

GENRES = {"Rock": 9965, "Electronic": 3710, "Metal": 2516, "Pop": 1145, "Rap": 821, "Jazz": 793, "RnB": 696,
          "Reggae": 691, "Country": 607, "Punk": 382, "Folk": 355, "New Age": 235, "Blues": 188, "World": 140,
          "Latin": 100}  # of 50,683; the others have none
TAGS = (
    "rock", "indie", "electronic", "alternative", "pop", "female_vocalists", "alternative_rock", "indie_rock",
    "metal", "classic_rock", "singer_songwriter", "experimental", "chillout", "ambient", "folk", "punk",
    "british", "instrumental", "hard_rock", "80s", "soul", "trip_hop", "progressive_rock", "death_metal",
    "new_wave", "jazz", "blues", "90s", "acoustic", "dance")
WORDS = (
    "love", "night", "river", "heart", "dancing", "fire", "rain", "summer", "ghost", "home", "golden",
    "machine", "paper", "silent", "stars", "broken", "city", "electric", "mother", "wild", "ocean", "mirror",
    "train", "sister", "velvet", "moon", "dust", "honey", "winter", "stone")
ASIDES = ("", "", "", "", "", "", "", "", " - Remastered 2011", " (Live)", " - Radio Edit", " (Acoustic)")
ALL = 50_683


def rows(n: int = ALL, seed: int = 0) -> pd.DataFrame:
    """Make n rows; of every 20 songs about one is a later version of an earlier one."""
    rng = np.random.default_rng(seed)
    artist = rng.integers(max(2, n // 6), size=n)
    words = rng.choice(WORDS, size=(n, 3))
    again = rng.random(n) < 0.05
    again[0] = False
    first = np.where(again, rng.integers(np.maximum(np.arange(n), 1)), np.arange(n))
    share = sum(GENRES.values()) / ALL
    genres = rng.choice([*GENRES], size=n, p=np.array([*GENRES.values()]) / sum(GENRES.values()))
    tags = [", ".join(rng.choice(TAGS, size=k, replace=False, p=np.geomspace(1, 0.05, 30) / sum(
        np.geomspace(1, 0.05, 30)))) for k in rng.integers(0, 6, size=n)]
    titles = [" ".join(words[j]).title() + f" {j}" + (ASIDES[-1 - i % 4] if again[i] else "")
              for i, j in enumerate(first)]
    table = pd.DataFrame({
        "track_id": [f"TR{seed:02d}{i:012d}" for i in range(n)], "name": titles,
        "artist": [f"The {WORDS[artist[j] % 30].title()} Band {artist[j]}" for j in first],
        "spotify_preview_url": [spotify_link(f"{seed:02d}{i:08d}") for i in range(n)],
        "spotify_id": [f"{seed:02d}spotify{i:08d}" for i in range(n)], "tags": tags,
        "genre": np.where(rng.random(n) < share, genres, ""),
        "year": np.clip(np.round(2_007 - rng.gamma(1.3, 6, n) + rng.normal(0, 4, n)), 1900, 2022).astype(int),
    })
    return table.assign(**_numbers(rng, n))


def _numbers(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """The thirteen numbers, spread about as in the report's figure."""
    return {
        "duration_ms": np.where(rng.random(n) < 0.0005, rng.integers(1_439, 3_816_373, n), rng.lognormal(12.4, 0.35, n)
                                ).astype(int),
        "danceability": rng.beta(4, 4, n).round(3), "energy": rng.beta(2.6, 1.2, n).round(3),
        "key": rng.integers(12, size=n), "loudness": (-4 - rng.gamma(2.2, 2.1, n)).round(3),
        "mode": (rng.random(n) < 0.63).astype(int), "speechiness": rng.beta(1.2, 14, n).round(4),
        "acousticness": rng.beta(0.3, 0.9, n).round(5), "instrumentalness": rng.beta(0.15, 0.5, n).round(6),
        "liveness": rng.beta(1.8, 7, n).round(4), "valence": rng.beta(1.3, 1.5, n).round(3),
        "tempo": np.clip(rng.normal(124, 29, n), 0, 238.9).round(3),
        "time_signature": rng.choice([4, 3, 1, 5], size=n, p=[0.89, 0.09, 0.01, 0.01]),
    }


def write(path: Path, table: pd.DataFrame) -> Path:
    """Write rows as the published file is written."""
    table.to_csv(path, index=False)
    return path
