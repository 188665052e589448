"""One look for every figure: size, fonts, and colours that colour-blind readers can tell apart."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from songsim_lib.text import line

WIDTH_IN = 6.4  # so narrow that 10-point text can still be read when a telephone shows the figure 400 px wide
FONT_PT = 11
SMALL_PT = 10

# Okabe and Ito, "Color Universal Design" (2008): colours distinct for all common kinds of colour vision.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#222222"
GREY, PALE = "#767676", "#E8ECEF"
PALETTE = [BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY]
HEAT = "magma"  # brightness grows evenly, so a louder cell is a lighter one in black and white too

RC: Any = {
    "font.size": FONT_PT, "axes.titlesize": FONT_PT, "axes.labelsize": FONT_PT,
    "xtick.labelsize": SMALL_PT, "ytick.labelsize": SMALL_PT, "legend.fontsize": SMALL_PT,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
    "axes.grid": False, "grid.color": "#DDDDDD", "axes.axisbelow": True, "legend.frameon": False,
    "axes.prop_cycle": plt.cycler(color=PALETTE), "image.cmap": HEAT,
    "figure.facecolor": "white", "figure.dpi": 120,
}  # fmt: skip

Plotter = TypeVar("Plotter", bound=Callable[..., Any])


def styled(plotter: Plotter) -> Plotter:
    """Draw a figure in the project's style, leaving the reader's own matplotlib settings untouched.

    Only the style's own settings are put back. `plt.rc_context` would put back all of them, also the
    interactive mode that a notebook's first figure switches on, and no later figure would be shown.
    """

    @wraps(plotter)
    def draw(*args: Any, **kwargs: Any) -> Any:
        before = {name: plt.rcParams[name] for name in RC}
        plt.rcParams.update(RC)
        try:
            return plotter(*args, **kwargs)
        finally:
            plt.rcParams.update(before)

    return draw  # type: ignore[return-value]


def panels(rows: int = 1, columns: int = 1, height_in: float = 3.0, **kwargs: Any) -> tuple[Figure, Any]:
    """A new figure of page width with rows x columns of axes, always as a 2-D array."""
    size = (WIDTH_IN, height_in)
    return plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False, **kwargs)


def axes_or_new(ax: Axes | None, height_in: float = 3.0) -> Axes:
    """The axes that were given, or those of a new figure of page width."""
    return panels(height_in=height_in)[1][0][0] if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """The figure that axes belong to."""
    return cast(Figure, ax.figure)


def shorten(text: object, width: int = 22) -> str:
    """A label that fits: text of more than `width` characters ends in an ellipsis."""
    words = line(str(text))
    return _no_formula(words if len(words) <= width else words[: width - 1].rstrip() + "…")


def wrap(text: str, width: int = 88) -> str:
    """Text in lines of at most `width` characters, for titles and for notes under a figure."""
    return _no_formula("\n".join(textwrap.wrap(text, width)))


def _no_formula(text: str) -> str:
    """Keep matplotlib from reading a formula between two dollar signs, or drawing what is no letter."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).replace("$", r"\$")


def footnote(fig: Figure, text: str) -> None:
    """A remark below the figure, where a reader looks for what a figure leaves out."""
    fig.supxlabel(wrap(text), fontsize=SMALL_PT, color=GREY, x=0.01, ha="left")


def empty(ax: Axes, message: str) -> None:
    """An axes that says in words why nothing is drawn in it."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, wrap(message, 30), ha="center", va="center", color=GREY, transform=ax.transAxes)


def count_axis(axis: Any) -> None:
    """Whole numbers with thousands separators on an axis that counts things, starting at zero."""
    axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def count(number: int, noun: str) -> str:
    """A number with its noun: '1 work', '1,024 works'."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
