"""Invariance curves: what each system still recognises when one thing about the music changes (notebook 07_covers).

A system that hears the *recording* loses a song that is transposed; one that hears the *composition* does not care.
N works are drawn, one recording of each. The clean excerpts are the index; a query is the same passage with one
factor at one level: another key, another tempo, noise, or another instrument. Each system ranks all N excerpts for
each query, and its score is how early the right one comes.
"""

from __future__ import annotations

from .factors import FACTORS, Factor
from .scores import chance, measure, of_study

__all__ = ["FACTORS", "Factor", "chance", "measure", "of_study"]
