"""songsim: learn how similar two songs sound.

The modules, in the order data flows through them: `sources` -> `catalog` -> `audio` -> `augment` ->
`features` -> `store` -> `triplets` -> `models` -> `train` -> `metrics`, `baselines` -> `plots` -> `report`.
"""

import os

__version__ = "0.1.0"

# torch reads this at its first tensor: memory in large pages. Without, half of a CNN's training step on a CPU is spent
# on handing out small ones.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
