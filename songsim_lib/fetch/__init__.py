"""The one downloader: polite to servers, careful about addresses, and able to go on where it stopped."""

from songsim_lib.fetch.batches import FAILED, Fetched, batch, file_name
from songsim_lib.fetch.checks import sound
from songsim_lib.fetch.downloads import LIMIT_BYTES, download
from songsim_lib.fetch.errors import CAUSES, FetchError, explained
from songsim_lib.fetch.large_files import large
from songsim_lib.fetch.sessions import RATES, session
from songsim_lib.fetch.streams import content

__all__ = ["CAUSES", "FAILED", "LIMIT_BYTES", "RATES", "FetchError", "Fetched", "batch", "content", "download",
           "explained", "file_name", "large", "session", "sound"]
