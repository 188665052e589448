"""The measurements as a page: ratios first, then rates, times and memory, with bars beside them."""

from __future__ import annotations

from typing import Any

HEAD = """# Benchmarks

Written by `python tests/benchmarks`; medians of repeated runs on an otherwise idle machine (fastest to slowest in
parentheses). *Ours : other* is measured in one run on one machine. GPU rows: not measured, no GPU was at hand."""


def rows(head: list[str], *lines: list[str]) -> str:
    """Draw a Markdown table."""
    return "\n".join(["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines)])


def ms(one: dict[str, float]) -> str:
    """Write a time in milliseconds."""
    return f"{1e3 * one['median']:,.3g} ms ({1e3 * one['fastest']:,.3g} to {1e3 * one['slowest']:,.3g})"


def data_path(found: dict[str, Any]) -> str:
    """Compare the two ways of bringing a triplet to the network."""
    theirs, ours = found["study"], found["ours"]
    return rows(["data path, one triplet", "study's", "ours", "ratio", "bar"],
                ["unpickled file of 1,000, three log-mels : the store's bytes, to dB", ms(theirs), ms(ours),
                 f"**{theirs['median'] / ours['median']:,.0f} : 1**", "5,000 : 1"])


def training(found: dict[str, Any]) -> str:
    """Compare the two training loops."""
    lines = [[name, f"{1 / one['plain']['median']:.1f}", f"{1 / one['ours']['median']:.1f}",
              f"**{one['plain']['median'] / one['ours']['median']:.1f} : 1**",
              "4 : 1" if name == "resnet18_b32_all" else ""] for name, one in found.items()]
    return rows(["training step, triplets/s", "plain fp32 loop with a DataLoader", "ours", "ratio", "bar"], *lines)


def preparing(found: dict[str, Any]) -> str:
    """Show rates and scaling of feature preparation, and what a clip takes on disk."""
    one, two = found["clips_per_s"].values()
    return rows(["feature preparation, one positive a clip", "measured", "bar"],
                ["clips/s on 2 cores", f"{two:.1f}", "18"], ["clips/s with one worker", f"{one:.1f}", ""],
                ["efficiency of two workers", f"{found['efficiency']:.0%}", "90 %"],
                ["kB a clip variant", f"{found['bytes_per_clip'] / 1e3:.1f}", "60"],
                ["GB for 10,000 triplets (anchor and positive)", f"{2e4 * found['bytes_per_clip'] / 1e9:.2f}", "1.2"])


def searching(found: dict[str, Any]) -> str:
    """Show times and recall of the search's engine."""
    lines = [[f"{one['n']:,}", f"`{one['recipe']}`", ms(one["engine"]), ms(one["exact"]), f"{one['recall_at_10']:.3f}",
              f"{one['built_s']:.0f} s"] for one in found.values()]
    return rows(["search, vectors of 128", "engine", "a query, one core", "exact", "recall@10", "built in"], *lines,
                ["1,000,000", "bar", "10 ms", "", "0.95", "600 s"])


def chain(found: dict[str, Any]) -> str:
    """Show times and memory of a chain's steps."""
    steps, study = found["steps"], found["study"]
    lines = [[name, f"{one['seconds']:.0f} s", f"{one['peak_memory_mb']:,} MB"] for name, one in steps.items()]
    total = sum(one["seconds"] for one in steps.values())
    return rows([f"the chain, profile {study['profile']}, {study['seeds']} training(s) each", "time", "peak memory"],
                *lines, ["all", f"{total:.0f} s", f"{max(one['peak_memory_mb'] for one in steps.values()):,} MB"])


PARTS = {"data_path": data_path, "training": training, "preparing": preparing, "searching": searching}


def text(results: dict[str, Any]) -> str:
    """Write the page."""
    parts = [HEAD]
    for name, draw in PARTS.items():
        if one := results.get(name):
            parts += [draw(one["found"]), f"On {one['machine']}, {one['repeats']} runs, peak memory {one['peak_mb']:,} "
                      f"MB; {', '.join(f'{package} {number}' for package, number in one['versions'].items())}."]
    if "chain" in results:
        parts.append(chain(results["chain"]))
    return "\n\n".join(parts) + "\n"
