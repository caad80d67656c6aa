"""Columns as they are found: names in eight languages or none that tells, gaps, typos, several ways to write.

Each comes with what is in it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import msgspec

from collectors.inspect.readers.tables import _guess
from collectors.inspect.sample import ColumnSample
from tests.collectors.inspect.decoys import decoys
from tests.collectors.inspect.kinds import PLACES, Kind, Make, kinds
from tests.collectors.inspect.numbers import Fakes, Numbers

UNTOLD = (
    "col_17",
    "field3",
    "f12",
    "attr_9",
    "value",
    "x",
    "data",
    "c",
    "campo_5",
    "v_01",
    "Feld2",
    "column4",
)
"""Names that tell nothing."""
GAPS = ("", " ", "N/A", "-", "null", "None", "unknown", "n/a", "?", "nan", "--", "k.A.")


class Labelled(msgspec.Struct, frozen=True):
    """A column and what is in it: the types that must be told, and those that may be told as well."""

    sample: ColumnSample
    types: frozenset[str]
    group: str

    def __repr__(self) -> str:
        return f"Labelled({self.sample.place!r}, {set(self.types) or 'nothing'}, {self.group})"


PREFIXED = {"phone": ("Tel: ", "T: "), "us_ssn": ("SSN ", "SSN: "), "email": ("mailto:",), "iban": ("IBAN ",)}
"""What some values of a type begin with."""
MOVED = {
    "username",
    "password",
    "person_name",
    "biometric",
    "gender",
    "icd10",
    "diagnosis",
    "medication",
    "photo",
}


class Tables:
    """Columns of one seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._fakes = Fakes(seed)
        self._numbers = Numbers(self._dice, self._fakes)
        self._kinds = list(kinds(self._dice, self._fakes, self._numbers))
        self._decoys = decoys(self._dice, self._fakes, self._numbers)

    def columns(self) -> Iterator[Labelled]:
        """About 390: each kind twice with a name and once without, some within others, and decoys."""
        for kind in self._kinds:
            for _ in range(2):
                yield self._named(kind)
            if kind.alone:
                yield self._unnamed(kind)
        for kind in self._dice.sample([each for each in self._kinds if each.alone], 24):
            yield self._within(kind)
        for name, names, maker in self._decoys:
            yield self._decoy(self._dice.choice(names) if names else name, maker)

    def _named(self, kind: Kind) -> Labelled:
        name = self._dice.choice(kind.called)
        return self._column(name, kind.type, self._dice.choice(kind.makers), "named")

    def _unnamed(self, kind: Kind) -> Labelled:
        return self._column(self._dice.choice(UNTOLD), kind.type, self._dice.choice(kind.alone), "unnamed")

    def _column(self, name: str, kind: str, maker: Make, group: str) -> Labelled:
        values = self._noisy(kind, [maker() for _ in range(self._dice.choice([40, 120, 400]))])
        return Labelled(_sample(name, values), frozenset({kind}), group)

    def _noisy(self, kind: str, values: list[str]) -> list[str | None]:
        """Gaps in up to a quarter, typos in up to one in thirty, blanks around and prefixes in some."""
        dice = self._dice
        gaps, typos = dice.choice([0, 0.05, 0.25]), dice.choice([0, 0, 0.03])
        before = dice.choice(PREFIXED[kind]) if kind in PREFIXED and dice.random() < 0.2 else ""
        gap = dice.choice(GAPS)
        noisy: list[str | None] = []
        for value in values:
            if dice.random() < gaps:
                noisy.append(dice.choice([gap, None]))
                continue
            if dice.random() < typos:
                value = _typo(dice, value)
            noisy.append(
                (before if dice.random() < 0.5 else "") + value + (" " if dice.random() < 0.02 else "")
            )
        return noisy

    def _within(self, kind: Kind) -> Labelled:
        """Something else, or sentences, in which two to thirty of a hundred values are of the kind."""
        dice, maker = self._dice, self._dice.choice(kind.alone)
        count, share = dice.choice([200, 400, 800]), dice.uniform(0.02, 0.3)
        sentences = dice.random() < 0.5
        fake = self._fakes[dice.choice(PLACES.split())]
        plain: list[Make] = [fake.word, partial(self._numbers.like, "%####"), fake.color_name]
        other: Make = fake.sentence if sentences else dice.choice(plain)
        hint = WORDS.get(kind.type, "")
        values: list[str | None] = []
        for _ in range(count):
            if dice.random() >= share:
                values.append(str(other()))
            elif sentences:
                values.append(f"{fake.sentence(nb_words=4)} {hint} {maker()} {fake.sentence(nb_words=4)}")
            else:
                values.append(maker())
        if kind.type not in WITHIN:
            return self._named(kind)
        name = dice.choice(
            [
                "notes",
                "comment",
                "message",
                "text",
                "remarks",
                "bemerkung",
                "content",
                "description",
                "$.messages[*].content",
                "extra",
            ]
        )
        return Labelled(_sample(name, values), frozenset({kind.type}), "within")

    def _decoy(self, name: str, maker: Make) -> Labelled:
        values = self._noisy("", [maker() for _ in range(self._dice.choice([40, 120, 400]))])
        return Labelled(_sample(name, values), frozenset(), "nothing")


WORDS: Mapping[str, str] = {
    "phone": "phone",
    "us_ssn": "SSN",
    "ca_sin": "SIN",
    "nl_bsn": "BSN",
    "uk_nhs": "NHS number",
    "us_npi": "NPI",
    "in_aadhaar": "Aadhaar",
    "card_number": "card",
    "iban": "IBAN",
}
"""The word that stands before a value in a sentence."""
WITHIN = {
    *(
        "email",
        "phone",
        "us_ssn",
        "card_number",
        "iban",
        "ip_address",
        "mac_address",
        "uk_nino",
        "fr_nir",
        "es_dni",
    ),
    *(
        "it_codice_fiscale",
        "pl_pesel",
        "br_cpf",
        "mx_curp",
        "cn_id",
        "aws_access_key",
        "jwt",
        "ipv6_address",
        "ch_ahv",
    ),
    *(
        "fi_hetu",
        "no_fodselsnummer",
        "be_nrn",
        "crypto_address",
        "ca_sin",
        "uk_nhs",
        "in_aadhaar",
        "nl_bsn",
        "us_npi",
    ),
}
"""Kinds that are told within other values too."""


def _typo(dice: random.Random, value: str) -> str:
    if len(value) < 2:
        return value
    place = dice.randrange(len(value) - 1)
    return value[:place] + value[place + 1] + value[place] + value[place + 2 :]


def _sample(name: str, values: Sequence[str | None]) -> ColumnSample:
    return ColumnSample(name, _guess(values), values, len(values) * 3)
