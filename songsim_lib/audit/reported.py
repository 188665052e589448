"""What the report says, each number once, with the place it stands: the audit types no other number of the study."""

from __future__ import annotations

from typing import Final

REPORT = "report, Results"

# FACTS, section 2: on 77 real cover triplets (covers80 has 77 works with exactly two versions), in the order of
# the report's three runs.
COVER_TRIPLETS: Final = 77
NEAREST_NEIGHBOUR_PERCENT: Final = {"ResNet-18 frozen": 38.96, "ResNet-18 unfrozen": 35.06, "CNN": 36.36}
PAIR_ACCURACY: Final = {"ResNet-18 frozen": 0.52, "ResNet-18 unfrozen": 0.46, "CNN": 0.45}
COVERS_SOURCE: Final = "FACTS 2, 3.2"

# No text gives the number of pairs. The bars of the report's figures distance-distribution-*.jpg add up to 154 in
# each of the three, 77 covers and 77 others: an anchor with its positive, and with its negative. 0.46 is a whole
# number of 154 pairs and of no 77.
COVER_PAIRS: Final = 2 * COVER_TRIPLETS
PAIRS_SOURCE: Final = "FACTS 2, 3.3; n from the report's figures distance-distribution-*"

# FACTS, section 3.4: one coin flip a pair, one figure for each of the three runs.
COIN_PERCENT: Final = (45.5, 54.5, 40.3)
COIN_SOURCE: Final = "FACTS 3.4"

# Report, Results, "Best Results"; the baseline's loss stands in config.REPORTED_BASELINE_LOSS, the best validation
# loss at the end of the experiment's `reported_loss`.
IMPROVEMENT_PERCENT: Final = 84.83
# FACTS, section 3.1: the study's own spectrograms, normalised as intended.
FLAT_L2_LOSS: Final = 0.987
BASELINE_SOURCE: Final = "report, Results, Best Results; FACTS 3.1"

# Report, Results, captions: the dropout of the two ResNet-18 runs.
DROPOUTS: Final = (0.8, 0.5)
DROPOUT_SOURCE: Final = "report, Results; FACTS 3.5"
FIRST_CONVOLUTION_SOURCE: Final = "report, Best Results; FACTS 1, 3.6"

# FACTS, section 3.7: a batch of 32 clips of 10 s.
CNN_BATCH: Final = 32
CNN_ROWS: Final = 424
MIXING_SOURCE: Final = "FACTS 3.7"
SHORTCUT_SOURCE: Final = "report, Augmenting Audio; FACTS 1, 3.8"

# Report, Results: "freezing most of the layers ... significant overfitting (even with dropout at 0.8!)", "unfreezing
# the lower layers helped reduce overfitting". Losses after the last epoch: unfrozen in FACTS, section 2; frozen read
# off the figure resnet-loss-plot-64-frozen to +-0.005 (the same reading of the other figure is off by 0.001). That
# figure shows 5 epochs, its caption says 8.
UNFROZEN_LAST: Final = {"train": 0.0745, "validation": 0.1514}
FROZEN_LAST: Final = {"train": 0.07, "validation": 0.26}
FREEZING_SOURCE: Final = "report, Results; FACTS 2, 3.5, 3.9"
