"""Numbers of figures and tables, counted through the whole report."""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass
class Numbers:
    """How many figures and tables there were so far."""

    figures: int = 0
    tables: int = 0

    def figure(self, text: str) -> str:
        """Write the caption of the next figure (HTML)."""
        self.figures += 1
        return f"<b>Figure {self.figures}.</b> {html.escape(_sentence(text))}"

    def table(self, text: str) -> str:
        """Write the caption of the next table (HTML)."""
        self.tables += 1
        return f"<b>Table {self.tables}.</b> {html.escape(_sentence(text))}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
