"""songsim: learn how similar two songs sound.

The modules, in the order data flows through them: `sources` -> `catalog` -> `audio` -> `augment` ->
`features` -> `store` -> `triplets` -> `models` -> `train` -> `metrics`, `baselines` -> `plots` -> `report`.
`PUBLIC` lists what other programs may rely on.
"""

import os

__version__ = "0.1.0"

# The public API, each with its own docstring; import from the module ("from songsim_lib.compare import compare").
PUBLIC = (
    "songsim_lib.study.Study",                    # one run of the study: its folders, catalog, store, results
    "songsim_lib.config.AudioSpec", "songsim_lib.config.Experiment", "songsim_lib.profiles.Profile",
    "songsim_lib.source_choice.SourceChoice",     # which recordings: "tunebook", "folder:folder=..."
    "songsim_lib.sources.source",                 # the function that makes a source's catalog
    "songsim_lib.catalog.validate", "songsim_lib.catalog.load", "songsim_lib.catalog.save",
    "songsim_lib.audio.load", "songsim_lib.audio.stream",
    "songsim_lib.augment.positive",
    "songsim_lib.features.log_mel",
    "songsim_lib.prepare.build", "songsim_lib.store.FeatureStore",
    "songsim_lib.splits.split_by_work",
    "songsim_lib.models.Embedder", "songsim_lib.models.build", "songsim_lib.models.load_pretrained",
    "songsim_lib.runs.fit",                       # train an experiment, or take up what was trained
    "songsim_lib.metrics.retrieval.evaluate",     # MAP and the other scores of a distance matrix
    "songsim_lib.compare.compare",                # two recordings: a verdict with passages
    "songsim_lib.search.update.update", "songsim_lib.search.query.search",  # a folder: an index, and its nearest songs
    "songsim_lib.calibration.load",               # from a likeness to a p-value and a likelihood ratio
    "songsim_lib.report.build",
)

# torch reads this at its first tensor: memory in large pages. Handing out small ones takes half of a CNN's training
# step in bfloat16, and a seventh of it in float32.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
