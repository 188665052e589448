"""Figures share one look and leave the reader's matplotlib alone."""

from __future__ import annotations

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest

from songsim_lib.plots import style


def test_drawing_a_figure_leaves_every_setting_of_matplotlib_as_it_was():
    before = dict(plt.rcParams)
    style.styled(lambda: plt.subplots())()
    assert dict(plt.rcParams) == before


def test_the_interactive_mode_a_notebook_switches_on_survives_its_first_figure():
    @style.styled
    def first_figure():
        plt.ion()  # what a notebook's backend does when the first figure is made

    try:
        first_figure()
        assert plt.isinteractive(), "later figures of the notebook would not be shown"
    finally:
        plt.ioff()


def test_settings_are_put_back_when_drawing_fails():
    @style.styled
    def broken():
        raise RuntimeError("no data")

    size = plt.rcParams["font.size"]
    with pytest.raises(RuntimeError):
        broken()
    assert plt.rcParams["font.size"] == size


def test_a_long_name_is_cut_with_an_ellipsis_and_a_short_one_kept():
    assert style.shorten("Symphony of a Thousand Names", 12) == "Symphony of…"
    assert style.shorten("Reel", 12) == "Reel"


def test_importing_the_figures_does_not_import_torch():
    code = ("import sys; from songsim_lib.plots import architecture, augmentation, catalog, distances, metadata, "
            "signal, training; import songsim_lib.listen; sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
