"""Invented official numbers, valid by an independent library (python-stdnum), never by our own checks."""

import random
import string
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from itertools import cycle

from faker import Faker

LETTERS = string.ascii_uppercase
DIGITS = string.digits


class Numbers:
    """Makers of numbers; the same seed makes the same."""

    def __init__(self, dice: random.Random, fakes: "Fakes") -> None:
        self._dice = dice
        self._fakes = fakes

    def like(self, shape: str) -> str:
        """`#` is a digit, `%` a digit but 0, `?` a capital letter, `*` either."""
        kinds = {"#": DIGITS, "%": DIGITS[1:], "?": LETTERS, "*": LETTERS + DIGITS}
        return "".join(self._dice.choice(kinds[each]) if each in kinds else each for each in shape)

    def of(self, scheme: str, shape: str) -> str:
        """A number of this shape that the module of python-stdnum calls valid."""
        valid: Callable[[str], bool] = import_module(f"stdnum.{scheme}").is_valid
        while True:
            day = self.day()
            text = self.like(
                shape.replace("YYYYMMDD", f"{day:%Y%m%d}")
                .replace("YYMMDD", f"{day:%y%m%d}")
                .replace("DDMMYY", f"{day:%d%m%y}")
            )
            if valid(text):
                return text

    def day(self) -> date:
        """A day on which someone between 1 and 95 was born."""
        return date(2025, 1, 1) - timedelta(days=self._dice.randrange(365, 95 * 365))

    def luhn(self, shape: str) -> str:
        """The shape and Luhn's digit."""
        from stdnum import luhn

        text = self.like(shape)
        return text + str(luhn.calc_check_digit("".join(each for each in text if each.isdigit())))

    def card(self) -> str:
        start = self._dice.choice(["4###", "51##", "53##", "2223", "2720", "6011", "3714", "36##", "4916"])
        rest = {"3714": 10, "36##": 9}.get(start, 11)
        return self.luhn(start + "#" * rest)

    def npi(self) -> str:
        from stdnum import luhn

        body = self.like("1########")
        return body + str(luhn.calc_check_digit("80840" + body))

    def dea(self) -> str:
        found = [self._dice.randrange(10) for _ in range(6)]
        last = (sum(found[::2]) + 2 * sum(found[1::2])) % 10
        return self._dice.choice("ABFGM") + self._dice.choice(LETTERS) + "".join(map(str, [*found, last]))

    def nino(self) -> str:
        letters = self._dice.choice(["AB", "CE", "HK", "JR", "PX", "SY"])
        return f"{letters}{self.like('######')}{self._dice.choice('ABCD')}"

    def medicare(self) -> str:
        found = [self._dice.randint(2, 6), *(self._dice.randrange(10) for _ in range(7))]
        check = sum(a * b for a, b in zip(found, (1, 3, 7, 9, 1, 3, 7, 9), strict=True)) % 10
        return "".join(map(str, [*found, check, self._dice.randint(1, 9)]))

    def kvnr(self) -> str:
        letter, body = self._dice.choice(LETTERS), self.like("########")
        number = f"{ord(letter) - 64:02}{body}"
        total = sum(sum(divmod(int(a) * b, 10)) for a, b in zip(number, cycle((1, 2)), strict=False))
        return f"{letter}{body}{total % 10}"

    def nric(self) -> str:
        series, body = self._dice.choice("STFG"), self.like("#######")
        total = sum(int(a) * b for a, b in zip(body, (2, 7, 6, 5, 4, 3, 2), strict=True))
        table = "JZIHGFEDCBA" if series in "ST" else "XWUTRQPNMLK"
        return f"{series}{body}{table[(total + (4 if series in 'TG' else 0)) % 11]}"

    def ethereum(self) -> str:
        return "0x" + "".join(self._dice.choices("0123456789abcdef", k=40))

    def bitcoin(self) -> str:
        from stdnum import bitcoin

        alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
        if self._dice.random() < 0.5:
            values = [0, *(self._dice.randrange(32) for _ in range(32))]
            values += _bech32("bc", values)
            return "bc1" + "".join(alphabet[each] for each in values)
        import hashlib

        raw = b"\x00" + self._dice.randbytes(20)
        raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
        number, text = int.from_bytes(raw, "big"), ""
        base = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
        while number:
            number, rest = divmod(number, 58)
            text = base[rest] + text
        text = "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text
        assert bitcoin.is_valid(text)
        return text


def _bech32(part: str, values: list[int]) -> list[int]:
    """The six check values of BIP 173."""
    spread = [*(ord(each) >> 5 for each in part), 0, *(ord(each) & 31 for each in part)]
    check = 1
    for each in [*spread, *values, 0, 0, 0, 0, 0, 0]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ each
        for place, mask in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= mask if (top >> place) & 1 else 0
    return [((check ^ 1) >> 5 * (5 - place)) & 31 for place in range(6)]


class Fakes:
    """Faker by locale, all of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[str, Faker] = {}

    def __getitem__(self, locale: str) -> Faker:
        if locale not in self._known:
            self._known[locale] = Faker(locale)
            self._known[locale].seed_instance(f"{self._seed} {locale}")
        return self._known[locale]
