"""The measurements as a page: ratios first, then rates, times and memory, with bars beside them."""

from __future__ import annotations

from typing import Any

import estimates

HEAD = """# Benchmarks

Written by `python tests/benchmarks`; medians of repeated runs on an otherwise idle machine (fastest to slowest in
parentheses). *Ours : other* is measured in one run on one machine. No GPU was at hand: rows of GPUs say that they are
estimated."""
METHOD = """How the estimates are made. The operations of a step (a multiplication and an addition are two) and the
numbers that each part of it reads and writes are counted by torch, at the experiment's batch size and 128 x 431 cells.
*Lower bound*: the roofline; for each part of a step the longer of two times, its operations at the peak and its
numbers, of 2 bytes each, through the memory. *Estimate*: the lower bound, divided by the share of the peak that our
step reaches on the machine measured here, whose own peak is that of a large matrix product. GPUs reach a smaller share
of theirs than a CPU does, the faster the smaller: expect a few times the estimate.
Peaks by NVIDIA's data sheets, fp16 or bf16: {peaks}. Here: {here}."""


BARRED, BAR = "resnet18_b32_all", 4


def rows(head: list[str], *lines: list[str]) -> str:
    """Draw a Markdown table."""
    return "\n".join(["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines)])


def ms(one: dict[str, float]) -> str:
    """Write a time in milliseconds."""
    return f"{1e3 * one['median']:,.3g} ms ({1e3 * one['fastest']:,.3g} to {1e3 * one['slowest']:,.3g})"


def data_path(found: dict[str, Any], _: dict[str, Any]) -> str:
    """Compare the two ways of bringing a triplet to the network."""
    theirs = found["study"]
    ours = {"the store's bytes, as they are sent to a device": (found["bytes"], "5,000 : 1"),
            "the same, and dB made of them on this CPU": (found["decibels"], "")}
    return rows(["data path, one triplet: a file of 1,000 unpickled (it lies in memory), three log-mels, against",
                 "study's : ours", "bar", "study's", "ours"],
                *([name, f"**{theirs['median'] / one['median']:,.0f} : 1**", bar, ms(theirs), ms(one)]
                  for name, (one, bar) in ours.items()))


def percent(value: float | None) -> str:
    """Write a share; a dash where it is not known."""
    return "–" if value is None else f"{value:.0%}"


def training(found: dict[str, Any], results: dict[str, Any]) -> str:
    """Compare the two training loops, and ours with what the machine could do."""
    lines = [[name, f"**{one['plain']['median'] / one['ours']['median']:.1f} : 1**",
              f"{BAR} : 1" if name == BARRED else "", f"{1 / one['ours']['median']:.1f}",
              f"{1 / one['compiled']['median']:.1f}" if "compiled" in one else "–",
              f"{1 / one['plain']['median']:.1f}", percent(estimates.share(results, name))]
             for name, one in found.items()]
    return rows(["training step, triplets/s", "ours : plain", "bar", "ours", "ours with torch.compile (not used)",
                 "plain fp32 loop with a DataLoader", "share of the machine's peak that ours reaches"],
                *lines) + missed(found, results)


def missed(found: dict[str, Any], results: dict[str, Any]) -> str:
    """Say why the bar is missed, where it is; nothing else."""
    one = found.get(BARRED)
    if one is None or one["plain"]["median"] >= BAR * one["ours"]["median"] or "operations" not in results:
        return ""
    rate = results["operations"]["found"]["peak_flops_per_s"]
    return (f"\n\nThe bar is missed here: ours already reaches {percent(estimates.share(results, BARRED))} of the "
            f"machine's peak in bfloat16, which is {rate['bfloat16'] / rate['float32']:.1f} times that in float32.")


def operations(found: dict[str, Any], results: dict[str, Any]) -> str:
    """Show what an epoch of the study takes at least, and probably, on GPUs, beside the 70 minutes it took."""
    lines = []
    for name, one in found["experiments"].items():
        for machine in estimates.MACHINES:
            bound, likely = one["bound_s"][machine], estimates.epoch_s(results, name, machine)
            ratio = f"**{estimates.STUDY_S / likely:,.0f} : 1**" if likely else "–"
            lines.append([f"{name} ({one['trunk']}), {one['train_flops'] / 1e9:.1f} GFLOP a triplet",
                          f"{machine}, estimated, not measured", ratio, f"{likely:.1f} s" if likely else "–",
                          f"{bound:.1f} s"])
    peaks = "; ".join(f"{name} {peak / 1e12:g} TFLOPS, {speed / 1e9:,g} GB/s"
                      for name, (peak, speed) in estimates.MACHINES.items())
    here = ", ".join(f"{rate / 1e9:,.0f} GFLOPS in {name}" for name, rate in found["peak_flops_per_s"].items())
    table = rows(["an epoch of 8,000 triplets, and 2,000 to validate", "on", "study's 70 min : ours", "estimate",
                  "lower bound"], *lines)
    return f"{table}\n\n{METHOD.format(peaks=peaks, here=here)}"


def preparing(found: dict[str, Any], _: dict[str, Any]) -> str:
    """Show rates and scaling of feature preparation, and what a clip takes on disk."""
    one, two = found["clips_per_s"].values()
    return rows(["feature preparation, one positive a clip", "measured", "bar"],
                ["two workers : one", f"**{two / one:.2f} : 1**", "1.8 : 1"],
                ["clips/s on 2 cores", f"{two:.1f}", "18"], ["clips/s with one worker", f"{one:.1f}", ""],
                ["efficiency of two workers", f"{found['efficiency']:.0%}", "90 %"],
                ["kB a clip variant", f"{found['bytes_per_clip'] / 1e3:.1f}", "60"],
                ["GB for 10,000 triplets (anchor and positive)", f"{2e4 * found['bytes_per_clip'] / 1e9:.2f}", "1.2"])


def searching(found: dict[str, Any], _: dict[str, Any]) -> str:
    """Show times and recall of the search's engine."""
    lines = [[f"{one['n']:,}", f"**{one['exact']['median'] / one['engine']['median']:.1f} : 1**", f"`{one['recipe']}`",
              ms(one["engine"]), ms(one["exact"]), f"{one['recall_at_10']:.3f}", f"{one['built_s']:.0f} s",
              f"{one['bytes_per_vector']:.0f}"] for one in found["engines"].values()]
    table = rows(["search, vectors of 128", "exact : engine", "engine", "a query, one core", "exact", "recall@10",
                  "built in", "bytes a vector"], *lines, ["1,000,000", "", "bar", "10 ms", "", "0.95", "600 s", ""])
    return f"{table}\n\n{found['windows_per_s']:.0f} windows a second become vectors on one core, decoding included."


def memory(found: dict[str, Any], _: dict[str, Any]) -> str:
    """Show how memory stays flat while clips grow many."""
    lines = [[one["what"], f"{one['clips']:,}", f"{one['own_mb']:,} MB", f"{one['resident_mb']:,} MB"]
             for one in found["rows"]]
    return rows(["memory, all processes", "clips", "own", "with pages of the store's file, which the kernel may drop"],
                *lines, ["bar", "50,000", f"{found['limit_mb']:,} MB", ""])


def chain(found: dict[str, Any]) -> str:
    """Show times and memory of a chain's steps."""
    steps, study = found["steps"], found["study"]
    lines = [[name, f"{one['seconds']:.0f} s", f"{one['peak_memory_mb']:,} MB"] for name, one in steps.items()]
    total = sum(one["seconds"] for one in steps.values())
    return rows([f"the chain, profile {study['profile']}, {study['seeds']} training(s) each", "time", "peak memory"],
                *lines, ["all", f"{total:.0f} s", f"{max(one['peak_memory_mb'] for one in steps.values()):,} MB"])


PARTS = {"data_path": data_path, "training": training, "operations": operations, "preparing": preparing,
         "searching": searching, "memory": memory}


def about(one: dict[str, Any]) -> str:
    """Say what a part was measured on."""
    versions = ", ".join(f"{package} {number}" for package, number in one["versions"].items())
    return f"On {one['machine']}, repeated {one['repeats']} times, peak memory {one['peak_mb']:,} MB; {versions}."


def text(results: dict[str, Any]) -> str:
    """Write the page."""
    parts = [HEAD]
    for name, draw in PARTS.items():
        if one := results.get(name):
            parts += [draw(one["found"], results), about(one)]
    if "chain" in results:
        parts.append(chain(results["chain"]))
    return "\n\n".join(parts) + "\n"
