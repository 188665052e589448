"""Recordings of a few works of the tunebook, read once; two made songs compared by the command line, once."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from made import RATE_HZ, SPEC, train_works, tune

from songsim_lib import audio, cli, models
from songsim_lib.composition.network import CompositionNet

HOSTILE = f"<img src=x onerror=alert(1)>\"&' $\\frac{{ {{{{7}}}} \x1b[31m\n\u202e音楽 {'long' * 30}.wav"


@pytest.fixture(scope="session")
def versions():
    """Two recordings each of ten train works: 20 rows, the versions of a work next to each other."""
    table = train_works()
    return table[table.groupby("work_id")["track_id"].transform("size") == 2].sort_values("work_id").head(20)


@pytest.fixture(scope="session")
def sounds(versions) -> list[np.ndarray]:
    return [audio.load(path, SPEC) for path in versions["path"]]


@pytest.fixture(scope="session")
def small_net() -> CompositionNet:
    torch.manual_seed(0)
    return CompositionNet((8, 8, 16, 16)).eval()


@pytest.fixture(scope="session")
def songs(tmp_path_factory) -> tuple[Path, Path]:
    """Two songs that share two passages, one of them with a name that means harm."""
    place = tmp_path_factory.mktemp("songs")
    soundfile.write(place / HOSTILE, np.concatenate([tune(0, 8), tune(1, 6)]), RATE_HZ)
    soundfile.write(place / "b.wav", np.concatenate([tune(1, 6, 2), tune(0, 8, -3)]), RATE_HZ)
    return place / HOSTILE, place / "b.wav"


@pytest.fixture(scope="session")
def answered(songs, small_net, tmp_path_factory) -> tuple[str, Path]:
    """What `compare --json --out` prints of them, and the page that it writes."""
    page = tmp_path_factory.mktemp("page") / "new folder" / "page.html"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as said:
        patch.setattr(models, "load_pretrained", lambda: small_net)
        assert cli.main(["compare", *map(str, songs), "--json", "--out", str(page)]) == 0
    return said.getvalue(), page
