"""Ids of keys for the practice estates: made when they are asked for, so that no file holds one."""

import base64
import hashlib

PREFIX = "AKIA"
"""What the id of a user's access key begins with:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"""

NEW_GENERATION = 1 << 79
REST = 39
"""Bits behind the account's number; what they mean is not known."""


def access_key_id(account: str, number: int) -> str:
    """The id of the account's key of that number, always the same.

    Behind the prefix are 80 bits in base32: one that is set in ids of the present generation, 40 of the
    account's number, 39 others.
    https://labs.withsecure.com/publications/a-bitwise-analysis-of-aws-access-key-identifiers.html
    """
    drawn = hashlib.sha256(f"{account} access key {number}".encode()).digest()
    rest = int.from_bytes(drawn, "big") % (1 << REST)
    bits = NEW_GENERATION | int(account) << REST | rest
    return PREFIX + base64.b32encode(bits.to_bytes(10, "big")).decode()


def service_account_key_id(email: str, number: int) -> str:
    """The id of a Google service account's key of that number: 40 hexadecimal digits, always the same."""
    return hashlib.sha1(f"{email} key {number}".encode(), usedforsecurity=False).hexdigest()
