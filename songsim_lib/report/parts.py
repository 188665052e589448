"""The parts of the report in its order, that of the study it rebuilds: which notebooks tell each of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).with_name("texts")  # Markdown, a file for each part that has words of its own


@dataclass(frozen=True)
class Part:
    """A part of the report: the notebooks in it by the number they begin with, and a text of its own."""

    name: str
    title: str
    notebooks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Read the text that introduces the part (Markdown); empty where there is none."""
        path = TEXTS / f"{self.name}.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


# The sound is altered first and drawn afterwards, so augmentation comes before spectrograms, as in the original.
ORDER = (
    Part("background", "What was asked"),
    Part("data", "Data", ("00", "01")),
    Part("augmentation", "Augmentation", ("03",)),
    Part("spectrograms", "Spectrograms", ("02",)),
    Part("models", "Models", ("04", "05")),
    Part("results", "Results", ("06", "07")),
    Part("beyond", "Beyond the original", ("08", "09", "10")),
    Part("limits", "Limits"),
)


def in_order(notebooks: list[Path]) -> list[tuple[Part, list[Path]]]:
    """Deal executed notebooks to the parts; what no part names (a notebook of one's own) goes beyond the original."""
    named = {number for part in ORDER for number in part.notebooks}
    dealt = []
    for part in ORDER:
        mine = [path for number in part.notebooks for path in notebooks if path.stem.startswith(number)]
        mine += [path for path in notebooks if part.name == "beyond" and path.stem[:2] not in named]
        if mine or part.text:
            dealt.append((part, mine))
    return dealt
