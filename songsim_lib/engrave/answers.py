"""Which bar answers which, shown: the same colour and letter for bars that say the same in two settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

# Okabe and Ito's colours that stay apart as tints; letters repeat what they say. Neighbours always differ.
TINTS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#767676")


@dataclass
class Marks:
    """Colour and letter of the marked bars of one setting."""

    colours: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)

    def add(self, bar: int, number: int) -> None:
        """Mark a bar with the colour and letter of a number."""
        again = number // len(ascii_lowercase)
        self.colours[bar] = TINTS[number % len(TINTS)]
        self.labels[bar] = ascii_lowercase[number % len(ascii_lowercase)] * (again + 1)


def marked(bars: range, *answers: Sequence[tuple[int, int]]) -> list[Marks]:
    """Mark some bars of one setting, and in each other setting the bars that answer them.

    Parameters
    ----------
    bars : bars of the first setting.
    answers : one list a further setting: pairs (bar of the first setting, bar of this one).

    Returns
    -------
    Marks of the first setting, then of the others. A bar of the first setting that answers nothing new (two
    bars that another setting writes as one) shares the mark of the bar before it.
    """
    first, others = Marks(), [Marks() for _ in answers]
    number = -1
    for bar in bars:
        found = [(marks, there) for marks, pairs in zip(others, answers, strict=True)
                 for here, there in pairs if here == bar]
        fresh = [(marks, there) for marks, there in found if there not in marks.colours]
        number += bool(fresh)
        for marks, there in fresh:
            marks.add(there, number)
        if found:
            first.add(bar, number)
    return [first, *others]
