"""Are these two songs alike, and where? Two sound files in, three witnesses and the passages they share out."""

from songsim_lib.compare.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
