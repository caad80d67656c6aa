"""Free text: what is in letters is found, and what only looks like it seldom is."""

import pytest

from collectors.inspect.sample import TextSample
from collectors.inspect.text import classify_text
from tests.collectors.inspect.accuracy import Accuracy, of_letters
from tests.collectors.inspect.letters import WRITTEN, letters


@pytest.fixture(scope="module")
def measured() -> dict[str, Accuracy]:
    return of_letters(letters(2_000))


def test_all_letters_together(measured: dict[str, Accuracy]) -> None:
    assert measured[""].f2 >= 0.95
    assert measured[""].precision >= 0.97


@pytest.mark.parametrize("kind", WRITTEN)
def test_each_type(measured: dict[str, Accuracy], kind: str) -> None:
    assert measured[kind].recall >= 0.8
    assert measured[kind].precision >= 0.8


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("card 4111 1111 1111 1111", {"card_number"}),
        ("order 4111 1111 1111 1111", set[str]()),
        ("order for card 4111 1111 1111 1111", {"card_number"}),
        ("postgres://app:s3cret-word@db.internal/main", {"url_password"}),
        ("-----BEGIN RSA PRIVATE KEY-----", {"private_key"}),
        ("Sie erreichen mich unter 0171 5550199.", {"phone"}),
        ("担当者直通は03-5550-0199。", {"phone"}),
        ("연락처는 01055500199이고", {"phone"}),
        ("تلفن ۰۹۱۲۵۵۵۰۱۹۹", {"phone"}),
        ("郵便番号\uff1a160-0023", {"postcode"}),
        ("Mobile +91 5550100199", {"phone"}),
        ("born on 29 de febrero de 1984", {"birth_date"}),
        ("Please pay to account 7789234561.", {"bank_account"}),
        ("AWS account 123456789013", set[str]()),
        ("order 0171 5550199", set[str]()),
        ("PSC 0413, Box 8144", set[str]()),
        ("在2024年卖出19288236633件", set[str]()),
        ("v10.20.30.40 is out, release 10.20.30.41", set[str]()),
        ("a" * 100_000, set[str]()),
        ("1" * 100_000, set[str]()),
        ("", set[str]()),
    ],
)
def test_single_texts(text: str, kinds: set[str]) -> None:
    assert {each.type for each in classify_text(TextSample("text", text))} == kinds


def test_what_stands_across_pieces_is_found() -> None:
    text = "\n".join(f"line {number} write to person{number}@clinic.example" for number in range(2_000))
    (found,) = classify_text(TextSample("text", text))
    assert found.count == 2_000


def test_an_address_before_a_comma_and_a_number_is_found() -> None:
    found = [each.type for each in classify_text(TextSample("text", "to ana@clinic.example,12 and more"))]
    assert found == ["email"]


def test_what_begins_a_line_is_found() -> None:
    """In a pattern `$` also stands before a line's end: the word on the line before is no part of it."""
    (found,) = classify_text(TextSample("text", "contacts\nana@clinic.example\nbo@clinic.example\n"))
    assert (found.type, found.count) == ("email", 2)
