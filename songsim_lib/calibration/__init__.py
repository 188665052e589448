"""How rare a likeness is: what unrelated works reach, and how much likelier one work is than two."""

from songsim_lib.calibration.model import ALIGNMENT, ASKED, BOTH, NETWORK, Calibration, Heard
from songsim_lib.calibration.shipped import load, of, test_pairs
from songsim_lib.calibration.statement import ALARM, Statement

__all__ = ["ALARM", "ALIGNMENT", "ASKED", "BOTH", "NETWORK", "Calibration", "Heard", "Statement", "load", "of",
           "test_pairs"]
