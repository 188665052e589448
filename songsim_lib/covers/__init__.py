"""Does a system find other versions of a work? Real covers of unseen works, a threshold, cases, and a verdict in words.

`heard` says what is compared, `groups` who asks for whom, `evaluation` measures every system on it, `threshold` turns
distances into yes and no, `cases` finds what to listen to, `verdict` says what the numbers mean (notebook 07).
"""

from songsim_lib.covers.evaluation import Covers, measure, of_folder
from songsim_lib.covers.groups import GROUPS
from songsim_lib.covers.heard import Heard, about, about_folder, listen, listen_to_folder

__all__ = ["GROUPS", "Covers", "Heard", "about", "about_folder", "listen", "listen_to_folder", "measure", "of_folder"]
