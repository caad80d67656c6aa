"""Checksums and rules by which values of a kind are told from others. Each takes the text as found."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from collectors.inspect import national_ids
from collectors.inspect.check_digits import NOT_ALNUM, Check, digits, is_date, luhn, verhoeff
from collectors.inspect.vocabulary import condition, drug, given_name

_CARDS: Mapping[str, Sequence[int]] = {
    r"4": (13, 16, 19),
    r"5[1-5]|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)": (16,),
    r"3[47]": (15,),
    r"6(011|5|4[4-9])": (16, 19),
    r"35": (16, 19),
    r"2131|1800": (15,),
    r"3(0[0-5]|[689])": (14, 16, 19),
    r"62": (16, 17, 18, 19),
    r"220[0-4]": (16, 17, 18, 19),
    r"9792|60|8[12]": (16,),
    r"0604|50(18|20|38)|5[6-8]|6(304|39|75[39]|76[1-3])": (12, 13, 14, 15, 16, 18, 19),
}
"""How payment cards begin, and how many digits they have then (ISO/IEC 7812-1, the schemes' own ranges)."""


def card(text: str) -> bool:
    """A payment card: Luhn, and a length that the issuer's range has."""
    number = "".join(map(str, digits(text)))
    known = any(re.match(start, number) and len(number) in sizes for start, sizes in _CARDS.items())
    return known and luhn(number)


IBAN_LENGTHS: Mapping[str, int] = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VG": 24,
    "XK": 20,
}
"""Characters of an IBAN by country (SWIFT's IBAN registry)."""


def iban(text: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as numbers, modulo 97 is 1."""
    found = NOT_ALNUM.sub("", text).upper()
    if len(found) != IBAN_LENGTHS.get(found[:2]):
        return False
    return int("".join(str(int(each, 36)) for each in found[4:] + found[:4])) % 97 == 1


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def wallet(text: str) -> bool:
    """Base58Check of Bitcoin: four bytes of SHA-256 twice at the end; others are told by their pattern."""
    if text.startswith(("0x", "bc1")):
        return any(each.isdigit() for each in text[3:])
    number = 0
    for each in text:
        if each not in _BASE58:
            return False
        number = 58 * number + _BASE58.index(each)
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    return sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def coordinates(text: str) -> bool:
    """Latitude and longitude, or longitude and latitude after `POINT`."""
    found = [float(each) for each in re.findall(r"[+\-]?\d{1,3}\.\d+", text)]
    if len(found) != 2:
        return False
    east, north = found if text.startswith("POINT") else found[::-1]
    return abs(north) <= 90 and abs(east) <= 180


def vin(text: str) -> bool:
    """Vehicles: ISO 3779 with North America's check digit (49 CFR 565.15)."""
    numbers = (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10))
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", numbers, strict=True))
    found = text.upper()
    if len(found) != 17 or not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", found) or found.isdigit():
        return False
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum((int(c) if c.isdigit() else values[c]) * w for c, w in zip(found, weights, strict=True))
    return "0123456789X"[total % 11] == found[8]


def ipv4(text: str) -> bool:
    """An address that a person's device may have: not a mask, not this network, not a version number."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_reserved)


def ipv4_far(text: str) -> bool:
    """An address with a number of three digits: version numbers have none, nearly all addresses do."""
    return ipv4(text) and any(len(each) == 3 for each in text.split("."))


def ipv6(text: str) -> bool:
    try:
        return not IPv6Address(text).is_unspecified and text.count(":") > 2
    except AddressValueError:
        return False


def birthday(text: str) -> bool:
    """A day between 1900 and today, in the usual ways of writing one; or a year."""
    text = text.strip()
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", text):
        return is_date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", text):
        a, b, year = int(found[1]), int(found[2]), int(found[3])
        year += 0 if year > 99 else 1900
        return is_date(year, b, a) or is_date(year, a, b)
    if text.isdigit() and len(text) in (4, 8):
        return is_date(int(text[:4]), int(text[4:6] or 1), int(text[6:] or 1))
    return _in_words(text)


_MONTHS = (
    *(
        "jan ene gen sty",
        "feb fev lut",
        "mar mär maa",
        "apr abr avr kwi",
        "may mai mei mag maj",
        "jun giu cze",
    ),
    *(
        "jul lug lip juil",
        "aug ago aou aoû sie",
        "sep set wrz",
        "oct okt ott out paź",
        "nov lis",
        "dec dez dic déc gru",
    ),
)
"""How months begin in eight languages."""


def _in_words(text: str) -> bool:
    text = (
        re.sub(r"(?<=\d)(?:st|nd|rd|th)\b|\b(?:de|del|of) ", "", text).replace(",", ", ").replace("  ", " ")
    )
    found = re.fullmatch(r"(?:(\d{1,2})[. -]*)?([^\W\d_]{3,10})\.?,?[ -](?:(\d{1,2}),? )?(\d{2,4})", text)
    if found is None or bool(found[1]) is bool(found[3]):
        return False
    start = found[2].lower()
    known = (number for number, each in enumerate(_MONTHS, 1) if start.startswith(tuple(each.split())))
    month, year = next(known, 0), int(found[4])
    return bool(month) and is_date(year + (1900 if year < 100 else 0), month, int(found[1] or found[3]))


def phone(text: str) -> bool:
    """E.164: 7 to 15 digits; written as people do, with a plus, brackets or blanks."""
    found = digits(text.partition("x")[0])
    return 7 <= len(found) <= 15 and len(set(found)) > 2 and not birthday(text) and not _as_ip(text)


def trunk_phone(text: str) -> bool:
    """A national number that begins with a zero: 8 to 11 digits in groups, and no date."""
    return 8 <= len(digits(text)) <= 11 and phone(text) and _in_groups(text)


def _in_groups(text: str) -> bool:
    """No groups of two, two and four digits, as dates have, and no seconds with their fraction."""
    sizes = [len(each) for each in re.findall(r"\d+", text)]
    return sizes not in ([2, 2, 4], [1, 2, 4], [2, 2, 2]) and not (len(sizes) == 2 and "." in text)


def _as_ip(text: str) -> bool:
    return text.count(".") == 3 and ipv4(text)


def latitude(text: str) -> bool:
    return _between(text, 90)


def longitude(text: str) -> bool:
    return _between(text, 180)


def _between(text: str, most: int) -> bool:
    try:
        return abs(float(text.replace(",", "."))) <= most
    except ValueError:
        return False


CHECKS: Mapping[str, Check] = {
    each.__name__: each
    for each in (
        *national_ids.CHECKS,
        *(luhn, card, iban, verhoeff, vin, wallet, coordinates, ipv4, ipv4_far, ipv6),
        *(birthday, phone, trunk_phone, latitude, longitude, given_name, condition, drug),
    )
}
"""The checks by the names that detectors call them."""
