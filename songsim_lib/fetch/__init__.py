"""The one downloader: polite to servers, careful about addresses, and able to go on where it stopped."""

from songsim_lib.fetch.batches import FAILED, Fetched, batch, file_name
from songsim_lib.fetch.checks import sound
from songsim_lib.fetch.downloads import download
from songsim_lib.fetch.errors import FetchError
from songsim_lib.fetch.large_files import large
from songsim_lib.fetch.sessions import session
from songsim_lib.fetch.streams import content

__all__ = ["FAILED", "FetchError", "Fetched", "batch", "content", "download", "file_name", "large", "session", "sound"]
