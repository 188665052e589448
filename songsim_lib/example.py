"""The committed example of a report: a full run's, with its figures as files beside it, without sound and code."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup, Tag
from PIL import Image

from songsim_lib.files import read_json, write_json, write_text

REPORT, CONFIG = "report.html", "config.json"
GRID = (64, 64)  # pixels that pictures are compared in
ALIKE = 12.0  # grey levels of 255 that the same figure differs by on average, drawn at two sizes and cropped
LEFT_OUT = "audio, script, main details, #map, #times, nav li:has(> a[href='#map'], > a[href='#times'])"
POLICY = "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'"


def write(study_folder: Path, images: Path) -> Path:
    """Write the example: `report.html` and `config.json` in the folder of the published figures.

    Parameters
    ----------
    study_folder : of a finished study, with its report.
    images : holds the study's figures already.
    """
    whole = (study_folder / REPORT).read_text(encoding="utf-8")
    for place, shown in ((study_folder.parents[1], "data"), (Path.home(), "~")):  # where it ran is nobody's business
        if len(place.parts) > 1:
            whole = whole.replace(str(place), shown)
    page = BeautifulSoup(whole, "html.parser")
    for tag in page.select(LEFT_OUT):
        tag.decompose()
    for frame in page.select("figure:not(:has(img))"):  # of players
        frame.decompose()
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    policy["content"] = POLICY  # type: ignore[index]
    for link in page.select(".notebook a"):
        link["href"] = f"../notebooks/{link.get_text()}.ipynb"
    _figures_beside(page, images)
    page.select_one(".lead").insert_after(_remark(page))  # type: ignore[union-attr]
    write_text(images / REPORT, str(page))
    write_json(images / CONFIG, _configuration(study_folder))
    return images / REPORT


def _remark(page: BeautifulSoup) -> Tag:
    remark = page.new_tag("p", attrs={"class": "notebook"})
    remark.string = ("An example: the report of the run that the README shows, without its sound and code. "
                     "`./run_all.sh` makes the whole one.")
    return remark


def _figures_beside(page: BeautifulSoup, images: Path) -> None:
    """Replace every embedded picture by the file that shows the same; what no file shows is left out, and said."""
    files = {path: grey for path in sorted(images.glob("*.png")) if (grey := _grey(path.read_bytes())) is not None}
    for image in page.find_all("img"):
        content = base64.b64decode(str(image["src"]).split(",", 1)[1])
        shown = _grey(content)
        if shown is None:  # notation
            drawn = (path for path in sorted(images.glob("*.svg")) if _points(path.read_bytes()) == _points(content))
            name = next((path.name for path in drawn), "")
        else:
            apart = {path.name: float(np.abs(grey - shown).mean()) for path, grey in files.items()}
            name = min((name for name, by in apart.items() if by < ALIKE), key=apart.__getitem__, default="")
        if name:
            image["src"], image["loading"] = name, "lazy"
        else:
            image.replace_with("(This picture is not part of the example.)")


def _points(drawing: bytes) -> list[bytes]:
    """List the numbers of an SVG drawing, which stay when a notebook writes it anew."""
    return re.findall(rb"\d+", drawing[drawing.find(b"<svg") :])[:500]


def _grey(content: bytes) -> np.ndarray | None:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            inside = picture.convert("L")
            box = Image.eval(inside, lambda level: 255 - level).getbbox()  # without white margins
            return np.asarray(inside.crop(box).resize(GRID, Image.Resampling.BOX), dtype=np.float32)
    except OSError:
        return None


def _configuration(study_folder: Path) -> dict[str, object]:
    """Collect what was asked for: the study, and each experiment as it was trained."""
    study = read_json(study_folder / "steps.json", {}).get("study", {})
    name = study_folder.name.removeprefix("study-")
    runs = {path.parent.name: read_json(path) for path in sorted(study_folder.parent.glob(f"*-{name}/config.json"))}
    return {"study": study, "trainings": runs}
