"""Keys in the scripts and prompts that collectors come across, by the rules that read repositories."""

from pathlib import Path
from threading import Lock

from collectors.inspect.secret_engine import ANY, Finder
from collectors.inspect.secret_pieces import Piece
from collectors.redaction import Within


def keys_in_texts(folder: Path) -> Within:
    """Finds keys in a text, and whose each is; `folder` keeps the compiled rules.

    The rules are loaded when the first text comes. Collectors work side by side; the rules are asked by one
    at a time.
    """
    lock = Lock()
    finders: list[Finder] = []

    def within(text: str) -> list[tuple[str, str]]:
        data = text.encode("utf-8", "replace")
        with lock:
            if not finders:
                finders.append(Finder(folder))
            piece = Piece(path="", data=data, line=0, owns=0, until=len(data), whole=True)
            found = list(finders[0].found(piece))
        return [(each.provider or ANY, each.secret) for each in found]

    return within
