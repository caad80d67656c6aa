"""Linden Health's repositories: one with a key that works in its history, one with a key that was turned off.

Secrets are drawn when the repositories are written, so that no file of the practice estate holds one.
"""

import base64
import json
import secrets
from pathlib import Path

from collectors.practice.estate.aws_parts import PROD
from collectors.practice.keys import access_key_id
from collectors.practice.repository import write_repository

ACTIVE, INACTIVE = 0, 1
"""Numbers of the access keys of `ci-radiology-bot` and `ci-radiology-old`, in the order they were made."""
README = b"# Reports of radiology\n\nFixtures for the tests of the report parser.\n"
LOCK = json.dumps(
    {"integrity": f"sha512-{base64.b64encode(bytes(range(64))).decode()}", "version": "4.2.1"}
).encode()
"""Looks like a secret and is a checksum."""
EXAMPLE = b"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=changeme\n"


def write_repositories(folder: Path) -> tuple[Path, ...]:
    """The repositories, below this folder."""
    made = []
    for name, number in (("radiology-reports", ACTIVE), ("radiology-archive", INACTIVE)):
        key = access_key_id(PROD, number)
        settings = f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {_secret()}\n".encode()
        tree = {"README.md": README, "package-lock.json": LOCK, ".env.example": EXAMPLE}
        leaked = {**tree, "ci/credentials": settings}
        commits = [
            ("Fixtures", tree),
            ("Fetch fixtures in CI", leaked),
            ("Remove what does not belong here", tree),
        ]
        write_repository(folder / name, commits, f"https://github.com/linden-health/{name}.git")
        made.append(folder / name)
    return tuple(made)


def _secret() -> str:
    """What an AWS secret access key looks like: forty characters of base64."""
    return base64.b64encode(secrets.token_bytes(30)).decode()
