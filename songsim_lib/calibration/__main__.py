"""The calibration, from scores to a datasheet; each step goes on where it was interrupted. Needs the extra [render].

    python -m songsim_lib.calibration fit                      # on validation works, into data/calibration
    python -m songsim_lib.calibration test --music FOLDER      # on test works, and those of a folder's split `test`
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from songsim_lib import splits
from songsim_lib.calibration import card, listened, measuring, model, shipped, songs
from songsim_lib.calibration.cohort import Cohort
from songsim_lib.calibration.pairs import compared, pairs
from songsim_lib.calibration.parts import with_parts
from songsim_lib.calibration.planted import planted
from songsim_lib.config import AudioSpec
from songsim_lib.files import write_json
from songsim_lib.models import load_pretrained
from songsim_lib.paths import locate
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import folder as folders
from songsim_lib.sources import tunebook

SPEC = AudioSpec()
NULL_PAIRS, TEST_PAIRS, LONG_CLAIMS = 30_000, 20_000, 1_000  # pairs of unrelated works
HOSTS = 3  # works that a passage is inserted into


def _songs(side: str, source: str, output: str) -> songs.Songs:
    """Play and hear the works of one side, whole and in part."""
    from songsim_lib.sources.tunebook import full, soundfont
    from songsim_lib.sources.tunebook.shelf import Shelf

    soundfont.require_tools()
    cache = locate(output).cache
    shelf = Shelf.open(full.collect(SourceChoice.of(source), cache), cache / "tunebook-scores", os.cpu_count() or 1)
    return with_parts(songs.hear(shelf, songs.unlearned(shelf.table, side, songs.SEED), load_pretrained(), SPEC,
                                 cache / "calibration"), SPEC)


def fit(source: str, output: str) -> None:
    """Fit all three models to validation works, and keep what unrelated ones reach."""
    heard = _songs(splits.VALIDATION, source, output)
    first = np.flatnonzero(~heard.table["work_id"].duplicated())
    cohort = Cohort.of([heard.vectors[row] for row in first])
    works = heard.table["work_id"].to_numpy(str)[first]
    found = compared(heard, pairs(heard.table, NULL_PAIRS), cohort, works)
    related = int((found["kind"] != model.UNRELATED).sum())
    whole = heard.table[~heard.table["part"]]
    made = {"recordings": len(whole), "parts": len(heard) - len(whole), "pairs": found["kind"].value_counts().to_dict(),
            "seconds": whole["seconds"].quantile([0, 0.25, 0.5, 0.75, 1]).round(1).tolist(),
            "worn": float(whole["worn"].mean())}
    facts = shipped.Facts({kind: model.fit(found, kind) for kind in model.ASKED},
                          shipped.weights_of(load_pretrained()), heard.table["work_id"].nunique(), related, made)
    shipped.save(facts, found[found["kind"] == model.UNRELATED], cohort)


def test(source: str, output: str, music: str) -> None:
    """Measure on test works: played anew, as committed, and in a folder of real recordings; and seek passages."""
    known, net = shipped.load(), load_pretrained()
    edition = tunebook.catalog()
    edition = edition[splits.held_out(edition)]
    heard = {"songs": _songs(splits.TEST, source, output), "clips": listened.listen(edition, net, SPEC)}
    if music:
        real = folders.catalog(Path(music), splits.TEST)
        heard["music"] = listened.listen(real[real["asks"]], net, SPEC)
    found = {name: compared(one, pairs(one.table, TEST_PAIRS), known.cohort) for name, one in heard.items()}
    kept = pd.concat([found[name].assign(set=name) for name in ("songs", "clips")])
    shipped.write_table(kept[[*model.COLUMNS, "kind", "work_a", "work_b", "set"]], shipped.FOLDER / shipped.TEST)
    results = {"sets": {name: measuring.measured(known, one) for name, one in found.items()},
               "passages": measuring.passages(planted(edition, SPEC, HOSTS), SPEC),
               "claims": {name: measuring.claims(one, found[name][found[name]["kind"] == model.UNRELATED]
                                                 .head(LONG_CLAIMS)) for name, one in heard.items()}}
    write_json(shipped.FOLDER / card.RESULTS, results)


def main() -> None:
    """Read the command line, do one step, and write the datasheet anew."""
    reader = argparse.ArgumentParser(prog="python -m songsim_lib.calibration", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("step", choices=("fit", "test"))
    reader.add_argument("--source", default="tunebook:size=full", help="the corpus; scores=DIR names OpenScore's files")
    reader.add_argument("--output", default="", metavar="DIR", help="folder for cache/ (default: data/)")
    reader.add_argument("--music", default="", metavar="FOLDER", help="real recordings with index.csv (split `test`)")
    options = reader.parse_args()
    if options.step == "fit":
        fit(options.source, options.output)
    else:
        test(options.source, options.output, options.music)
    card.write()


if __name__ == "__main__":
    main()
