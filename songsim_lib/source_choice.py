"""Which recordings a study listens to: a source and its options, as one text (standard library only).

"tunebook" is a source as it comes, "tunebook:size=full,performances=2" one with options. The notebooks take that
text as their parameter `source`; the command line makes it from its flags.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from songsim_lib.config import ChoiceError, choose


@dataclass(frozen=True)
class Option:
    """Something that can be chosen about a source; `default` is what it is when nobody does.

    Valid are the `values`, or whole numbers up to `largest`, or (where there is neither) an existing folder. `slug`
    goes into names of folders, `says` into the description of the recordings; `{}` is the value. An option that
    `needs` another (name, value) means nothing without it.
    """

    name: str
    help: str
    default: str = ""
    values: tuple[str, ...] = ()
    largest: int = 0
    slug: str = "{}"
    says: str = ""
    needs: tuple[str, str] | None = None

    def check(self, text: str) -> str:
        """Return a valid value in its one spelling (numbers without leading zeros, folders from the root).

        Raises
        ------
        ChoiceError : names the option and what is valid.
        """
        if self.values:
            return choose(self.name, text, self.values)
        if self.largest:
            if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= self.largest:
                raise ChoiceError(f"{self.name} must be a whole number from 1 to {self.largest}, not {text!r}")
            return str(int(text))
        folder = Path(text).expanduser().resolve()
        if not text or not folder.is_dir():
            raise ChoiceError(f"{self.name} must be a folder that exists, not {text!r}")
        return str(folder)

    def short(self, value: str) -> str:
        """Name a value in letters that every file system takes; a folder by its name and a hash of its path."""
        if not self.values and not self.largest:
            value = Path(value).name[:20] + "-" + hashlib.sha256(value.encode()).hexdigest()[:8]
        return re.sub(r"[^a-z0-9]+", "-", self.slug.format(value).lower()).strip("-")


@dataclass(frozen=True)
class SourceKind:
    """A source that can be asked for: what its recordings are, and its options."""

    description: str
    options: tuple[Option, ...] = ()

    def option(self, source: str, name: str) -> Option:
        """Look an option up by name; ChoiceError lists the valid ones."""
        if not self.options:
            raise ChoiceError(f"source {source!r} has no options, so no {name!r}")
        choose(f"option of source {source!r}", name, [option.name for option in self.options])
        return next(option for option in self.options if option.name == name)


_FULL = ("size", "full")
# One row for each of `songsim_lib.sources.SOURCES`; here so that the command line lists them at once.
SOURCE_KINDS = {
    "tunebook": SourceKind("the embedded corpus: public-domain scores played by a synthesizer, not recorded sound", (
        Option("size", "the committed edition, or every usable score, rendered here", "edition",
               values=("edition", "full"), says="in {} size"),
        Option("performances", "performances of each passage", "1", largest=9, slug="k{}",
               says="{} performances a passage", needs=_FULL),
        Option("windows", "passages of each score", "1", largest=9, slug="w{}",
               says="{} passages a score", needs=_FULL),
        Option("research", "also scores that are for research on this machine only", "no", values=("no", "yes"),
               slug="research", needs=_FULL, says="with scores for research only: NEVER REDISTRIBUTE the recordings, "
               "nor reports and features that hold them"),
        Option("scores", "folder with the OpenScore files and index.csv; without it they are fetched",
               needs=_FULL),
    )),
}


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
        return dict(self.options).get(option, SOURCE_KINDS[self.name].option(self.name, option).default)

    @property
    def slug(self) -> str:
        """Name of this choice in names of folders: "tunebook", "tunebook-full-k2"; another choice has another."""
        kind = SOURCE_KINDS[self.name]
        return "-".join([self.name, *(kind.option(self.name, name).short(value) for name, value in self.options)])

    @property
    def description(self) -> str:
        """What the recordings are, in words."""
        kind = SOURCE_KINDS[self.name]
        said = (kind.option(self.name, name).says.format(value) for name, value in self.options)
        return "; ".join([kind.description, *filter(None, said)])

    @property
    def extra(self) -> str:
        """The optional requirements of pyproject.toml that this choice needs ("render"), or nothing."""
        return "render" if _FULL in self.options else ""
