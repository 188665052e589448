"""What a model must beat: spectrograms without a model, and the classical ways to find covers."""

from songsim_lib.baselines.log_mel import BASELINES, Baseline, as_reported, band_mean_removed, flat_l2

__all__ = ["BASELINES", "Baseline", "as_reported", "band_mean_removed", "flat_l2"]
