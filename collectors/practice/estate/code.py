"""Linden Health on GitHub: repositories with keys in their history, and who can read them.

Secrets are drawn when the repositories are made, so that no file of the practice estate holds one.
"""

import base64
import json
import secrets

from collectors.practice.estate.aws_parts import PROD
from collectors.practice.github import Code, Organization, Team
from collectors.practice.keys import access_key_id
from collectors.practice.repository import Tree

ACTIVE, INACTIVE, INTAKE = 0, 1, 2
"""Numbers of the keys of `ci-radiology-bot`, `ci-radiology-old` and `ci-intake-bot`, as they were made."""
README = b"# Reports of radiology\n\nFixtures for the tests of the report parser.\n"
LOCK = json.dumps(
    {"integrity": f"sha512-{base64.b64encode(bytes(range(64))).decode()}", "version": "4.2.1"}
).encode()
"""Looks like a secret and is a checksum."""
EXAMPLE = b"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=changeme\n"
FILES: Tree = {"README.md": README, "package-lock.json": LOCK, ".env.example": EXAMPLE}


def organization() -> Organization:
    """The organisation; nobody is allowed anything by being a member."""
    return Organization(
        login="linden-health",
        base="none",
        members=("ana-lindqvist", "ben-osei", "ida-roth"),
        owners=("ida-roth",),
        teams=(Team("Intake", ("ben-osei",), ("intake-import",)),),
        repositories=(
            Code("radiology-reports", _leaked(ACTIVE), public=True),
            Code("radiology-archive", _leaked(INACTIVE), public=True),
            Code("intake-import", _leaked(INTAKE), people={"mk-freelance": "write"}),
            Code("intake-docs", (("Pages", FILES),), people={"mk-freelance": "read", "ls-agency": "read"}),
        ),
    )


def _leaked(number: int) -> tuple[tuple[str, Tree], ...]:
    """A key of that number is committed, and removed again: the history has it."""
    key = access_key_id(PROD, number)
    settings = f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {_secret()}\n".encode()
    return (
        ("Fixtures", FILES),
        ("Fetch fixtures in CI", {**FILES, "ci/credentials": settings}),
        ("Remove what does not belong here", FILES),
    )


def _secret() -> str:
    """What an AWS secret access key looks like: forty characters of base64."""
    return base64.b64encode(secrets.token_bytes(30)).decode()
