"""What the process that scans a model file tells its parent: one JSON object a line, so that what was found
before it broke is not lost. It holds names and counts, never a value, but for `Text`: that goes to the
process that knows the rules of secrets, and no further.
"""

from typing import Literal

import msgspec

from collectors.inspect.provenance import Provenance
from collectors.inspect.sample import Label
from collectors.inspect.secret_place import ModelSecret

Level = Literal["critical", "high", "medium", "low", "info", "unread"]


class Isolation(msgspec.Struct, frozen=True, tag=True):
    """What the process is kept from."""

    says: str


class Format(msgspec.Struct, frozen=True, tag=True):
    """The format of the file, or of what is inside it at `place`."""

    kind: str
    place: str = ""


class Reason(msgspec.Struct, frozen=True, tag=True):
    """What a scanner says; `names` are the operators it found."""

    by: str
    level: Level
    rule: str
    says: str
    names: tuple[str, ...] = ()


class ModelFinding(msgspec.Struct, frozen=True):
    """One type of sensitive data in the strings of a model.

    `place` is where inside the file (`metadata.author`, `archive/data.pkl: constants`, `vocabulary`); `count`
    of the `looked_at` values there are of the type; `confidence` (0 to 1) is how sure the detector is.
    """

    place: str
    type: str
    label: Label
    count: int
    looked_at: int
    confidence: float


class NotLookedAt(msgspec.Struct, frozen=True, tag=True):
    """Strings that nobody read, and why."""

    says: str


class Text(msgspec.Struct, frozen=True, tag=True):
    """Strings of the file, or of the member at `place`, for the rules of secrets. `name` is what some rules
    ask for; `marks` say from which line on which place it is: none in a text as it stands in the file."""

    name: str
    place: str
    text: str
    marks: tuple[tuple[int, str], ...] = ()

    def __repr__(self) -> str:
        return f"Text({len(self.text)} characters)"


class Secret(msgspec.Struct, frozen=True, tag=True):
    """A secret in a `Text`; `types` are those that the detectors of sensitive data take it for."""

    found: ModelSecret
    types: tuple[str, ...] = ()


class Done(msgspec.Struct, frozen=True, tag=True):
    """All was looked at; without this line the process broke."""


class Finding(msgspec.Struct, frozen=True, tag=True):
    found: ModelFinding


class Load(msgspec.Struct, frozen=True, tag=True):
    """A load in code that trusts the code of what it loads."""

    what: str


class Claim(msgspec.Struct, frozen=True, tag=True):
    """Where a file says that it, or what lies beside it, comes from."""

    made: Provenance


class Attested(msgspec.Struct, frozen=True, tag=True):
    """Where an attestation says that files of these SHA-256 digests come from."""

    digests: tuple[str, ...]
    claims: tuple[Provenance, ...]


Line = Isolation | Format | Reason | Finding | NotLookedAt | Load | Text | Secret | Claim | Attested | Done
