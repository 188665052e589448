"""The whole study as one job on Kaggle, described by kernel-metadata.json beside this file; notebooks/README.md tells how.

The job stops in time with everything saved; attached to the next one, its output is gone on from.
"""

import os
import tempfile

OPTIONS = ["--profile", "auto", "--seeds", "3", "--time-budget", "11.5"]  # hours; Kaggle ends a job after 12
OUT_OF_TIME = 75

# The project is fetched to where Kaggle does not keep it with the results.
os.chdir(tempfile.gettempdir())
import glob, importlib.util, os, pathlib, subprocess, sys
if importlib.util.find_spec("songsim_lib") is None:  # look nearby; Colab and Kaggle may fetch it
    places = [".", "..", "songsim", *glob.glob("/kaggle/input/*"), *glob.glob("/kaggle/input/*/*/*")]
    root = pathlib.Path(next((p for p in places if os.path.isdir(f"{p}/songsim_lib")), "songsim"))
    if not root.exists() and os.environ.keys() & {"KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG"}:
        subprocess.run(["git", "clone", "--depth=1", "https://github.com/songsim/songsim", "songsim"], check=True)
    sys.path.insert(0, str(root.resolve()))
importlib.import_module("songsim_lib.environment").prepare_hosted()  # does nothing on your own machine

if __name__ == "__main__":
    from songsim_lib.cli import main

    code = main(OPTIONS)
    if code == OUT_OF_TIME:
        print("Not finished yet. Attach the output of this job to the next one, which goes on from there.")
    elif code:
        sys.exit(code)
