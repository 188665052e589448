"""The sources that can be asked for, and the options of each (standard library only)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from songsim_lib.config import ChoiceError, choose


@dataclass(frozen=True)
class Option:
    """Something that can be chosen about a source; `default` is what it is when nobody does.

    Valid are the `values`, or whole numbers up to `largest`, or (where there is neither) an existing folder, or file
    where it is a `file`. `slug` goes into names of folders, `says` into the description of the recordings; `{}` is
    the value. An option that `needs` another (name, value) means nothing without it; a `required` one must be given.
    """

    name: str
    help: str
    default: str = ""
    values: tuple[str, ...] = ()
    largest: int = 0
    slug: str = "{}"
    says: str = ""
    needs: tuple[str, str] | None = None
    file: bool = False
    required: bool = False

    @property
    def is_path(self) -> bool:
        """Whether the value is a folder or a file of the user's."""
        return not self.values and not self.largest

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
        path = Path(text).expanduser().resolve()
        if not text or not (path.is_file() if self.file else path.is_dir()):
            raise ChoiceError(f"{self.name} must be a {'file' if self.file else 'folder'} that exists, not {text!r}")
        return str(path)

    def short(self, value: str) -> str:
        """Name a value in letters that every file system takes; a path by its last part and a hash of the whole."""
        if self.is_path:
            value = Path(value).name[:20] + "-" + hashlib.sha256(value.encode()).hexdigest()[:8]
        return re.sub(r"[^a-z0-9]+", "-", self.slug.format(value).lower()).strip("-")


@dataclass(frozen=True)
class SourceKind:
    """A source that can be asked for: what its recordings are, and its options.

    With `cover_positives`, other versions of a work are positives in training, beside the augmented clips. What is
    `test_only` trains nothing: it can be looked for covers in (`--covers-folder`).
    """

    description: str
    options: tuple[Option, ...] = ()
    cover_positives: bool = False
    test_only: bool = False

    def option(self, source: str, name: str) -> Option:
        """Look an option up by name; ChoiceError lists the valid ones."""
        if not self.options:
            raise ChoiceError(f"source {source!r} has no options, so no {name!r}")
        choose(f"option of source {source!r}", name, [option.name for option in self.options])
        return next(option for option in self.options if option.name == name)


_FULL = ("size", "full")
_CSV = "csv of songs: Music Info.csv (by default in data/ or /kaggle/input), or cover sets (work,title,performer)"
# One row for each module of `songsim_lib.sources` that has a function `source`; here, so that the command line lists
# them at once.
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
    "folder": SourceKind("a folder of the user's own recordings", (
        Option("folder", "folder of recordings: one for each work, or with an index.csv (file,work_id), or neither",
               required=True),
    )),
    "music_info": SourceKind("30 s previews of the songs in the report's Music Info.csv, for personal research only", (
        Option("csv", _CSV, file=True),
    )),
    "versions": SourceKind("30 s previews of songs and their covers, found by a list, for personal research only", (
        Option("csv", _CSV, file=True, required=True),
    ), cover_positives=True),
    "fma": SourceKind("the Free Music Archive's Creative Commons tracks, 30 s each (no versions are known)", (
        Option("subset", "8,000 tracks of 7.2 GiB, or 25,000 of 22 GiB", "small", values=("small", "medium")),
    )),
    "covers80": SourceKind("80 songs in two or more versions, to test on only", (
        Option("files", "all 164 files, or the 160 of the 80 pairs that are listed", "164", values=("164", "160")),
    ), test_only=True),
}
