"""What is needed to reach repositories and images elsewhere, and how far to go there."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

GITHUB = "https://api.github.com"


@dataclass(frozen=True)
class Access:
    """Tokens are never shown, and go only to the host that they are for, encrypted or to this machine.

    `git_token` is for repositories that are named by their address, `github_token` for `github_url` and the
    repositories that it lists, the rest for image registries. `most_bytes` and `seconds` are for one clone.
    """

    git_token: str = field(default="", repr=False)
    github_token: str = field(default="", repr=False)
    github_url: str = GITHUB
    registry_user: str = field(default="", repr=False)
    registry_password: str = field(default="", repr=False)
    forks: bool = False
    archived: bool = True
    most_bytes: int = 10_000_000_000
    seconds: float = 3_600


def private(url: str) -> bool:
    """Whether nobody on the way can read along."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.hostname or "") in ("localhost", "127.0.0.1", "::1")
