"""What this machine is, asked without importing torch (standard library only)."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def gpu_name() -> str:
    """Name the first NVIDIA GPU; empty when there is none."""
    if shutil.which("nvidia-smi") is None:
        return ""
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.splitlines()[0].strip() if answer.returncode == 0 and answer.stdout.strip() else ""


def _cpu_field(field: str) -> str:
    """Read one field of Linux's /proc/cpuinfo; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), "")


def cpu_name() -> str:
    """Name the processor and count its cores."""
    name = _cpu_field("model name") or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def has_fast_bf16() -> bool:
    """Tell whether this CPU multiplies bfloat16 natively (AVX512-BF16 or AMX)."""
    return bool({"avx512_bf16", "amx_bf16"} & set(_cpu_field("flags").split()))
