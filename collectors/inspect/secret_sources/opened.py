"""What every source of secrets hands over: something to read, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.inspect.sample import Refusal
from collectors.inspect.secret_pieces import File
from collectors.inspect.secret_place import GroupSeen, ImageSeen, RepositorySeen

LAST = 2**62
"""The place in time of what is in no commit."""


@dataclass(frozen=True)
class Opened:
    """A file, or a text such as a commit's message, that is read once and in order.

    `at` says which of two came first: the commit's number in topological order, the layer's in an image.
    `key` is the same for the same content; a content that was read before comes without `file`.
    """

    path: str
    file: File | None = field(repr=False)
    commit: str = ""
    at: int = LAST
    repository: str = ""
    key: bytes = b""


Source = Iterator[Opened | Refusal | GroupSeen | RepositorySeen | ImageSeen]
