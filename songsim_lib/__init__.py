"""songsim: learn how similar two songs sound.

The modules, in the order data flows through them: `sources` -> `catalog` -> `audio` -> `augment` ->
`features` -> `store` -> `triplets` -> `models` -> `train` -> `metrics`, `baselines` -> `plots` -> `report`.
"""

__version__ = "0.1.0"
