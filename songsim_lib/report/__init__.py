"""The report: a study's executed notebooks as one HTML file that needs no network and no other file."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from songsim_lib import __version__
from songsim_lib.files import atomic, read_json
from songsim_lib.report.chapters import FORMATTER, chapter_of
from songsim_lib.report.facts import about, caveats, times

TITLE = "How similar do two songs sound?"
LEAD = (
    "A study that learns musical similarity from sound: recordings become spectrograms, spectrograms become "
    "triplets, and triplets train a network whose distances should agree with the ear."
)
MAX_BYTES = 15_000_000


def build(study_folder: Path) -> Path:
    """Turn a study folder into its report.

    Parameters
    ----------
    study_folder : holds the executed notebooks (`NN_name.ipynb`), and when the chain ran them `steps.json`
        (times, versions) and `results.json` (caveats).

    Returns
    -------
    Path of the report, `report.html` in the same folder.

    Raises
    ------
    FileNotFoundError : the folder holds no executed notebook.
    """
    notebooks = sorted(study_folder.glob("[0-9][0-9]_*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(f"{study_folder} holds no executed notebook; run ./run_all.sh first")
    journal = read_json(study_folder / "steps.json", {})
    pages = Environment(
        loader=PackageLoader(__name__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    page = pages.get_template("page.html.j2").render(
        title=TITLE,
        lead=LEAD,
        version=__version__,
        about=about(journal),
        times=times(journal),
        caveats=caveats(study_folder),
        chapters=[chapter_of(path) for path in notebooks],
        unfinished={path.stem for path in notebooks} - set(journal.get("steps", {})),
        style=Markup(style + FORMATTER.get_style_defs(".code")),
    )
    report = study_folder / "report.html"
    with atomic(report) as temporary:
        temporary.write_text(page, encoding="utf-8")
    if (size := report.stat().st_size) > MAX_BYTES:
        print(f"The report is large: {size / 1e6:.1f} MB. Fewer players or smaller figures would help.")
    return report
