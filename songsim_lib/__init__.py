"""songsim: learn how similar two songs sound.

The modules, in the order data flows through them: `sources` -> `catalog` -> `audio` -> `augment` ->
`features` -> `store` -> `triplets` -> `models` -> `train` -> `metrics`, `baselines` -> `plots` -> `report`.
"""

import os

from songsim_lib.hardware import has_fast_bf16

__version__ = "0.1.0"

# torch reads this at its first tensor: memory in large pages. Without, handing out small ones takes half of a CNN's
# training step in bfloat16 (ResNet-18's stays as it is); in float32, ResNet-18 is a fifth slower with it.
if has_fast_bf16():
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
