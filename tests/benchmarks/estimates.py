"""How long an epoch of the study would take on GPUs that are not at hand: from what was counted and measured here."""

from __future__ import annotations

from typing import Any

STUDY_S = 70 * 60  # that an epoch took: 6 epochs in 7 hours, on a GPU of Kaggle's
TRAIN, VALIDATION = 8_000, 2_000  # triplets of an epoch of the study
EPOCH = TRAIN + VALIDATION

# Operations a second with numbers of 2 bytes, bytes a second of memory. NVIDIA's data sheets: T4 (65 TFLOPS fp16 in its
# tensor cores; 8.1 fp32; 320 GB/s), Tesla P100 PCIe 16 GB (18.7 fp16, no tensor cores; 9.3 fp32; 732 GB/s), A100 40 GB
# (312 bf16; 1,555 GB/s), H200 SXM (989 bf16, without sparsity; 4.8 TB/s).
MACHINES = {"T4": (65e12, 320e9), "P100": (18.7e12, 732e9), "A100 40 GB": (312e12, 1_555e9), "H200": (989e12, 4.8e12)}


def share(results: dict[str, Any], name: str) -> float | None:
    """Tell which part of this machine's own peak our training step reaches; None where one of both is not measured."""
    try:
        counted = results["operations"]["found"]
        step_s = results["training"]["found"][name]["ours"]["median"]
    except KeyError:
        return None
    return counted["experiments"][name]["train_flops"] / step_s / counted["peak_flops_per_s"][counted["format"]]


def epoch_s(results: dict[str, Any], name: str, machine: str) -> float | None:
    """Estimate an epoch, in seconds: its lower bound, stretched as our step stretches what it could take here."""
    reached = share(results, name)
    if reached is None:
        return None
    return results["operations"]["found"]["experiments"][name]["bound_s"][machine] / min(1.0, reached)


def of_training(results: dict[str, Any], name: str) -> float:
    """Tell what a triplet of an epoch takes, validation included, beside one that is trained on."""
    one = results["operations"]["found"]["experiments"][name]
    return one["epoch_flops"] / EPOCH / one["train_flops"]
