"""Checksums and rules of national numbers: of persons, taxes, health services. Each takes the text as found.

python-stdnum knows most of these and is under the LGPL; the tests compare with it.
"""

import re
from itertools import cycle

from collectors.inspect.check_digits import (
    NOT_ALNUM,
    Check,
    digits,
    is_day,
    luhn,
    month_day,
    verhoeff,
    weighted,
)


def aadhaar(text: str) -> bool:
    """India: 12 digits, not starting with 0 or 1, Verhoeff (https://uidai.gov.in)."""
    found = digits(text)
    return len(found) == 12 and found[0] > 1 and verhoeff(text)


def ssn(text: str) -> bool:
    """USA: area 001 to 899 but 666, group and serial not zero.

    https://www.ssa.gov/employer/randomization.html
    """
    found = "".join(map(str, digits(text)))
    area, group, serial = found[:3], found[3:5], found[5:]
    if len(found) != 9 or area in ("000", "666") or area >= "900":
        return False
    return group != "00" and serial != "0000"


def itin(text: str) -> bool:
    """USA: 9, then a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99 (https://www.irs.gov/itin)."""
    found = "".join(map(str, digits(text)))
    group = int(found[3:5] or 0)
    return (
        len(found) == 9
        and found[0] == "9"
        and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)
    )


def npi(text: str) -> bool:
    """USA: Luhn over 80840 and the ten digits (45 CFR 162.406)."""
    found = "".join(map(str, digits(text)))
    return len(found) == 10 and found[0] in "12" and luhn("80840" + found)


def dea(text: str) -> bool:
    """USA: the sum of digits 1, 3, 5 and twice that of 2, 4, 6 ends in digit 7 (21 CFR 1301)."""
    found = digits(text)
    return len(found) == 7 and (sum(found[0:6:2]) + 2 * sum(found[1:6:2])) % 10 == found[6]


def aba(text: str) -> bool:
    """USA: weights 3, 7, 1, modulo 10 (American Bankers Association), and a Federal Reserve range."""
    found = digits(text)
    if len(found) != 9:
        return False
    start = 10 * found[0] + found[1]
    ranges = start <= 12 or 21 <= start <= 32 or 61 <= start <= 72 or start == 80
    return ranges and any(found) and weighted(found, (3, 7, 1) * 3) % 10 == 0


def nhs(text: str) -> bool:
    """United Kingdom: modulo 11 over nine digits.

    https://www.datadictionary.nhs.uk/attributes/nhs_number.html
    """
    found = digits(text)
    if len(found) != 10:
        return False
    return (11 - weighted(found, range(10, 1, -1)) % 11) % 11 == found[9] and len(set(found)) > 1


def sin(text: str) -> bool:
    """Canada: Luhn, not starting with 0 or 8."""
    found = digits(text)
    return len(found) == 9 and found[0] not in (0, 8) and luhn(text)


def tfn(text: str) -> bool:
    """Australia: tax file number, weights 1 4 3 7 5 8 6 9 10, modulo 11."""
    found = digits(text)
    return len(found) == 9 and any(found) and weighted(found, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def medicare_au(text: str) -> bool:
    """Australia: Medicare card, weights 1 3 7 9 1 3 7 9 modulo 10; starts with 2 to 6."""
    found = digits(text)
    if len(found) not in (10, 11) or not 2 <= found[0] <= 6:
        return False
    return weighted(found, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == found[8]


def steuer_id(text: str) -> bool:
    """Germany: ISO 7064 modulo 11, 10; one digit is there twice or three times (§ 139b AO)."""
    found = digits(text)
    if len(found) != 11 or found[0] == 0:
        return False
    counts = sorted(found[:10].count(each) for each in set(found[:10]))
    if counts[-1] not in (2, 3):
        return False
    product = 10
    for each in found[:10]:
        total = (each + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == found[10]


def kvnr(text: str) -> bool:
    """Germany: health insurance number, a letter as two digits, weights 1 2, sums of digits, modulo 10."""
    found = NOT_ALNUM.sub("", text).upper()
    if not re.fullmatch(r"[A-Z]\d{9}", found):
        return False
    number = f"{ord(found[0]) - 64:02}{found[1:9]}"
    total = sum(sum(divmod(int(a) * b, 10)) for a, b in zip(number, cycle((1, 2)), strict=False))
    return total % 10 == int(found[9])


def bsn(text: str) -> bool:
    """Netherlands: weights 9 to 2 and -1, modulo 11 (the eleven test)."""
    found = digits(text)
    return len(found) == 9 and any(found) and weighted(found, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nrn(text: str) -> bool:
    """Belgium: national register number, 97 minus the first nine digits modulo 97 (2 in front after 1999)."""
    number = "".join(map(str, digits(text)))
    if len(number) != 11 or not month_day(number[2:4], number[4:6]):
        return False
    return any(97 - int(front + number[:9]) % 97 == int(number[9:]) for front in ("", "2"))


def nir(text: str) -> bool:
    """France: NIR, 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18."""
    found = NOT_ALNUM.sub("", text).upper().replace("2A", "19").replace("2B", "18")
    return bool(re.fullmatch(r"[1-478]\d{14}", found)) and 97 - int(found[:13]) % 97 == int(found[13:])


_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(text: str) -> bool:
    """Spain: DNI and NIE, the letter is the number modulo 23."""
    found = NOT_ALNUM.sub("", text).upper()
    if not re.fullmatch(r"[XYZ\d]\d{7}[A-Z]", found):
        return False
    number = found[:8].translate(str.maketrans("XYZ", "012"))
    return _DNI[int(number) % 23] == found[8]


_CF_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
            *(2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ),
        strict=True,
    )
)


def codice_fiscale(text: str) -> bool:
    """Italy: odd and even characters by the tables of the decree of 23 December 1976, modulo 26."""
    found = text.upper()
    if len(found) != 16:
        return False
    odd = sum(_CF_ODD[each] for each in found[0:15:2])
    even = sum(int(each, 36) - (10 if each.isalpha() else 0) for each in found[1:15:2])
    return chr(65 + (odd + even) % 26) == found[15]


def pesel(text: str) -> bool:
    """Poland: weights 1 3 7 9, modulo 10, and a date of birth with the century in the month."""
    found = digits(text)
    if len(found) != 11:
        return False
    month, day = (10 * found[2] + found[3]) % 20, 10 * found[4] + found[5]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return month_day(month, day) and (10 - weighted(found, weights) % 10) % 10 == found[10]


def personnummer(text: str) -> bool:
    """Sweden: Luhn over the last ten digits, and a date of birth (day + 60 for coordination numbers)."""
    found = digits(text)[-10:]
    number = "".join(map(str, found))
    if len(found) != 10 or not month_day(number[2:4], int(number[4:6]) % 60):
        return False
    return luhn(number)


def fodselsnummer(text: str) -> bool:
    """Norway: two check digits modulo 11, and a date of birth (day + 40 for D numbers)."""
    found = digits(text)
    if len(found) != 11 or not month_day(10 * found[2] + found[3], (10 * found[0] + found[1]) % 40):
        return False
    first = (11 - weighted(found, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - weighted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return first == found[9] and second == found[10]


def hetu(text: str) -> bool:
    """Finland: date and serial modulo 31 give the last character."""
    found = text.upper()
    part = re.fullmatch(r"(\d{6})[-+A-FU-Y](\d{3})([0-9A-Y])", found)
    if part is None or not month_day(found[2:4], found[:2]):
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(part[1] + part[2]) % 31] == part[3]


def cpr(text: str) -> bool:
    """Denmark: a date of birth and a serial; the old modulo 11 is no longer kept to."""
    number = "".join(map(str, digits(text)))
    return len(number) == 10 and month_day(number[2:4], number[:2])


def ahv(text: str) -> bool:
    """Switzerland: 756 and ten digits, EAN-13's check digit."""
    found = digits(text)
    if len(found) != 13 or found[:3] != [7, 5, 6]:
        return False
    return (10 - weighted(found, (1, 3) * 6) % 10) % 10 == found[12]


def cpf(text: str) -> bool:
    """Brazil: two check digits, weights 10 to 2 and 11 to 2, modulo 11."""
    found = digits(text)
    if len(found) != 11 or len(set(found)) == 1:
        return False
    first = weighted(found, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(found, range(11, 1, -1)) * 10 % 11 % 10
    return first == found[9] and second == found[10]


def rut(text: str) -> bool:
    """Chile: weights 2 to 7 from the right, modulo 11; 10 is K."""
    found = NOT_ALNUM.sub("", text).upper()
    if not re.fullmatch(r"\d{6,8}[\dK]", found):
        return False
    total = sum(int(a) * b for a, b in zip(reversed(found[:-1]), cycle(range(2, 8)), strict=False))
    return "0123456789K0"[(11 - total % 11)] == found[-1]


def curp(text: str) -> bool:
    """Mexico: weights 18 to 2 over 0-9A-NÑO-Z, modulo 10."""
    letters = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    found = text.upper()
    if len(found) != 18 or any(each not in letters for each in found) or not found[17].isdigit():
        return False
    total = sum(letters.index(each) * (18 - place) for place, each in enumerate(found[:17]))
    return (10 - total % 10) % 10 == int(found[17])


def tc_kimlik(text: str) -> bool:
    """Turkey: two check digits over odd and even places."""
    found = digits(text)
    if len(found) != 11 or found[0] == 0:
        return False
    tenth = (7 * sum(found[0:9:2]) - sum(found[1:8:2])) % 10
    return tenth == found[9] and sum(found[:10]) % 10 == found[10]


def sa_id(text: str) -> bool:
    """South Africa: a date of birth, citizenship 0 or 1, Luhn."""
    number = "".join(map(str, digits(text)))
    return len(number) == 13 and month_day(number[2:4], number[4:6]) and number[10] in "012" and luhn(number)


def cn_id(text: str) -> bool:
    """China: 17 digits with a date of birth, ISO 7064 modulo 11-2 (GB 11643-1999)."""
    found = text.upper()
    if not re.fullmatch(r"\d{17}[\dX]", found) or not is_day(found[6:14]):
        return False
    total = sum(int(each) * pow(2, 17 - place, 11) for place, each in enumerate(found[:17]))
    return "0123456789X"[(12 - total % 11) % 11] == found[17]


def rrn(text: str) -> bool:
    """South Korea: a date of birth and a digit for sex and century; since 2020 the rest is random."""
    number = "".join(map(str, digits(text)))
    return len(number) == 13 and month_day(number[2:4], number[4:6]) and number[6] in "12345678"


def my_number(text: str) -> bool:
    """Japan: weights 6 to 2 and 7 to 2 over the first eleven, modulo 11."""
    found = digits(text)
    if len(found) != 12 or len(set(found)) == 1:
        return False
    rest = weighted(found, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest <= 1 else 11 - rest) == found[11]


def nric(text: str) -> bool:
    """Singapore: weights 2 7 6 5 4 3 2, the letter by the series."""
    found = text.upper()
    if not re.fullmatch(r"[STFG]\d{7}[A-Z]", found):
        return False
    total = weighted(digits(found), (2, 7, 6, 5, 4, 3, 2)) + (4 if found[0] in "TG" else 0)
    table = "JZIHGFEDCBA" if found[0] in "ST" else "XWUTRQPNMLK"
    return table[total % 11] == found[8]


def ppsn(text: str) -> bool:
    """Ireland: weights 8 to 2, the second letter times nine, modulo 23."""
    found = NOT_ALNUM.sub("", text).upper()
    if not re.fullmatch(r"\d{7}[A-W][A-IW]?", found):
        return False
    second = 9 * (ord(found[8]) - 64) if len(found) == 9 and found[8] != "W" else 0
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(digits(found), range(8, 1, -1)) + second) % 23] == found[7]


def cnp(text: str) -> bool:
    """Romania: weights 279146358279, modulo 11 (10 is 1), and a date of birth."""
    found = digits(text)
    number = "".join(map(str, found))
    if len(found) != 13 or found[0] == 0 or not month_day(number[3:5], number[5:7]):
        return False
    rest = weighted(found, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return (1 if rest == 10 else rest) == found[12]


def nif_pt(text: str) -> bool:
    """Portugal: weights 9 to 2, modulo 11 (0 for 10)."""
    found = digits(text)
    return len(found) == 9 and (11 - weighted(found, range(9, 1, -1)) % 11) % 11 % 10 == found[8]


def svnr(text: str) -> bool:
    """Austria: weights 3 7 9 0 5 8 4 2 1 6, modulo 11, the fourth digit checks; then a date of birth."""
    found = digits(text)
    if len(found) != 10 or not 1 <= 10 * found[4] + found[5] <= 31 or not 1 <= 10 * found[6] + found[7] <= 13:
        return False
    return weighted(found, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == found[3]


def rodne_cislo(text: str) -> bool:
    """Czechia, Slovakia: a date of birth (month + 50 for women, + 20 since 2004), modulo 11 is 0 or 10."""
    number = "".join(map(str, digits(text)))
    if len(number) != 10 or not month_day(int(number[2:4]) % 50 % 20, number[4:6]):
        return False
    return int(number[:9]) % 11 % 10 == int(number[9])


def egn(text: str) -> bool:
    """Bulgaria: a date of birth (month + 20 or + 40 in other centuries), and a sum modulo 11."""
    found = digits(text)
    if len(found) != 10 or not month_day((10 * found[2] + found[3]) % 20, 10 * found[4] + found[5]):
        return False
    return weighted(found, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == found[9]


def oib(text: str) -> bool:
    """Croatia: ISO 7064 modulo 11, 10."""
    found = digits(text)
    product = 10
    for each in found[:-1]:
        product = 2 * ((each + product) % 10 or 10) % 11
    return len(found) == 11 and (11 - product) % 10 == found[10]


def amka(text: str) -> bool:
    """Greece: a date of birth and Luhn."""
    found = digits(text)
    return len(found) == 11 and month_day(10 * found[2] + found[3], 10 * found[0] + found[1]) and luhn(text)


def isikukood(text: str) -> bool:
    """Estonia and Lithuania: sex and century, a date of birth, two rounds of weights modulo 11."""
    found = digits(text)
    if len(found) != 11 or not month_day(10 * found[3] + found[4], 10 * found[5] + found[6]):
        return False
    check = weighted(found, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(found, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return check == found[10]


def ird(text: str) -> bool:
    """New Zealand: weights 3 2 7 6 5 4 3 2, then 7 4 3 2 5 2 7 6 where the first gives 10, modulo 11."""
    found = [0] * (9 - len(digits(text))) + digits(text)
    number = int("".join(map(str, found)) or 0)
    if len(found) != 9 or not 10_000_000 <= number <= 150_000_000:
        return False
    check = -weighted(found, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    if check == 10:
        check = -weighted(found, (7, 4, 3, 2, 5, 2, 7, 6)) % 11
    return check == found[8]


def thai_id(text: str) -> bool:
    """Thailand: weights 13 to 2, modulo 11."""
    found = digits(text)
    return len(found) == 13 and (11 - weighted(found, range(13, 1, -1)) % 11) % 10 == found[12]


def cuit(text: str) -> bool:
    """Argentina: weights 5 4 3 2 7 6 5 4 3 2, modulo 11; 10 becomes 9."""
    found = digits(text)
    check = (11 - weighted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return len(found) == 11 and min(check, 9) == found[10]


CHECKS: tuple[Check, ...] = (
    *(aadhaar, ssn, itin, npi, dea, aba, nhs, sin, tfn, medicare_au, steuer_id, kvnr),
    *(bsn, nrn, nir, dni, codice_fiscale, pesel, personnummer, fodselsnummer, hetu, cpr),
    *(ahv, cpf, rut, curp, tc_kimlik, sa_id, cn_id, rrn, my_number, nric, ppsn, cnp),
    *(nif_pt, svnr, rodne_cislo, egn, oib, amka, isikukood, ird, thai_id, cuit),
)
"""All of these."""
