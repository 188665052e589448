"""A comparison as one HTML page that needs no network and no other file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from songsim_lib import __version__, report, tags, text
from songsim_lib.compare import exhibits, tables, telling, wording
from songsim_lib.compare.comparison import Comparison
from songsim_lib.compare.sound import Sound
from songsim_lib.files import sha256, write_text

HERE = Path(__file__).parent


def write(path: Path, found: Comparison, a: Sound, b: Sound) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    found : what `comparison.between` says of `a` and `b`.

    Raises
    ------
    OSError : it cannot be written there.
    """
    page = render(found, a, b)
    write_text(path, page)


def render(found: Comparison, a: Sound, b: Sound) -> str:
    """Lay out the page; all text is escaped, whatever files are called or say of themselves."""
    figures = {name: Markup(shown) for name, shown in exhibits.figures(found, a, b).items()}
    heard = [[Markup(player) for player in pair] for pair in exhibits.players(found, a, b)]
    return report.pages_of(HERE).get_template("page.html.j2").render(
        songs=[_song("First", a), _song("Second", b)], version=__version__, style=_style(),
        headline=telling.headline(found), sentences=telling.sentences(found), doubts=telling.doubts(found),
        not_meant=telling.NOT_MEANT, calibration=tables.calibration(found), witnesses=tables.witnesses(found),
        passages=tables.passages(found), players=heard, figures=figures)


def _style() -> Markup:
    """Dress the page as the report, but for what is its own."""
    sheets = (report.STYLE, HERE / "page.css")
    return Markup("\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets))


def _song(which: str, sound: Sound) -> dict[str, Any]:
    """Tell what a reader needs to find the very file again: its name, tags and content."""
    told = tags.read(sound.path)
    return {"which": which, "name": wording.name(sound.path), "lasts": text.clock(sound.duration_s),
            "tags": " · ".join(filter(None, (told.get("title"), told.get("artist")))), "sha256": sha256(sound.path)}
