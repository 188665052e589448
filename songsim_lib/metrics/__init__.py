"""How good are distances? Triplet scores, retrieval scores, chance, and 95 % intervals over works.

`triplets` scores an anchor, its positive and negatives, as the report does. `retrieval` lets every recording ask
for the other recordings of its work, as cover-song research does (FACTS, section 5), on `labels.Labels`. `chance`
says what a random order would reach. `estimates` puts intervals on all of it.
"""

from songsim_lib.metrics import chance, retrieval
from songsim_lib.metrics.estimates import Estimate, mean_over_works, paired_difference
from songsim_lib.metrics.triplets import (
    accuracy_over_negatives,
    distances,
    hardness,
    positive_ranks,
    triplet_losses,
)

__all__ = ["Estimate", "accuracy_over_negatives", "chance", "distances", "hardness", "mean_over_works",
           "paired_difference", "positive_ranks", "retrieval", "triplet_losses"]
