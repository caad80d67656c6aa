"""Each detector: its own examples, its law, and the identifiers of HIPAA as a set."""

import re

import pytest

from collectors.inspect.detector import Detector, by_type, detectors

HIPAA = {
    # 45 CFR 164.514(b)(2)(i): the letter, and types that are told of it.
    "A": {"person_name"},
    "B": {"postal_address", "postcode", "coordinates", "latitude", "longitude"},
    "C": {"birth_date", "care_date"},
    "D": {"phone"},
    "E": {"phone"},
    "F": {"email"},
    "G": {"us_ssn"},
    "H": {"medical_record_number", "uk_nhs"},
    "I": {"health_plan_number", "de_kvnr", "au_medicare"},
    "J": {"bank_account", "iban"},
    "K": {"driving_licence", "passport", "us_dea"},
    "L": {"license_plate", "vin"},
    "M": {"imei", "mac_address"},
    "N": {"profile_url"},
    "O": {"ip_address", "ipv6_address"},
    "P": {"biometric"},
    "Q": {"photo"},
    "R": {"username", "crypto_address"},
}
"""A: in columns by patterns, in text by a model only. Q: by names of files; no picture is looked into."""


def _spelled(text: str) -> str:
    """`<Q*16>` is sixteen times `Q`: nothing that is a secret's shape stands in a file."""
    return re.sub(r"<([^<>*]+)\*(\d+)>", lambda found: found[1] * int(found[2]), text)


def _cases(*, match: bool) -> list[tuple[Detector, str]]:
    return [
        (each, text) for each in detectors() for text in (each.tests.match if match else each.tests.no_match)
    ]


def _is(detector: Detector, text: str) -> bool:
    return detector.fits(text) and detector.valid(text)


@pytest.mark.parametrize(
    ("detector", "text"), [pytest.param(*each, id=f"{each[0].id}: {each[1]}") for each in _cases(match=True)]
)
def test_a_detector_is_for_its_examples(detector: Detector, text: str) -> None:
    assert _is(detector, _spelled(text))


@pytest.mark.parametrize(
    ("detector", "text"), [pytest.param(*each, id=f"{each[0].id}: {each[1]}") for each in _cases(match=False)]
)
def test_a_detector_is_not_for_what_only_looks_like_it(detector: Detector, text: str) -> None:
    assert not _is(detector, _spelled(text))


@pytest.mark.parametrize("detector", detectors(), ids=lambda each: each.id)
def test_a_detector_has_examples_of_both_kinds(detector: Detector) -> None:
    assert detector.tests.match
    assert detector.tests.no_match


def test_the_identifiers_of_hipaa_are_covered_as_a_set() -> None:
    found: dict[str, set[str]] = {}
    for each in detectors():
        for letter in each.hipaa:
            found.setdefault(letter, set()).add(each.told_as)
    assert set(found) == set(HIPAA)
    assert all(HIPAA[letter] <= found[letter] for letter in HIPAA), found


def test_two_detectors_of_a_type_say_the_same_of_it() -> None:
    for each in detectors():
        assert by_type()[each.told_as].label == each.label
