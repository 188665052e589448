"""Shared by the tests of the search."""

from __future__ import annotations

import pytest
import torch

from songsim_lib.composition.network import CompositionNet


@pytest.fixture(scope="session")
def net() -> CompositionNet:
    torch.manual_seed(0)
    return CompositionNet((8, 8, 16, 16)).eval()
