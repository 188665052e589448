"""Text as a stranger may give it: names of files, titles, artists, tags that try to be code or markup."""

from __future__ import annotations

import csv
from pathlib import Path

import soundfile
import tiny

CALL = "document.title='run';fetch('http://203.0.113.9/x')"
TEXTS = {
    "script": f"<script>{CALL}</script>",
    "end_of_script": f"</script><script>{CALL}</script>",
    "image": f"<img src=http://203.0.113.9/i.png onerror=\"{CALL}\">",
    "svg": f"<svg onload=\"{CALL}\"><animate onbegin=\"{CALL}\" attributeName=x dur=1s></svg>",
    "end_of_attribute": f"\" autofocus onfocus=\"{CALL}\" x='",
    "end_of_cell": "</td></tr></table></div></article><h1>Not a title</h1><!--",
    "style": "</style><style>body{display:none}</style>",
    "link": "[press](javascript:alert(1)) ![i](http://203.0.113.9/i.png) <javascript:alert(1)>",
    "markdown": "# A heading\n\n* **a** `list` | of | columns |\n\n<details open ontoggle=alert(1)>",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7*7 %> %(title)s {0.__class__}",
    "formula": "=HYPERLINK(\"http://203.0.113.9/\",\"press\")",
    "formula_plus": "+1+cmd|' /C calc'!A0",
    "formula_minus": "-1+cmd|' /C calc'!A0",
    "formula_at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "mathtext": "$\\frac{1}{ $x^2 \\unknown{ costs $5",
    "quotes": "\"It's\", 'said'; \\\"\\\\\" `rm -rf ~` $(id) ;",
    "lines": "one\ntwo\r\nthree\tfour\u2028five\u2029six\x0bseven\x85",
    "terminal": "\x1b[31mred\x1b]0;title\x07 \x1b[2J \x9b1A",
    "right_to_left": "\u202egnp.exe\u202c \u2066\u200f\u05d0\u05d1 \u200b\u00ad",
    "another_script": "交響曲 第九番 \U0001d11e é ﬁ \U0001f3bb",
    "blank": "\u00a0\u2003\u3000",
    "missing": "NaN",
    "number": "1e309",
    "long": "ten thousand " * 769 + "end",
}
LONGEST_NAME = 200  # bytes; file systems allow 255


def file_name(text: str) -> str:
    """Make a file's name of a text: whatever is allowed in one stays."""
    name = text.replace("/", "\u2215").replace("\0", "").encode()[:LONGEST_NAME].decode(errors="ignore")
    return name.lstrip(".") or "_"


def folder(place: Path, seconds: float = 16.0) -> Path:
    """Write a folder of recordings, two of each work, that are named, titled and tagged by all of `TEXTS`."""
    place.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, text in enumerate(TEXTS.values()):
        other = list(TEXTS.values())[(number + 7) % len(TEXTS)]
        for version in (0, 1):
            file = f"{file_name(text)}{version}.wav"
            soundfile.write(place / file, tiny.melody(number, seconds), round(22_050 * 1.06**version))  # a semitone up
            rows.append({"file": file, "work_id": f"{number}{text}", "title": text, "artist": other,
                         "composer": other, "album": text, "genre": text if number % 2 else other, "year": "1900",
                         "tags": f"{text}, {other}"})
    with (place / "index.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return place
