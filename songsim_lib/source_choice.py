"""Which recordings a study listens to: a source and its options, as one text (standard library only).

"tunebook" is a source as it comes, "tunebook:size=full,performances=2" one with options. The notebooks take that
text as their parameter `source`; the command line makes it from its flags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from songsim_lib.config import ChoiceError, choose
from songsim_lib.source_kinds import SOURCE_KINDS, SourceKind


@dataclass(frozen=True)
class SourceChoice:
    """A source and those of its options that are not at their default; make it with `SourceChoice.of`."""

    name: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, text: str, more: Mapping[str, str] | None = None) -> SourceChoice:
        """Read "name" or "name:option=value,option=value"; the options in `more` replace those of the text.

        Raises
        ------
        ChoiceError : an unknown source, option or value (lists the valid ones), one that is given twice, or one
            that means nothing without another.
        """
        name, colon, rest = text.partition(":")
        kind = SOURCE_KINDS[choose("source", name, SOURCE_KINDS)]
        given: dict[str, str] = {}
        for part in re.split(r",(?=[a-z]+=)", rest) if colon else []:  # a folder's name may hold commas
            option, equals, value = part.partition("=")
            if not equals or option in given:
                raise ChoiceError(f"source {text!r}: {part!r} should be one option=value, each option once")
            given[option] = value
        given |= more or {}
        checked = {option: kind.option(name, option).check(value) for option, value in given.items()}
        full = {option.name: checked.get(option.name, option.default) for option in kind.options}
        for option in kind.options:
            changed = full[option.name] != option.default
            if changed and option.needs and full[option.needs[0]] != option.needs[1]:
                raise ChoiceError(f"{option.name} of source {name!r} needs {'='.join(option.needs)}")
        return cls(name, tuple((o.name, full[o.name]) for o in kind.options if full[o.name] != o.default))

    def __str__(self) -> str:
        return ":".join(filter(None, (self.name, ",".join("=".join(option) for option in self.options))))

    def __getitem__(self, option: str) -> str:
        """Value of an option, its default where nothing was chosen."""
        return dict(self.options).get(option, self.kind.option(self.name, option).default)

    def for_training(self) -> SourceChoice:
        """Return the choice itself if networks can be trained on it.

        Raises
        ------
        ChoiceError : an option is lacking that must be given, or it is a test set; says what to do.
        """
        for option in self.kind.options:
            if option.required and option.name not in dict(self.options):
                raise ChoiceError(f"source {self.name!r} needs {option.name}=PATH (--{option.name} PATH)")
        if self.kind.test_only:
            raise ChoiceError(f"source {self.name!r} is for testing only: nothing is trained on it. Train on another "
                              f"source, and give --covers-folder {self} (in 07_covers: covers_folder = \"{self}\")")
        return self

    @property
    def kind(self) -> SourceKind:
        """The source that was chosen."""
        return SOURCE_KINDS[self.name]

    @property
    def paths(self) -> list[Path]:
        """Folders and files of the user's that the recordings follow from."""
        return [Path(value) for name, value in self.options if self.kind.option(self.name, name).is_path]

    @property
    def slug(self) -> str:
        """Name of this choice in names of folders: "tunebook", "tunebook-full-k2"; another choice has another."""
        chosen = [self.kind.option(self.name, name).short(value) for name, value in self.options]
        return "-".join([self.name.replace("_", "-"), *chosen])

    @property
    def description(self) -> str:
        """What the recordings are, in words."""
        said = (self.kind.option(self.name, name).says.format(value) for name, value in self.options)
        return "; ".join([self.kind.description, *filter(None, said)])

    @property
    def extra(self) -> str:
        """The optional requirements of pyproject.toml that this choice needs ("render"), or nothing."""
        return "render" if ("size", "full") in self.options else ""


def as_test_set(text: str) -> SourceChoice | None:
    """Read the name of a source that is for testing only, with its options; None where the text names no such source.

    Raises
    ------
    ChoiceError : it does, but with a wrong option.
    """
    kind = SOURCE_KINDS.get(text.partition(":")[0])
    return SourceChoice.of(text) if kind and kind.test_only else None
