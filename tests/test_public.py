"""What other programs may rely on is there, says what it does, and is what the package lists."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

import songsim_lib


@pytest.mark.parametrize("name", songsim_lib.PUBLIC)
def test_what_is_public_can_be_imported_and_says_what_it_does(name):
    module, _, attribute = name.rpartition(".")
    found = getattr(import_module(module), attribute)
    assert callable(found)
    assert len(inspect.getdoc(found)) > 30


def test_each_is_listed_once():
    assert len(set(songsim_lib.PUBLIC)) == len(songsim_lib.PUBLIC)
