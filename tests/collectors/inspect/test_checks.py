"""Checksums: independent generators' numbers pass, and a changed digit does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.inspect.checks import CHECKS
from collectors.inspect.detector import by_id, detectors
from tests.collectors.inspect.people import COLUMNS

EXACT = {
    # Checks that find every single changed digit; the others (modulo 10 of 11, pure ranges) miss some.
    "iban": "iban",
    "be_nrn": "nrn",
    "fr_nir": "nir",
    "it_codice_fiscale": "codice_fiscale",
    "ch_ahv": "ahv",
    "br_cpf": "cpf",
    "pl_pesel": "pesel",
    "cn_id": "cn_id",
    "card_number": "card",
}
MAKERS = dict(COLUMNS.values())
KNOWN = {
    # Examples that the schemes' own pages print.
    "aadhaar": "9999 4105 7058",
    "aba": "021000021",
    "dea": "AB1234563",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "kvnr": "A123456780",
    "medicare_au": "2123 45670 1",
    "my_number": "123456789018",
    "nhs": "943 476 5919",
    "npi": "1234567893",
    "nric": "S1234567D",
    "ppsn": "1234567T",
    "sa_id": "8001015009087",
    "steuer_id": "86095742719",
    "tfn": "876543210",
    "vin": "1M8GDM9AXKP042788",
}


@pytest.mark.parametrize("check", KNOWN)
def test_printed_examples_pass(check: str) -> None:
    assert CHECKS[check](KNOWN[check])


@pytest.mark.parametrize("kind", EXACT)
def test_a_changed_digit_fails(kind: str) -> None:
    check = CHECKS[EXACT[kind]]
    for _ in range(50):
        number = MAKERS[kind]()
        places = [place for place, each in enumerate(number) if each.isdigit()]
        assert check(number)
        for place in places[-6:]:
            digit = str((int(number[place]) + 1) % 10)
            assert not check(number[:place] + digit + number[place + 1 :]), "a changed digit passed"


@pytest.mark.parametrize("check", sorted(CHECKS))
@given(text=st.text(max_size=40))
def test_any_text_is_answered(check: str, text: str) -> None:
    detector = next((each for each in detectors() if each.check == check), None)
    if detector is None or detector.fits(text):
        assert CHECKS[check](text) in (True, False)


def test_there_are_enough_detectors_of_enough_countries() -> None:
    assert len(detectors()) >= 45
    assert len({country for each in detectors() for country in each.countries}) >= 15
    assert {each.hipaa for each in detectors() if each.hipaa} >= {*"ABCDFGHIJKMOPQR"}


def test_every_detector_names_its_law() -> None:
    assert all(each.law for each in by_id().values())
