"""What is in a file, as samples: opened where it is compressed or an archive, read by its format's reader.

This is what runs in the confined process (`reading_child`); nothing of it judges, shows or keeps a value.
Whatever a reader stumbles over ends in a refusal that quotes nothing.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from collectors.inspect.readers import archives, formats
from collectors.inspect.readers.archives import Refused, Room
from collectors.inspect.sample import ColumnSample, TextSample, Unread
from collectors.inspect.sampling import Sampler


class Refusing(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """It is not looked at, or not further, and why."""

    reason: str


class Ended(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """All of it was gone through. `looked_at` columns and texts; None for what only holds others."""

    looked_at: int | None


class Part(msgspec.Struct, frozen=True, tag=True):
    """Something of a file; `within` names the member of an archive in it, "" the file itself."""

    within: str
    what: ColumnSample | TextSample | Unread | Refusing | Ended


def parts(file: BinaryIO, name: str, sampler: Sampler) -> Iterator[Part]:
    """All of a file called `name`; of each member one `Ended` or `Refusing`."""
    yield from _Opening(sampler).parts(file, "", name, 0)


class _Opening:
    """One file being looked at, and what it may still unfold to."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler, self._room = sampler, Room()

    def parts(self, file: BinaryIO, within: str, name: str, depth: int) -> Iterator[Part]:
        try:
            yield from self._content(file, within, name, depth)
        except Refused as refused:
            yield Part(within, Refusing(str(refused)))
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except MemoryError:
            yield Part(within, Refusing("it takes more memory than there is"))
        except Exception as error:  # noqa: BLE001 - libraries raise what they like; texts may hold values
            yield Part(within, Refusing(f"it cannot be read ({type(error).__name__})"))

    def _content(self, file: BinaryIO, within: str, name: str, depth: int) -> Iterator[Part]:
        kind = formats.format_of(file, name)
        if kind in formats.READERS:
            yield from self._samples(file, within, kind)
        elif kind == "empty":
            yield Part(within, Ended(0))
        elif kind not in (*formats.COMPRESSED, *formats.ARCHIVES):
            raise Refused("no reader knows this format")
        elif depth >= archives.MOST_DEPTH:
            raise Refused(f"archives more than {archives.MOST_DEPTH} deep are not opened")
        elif kind in formats.COMPRESSED:
            yield from self._unpacked(file, within, name, kind, depth)
        else:
            yield from self._members(file, within, kind, depth)

    def _samples(self, file: BinaryIO, within: str, kind: str) -> Iterator[Part]:
        looked_at = 0
        for sample in formats.READERS[kind](file, self._sampler):
            looked_at += not isinstance(sample, Unread)
            yield Part(within, sample)
        yield Part(within, Ended(looked_at))

    def _unpacked(self, file: BinaryIO, within: str, name: str, kind: str, depth: int) -> Iterator[Part]:
        inner, whole = archives.unpacked(file, kind, _size(file), self._room)
        if not whole:
            yield Part(within, Unread(f"what it unfolds to beyond {archives.MOST_BYTES:,} bytes"))
        bare = name.replace(".tgz", ".tar.gz").rpartition(".")[0] or name
        yield from self.parts(inner, within, bare, depth + 1)

    def _members(self, file: BinaryIO, within: str, kind: str, depth: int) -> Iterator[Part]:
        refused = 0
        for member in archives.members(file, kind, self._room):
            if isinstance(member, Unread):
                yield Part(within, member)
                continue
            inside = f"{within}!{member.name}"
            if member.content is None:
                refused += 1
                yield Part(inside, Refusing(member.reason))
            else:
                yield from self.parts(member.content, inside, member.name, depth + 1)
        if refused:
            yield Part(within, Unread(f"{refused:,} of its members"))
        yield Part(within, Ended(None))


def _size(file: BinaryIO) -> int:
    end = file.seek(0, 2)
    file.seek(0)
    return end
