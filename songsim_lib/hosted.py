"""What a reader on Colab or Kaggle should know before the work begins: is there a GPU, and will the results stay?"""

from __future__ import annotations

from collections.abc import Iterator

from songsim_lib import hardware, paths

SWITCH_ON = {
    "colab": "Runtime > Change runtime type > T4 GPU",
    "kaggle": "Settings > Accelerator > GPU T4 x2",
}


def advice() -> Iterator[str]:
    """Say what is lacking here and how to get it; nothing on one's own machine."""
    where = paths.platform()
    if where in SWITCH_ON and not hardware.gpu_name():
        yield (f"no GPU here. Switch one on under {SWITCH_ON[where]}, then run all cells again. Without one the "
               'profile "auto" is "quick": a few hundred triplets, networks that learn little, and tens of minutes for '
               'all notebooks; "report" would take many hours')
    if where == "colab" and not paths.DRIVE.is_dir():
        yield ("results are lost when this runtime ends. To keep them, run this first: "
               "from google.colab import drive; drive.mount('/content/drive')")
