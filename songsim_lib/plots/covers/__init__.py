"""Do systems find other versions of a work? Scores, thresholds, and cases to look at (notebook 07)."""

from songsim_lib.plots.covers.pairs import case, roc_curves, same_and_different
from songsim_lib.plots.covers.scores import differences, forest, threshold_transfer

__all__ = ["case", "differences", "forest", "roc_curves", "same_and_different", "threshold_transfer"]
