"""Ids of keys: made as AWS and Google make theirs, and read back by the published rule."""

import base64
import re

from hypothesis import given
from hypothesis import strategies as st

from collectors.practice.keys import access_key_id, service_account_key_id

ACCOUNTS = st.integers(0, 10**12 - 1).map("{:012}".format)


def account_of(identifier: str) -> str:
    """https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489"""
    first = int.from_bytes(base64.b32decode(identifier[4:])[:6], "big")
    return f"{(first & 0x7FFFFFFFFF80) >> 7:012}"


def test_the_rule_reads_the_published_example() -> None:
    assert account_of("ASIA" + "QNZGKIQY56JQ7WML") == "029608264753"


@given(ACCOUNTS, st.integers(0, 10**6))
def test_an_id_tells_its_account(account: str, number: int) -> None:
    identifier = access_key_id(account, number)
    assert re.fullmatch("AKIA[Q-Z2-7][A-Z2-7]{15}", identifier)  # Q and up: of the present generation
    assert account_of(identifier) == account


@given(ACCOUNTS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_keys_differ_and_stay(account: str, one: int, other: int) -> None:
    assert (access_key_id(account, one) == access_key_id(account, other)) == (one == other)


def test_a_service_account_key_has_forty_digits() -> None:
    assert re.fullmatch("[0-9a-f]{40}", service_account_key_id("a@b.iam.gserviceaccount.com", 1))
