"""What looking for secrets says: where one stands, what it opens, and the repository or image it stands in.

These are the lines of `crownpath inspect secrets --json`; each has a field that no other has: `fingerprint`,
`visibility`, `members`, `layers`, and `reason` of a `Refusal`.
"""

from typing import Literal

import msgspec

Visibility = Literal["public", "internal", "private"]
Why = Literal["team", "owners of the organisation", "base permission", "internal visibility"]
"""Why a group of people can read a repository."""
PublicKind = Literal[
    "aws_access_key_id",
    "aws_account",
    "gcp_service_account",
    "gcp_key_id",
    "azure_storage_account",
    "azure_resource",
    "provider",
    "host",
]


class PublicName(msgspec.Struct, frozen=True):
    """A name beside a secret, or in it, that says what the secret opens; it opens nothing by itself.

    `aws_access_key_id` and the `aws_account` (twelve digits) that the id holds; `gcp_service_account`, the
    account's address, and `gcp_key_id`; `azure_storage_account`; `azure_resource`, the host name of an Azure
    AI or Search resource or a storage endpoint; `provider`, an id of the graph's ModelProvider or a platform;
    `host`, that of a database or another service, never with who logs in.
    """

    kind: PublicKind
    value: str


class SecretPlace(msgspec.Struct, frozen=True):
    """A secret: where it stands first (in a repository, its oldest commit), and in how many places.

    `fingerprint` is the same for the same secret under the same key, and cannot be guessed back without it;
    `collectors.redaction.hash_of` gives the part of it to compare. `commit` is that of a Git repository, in
    an image the digest of the layer. `opens` is empty where it is not certain what the secret opens.
    `repository` is the `path` of the `RepositorySeen` or `ImageSeen` it was found in; empty for files alone.
    """

    path: str
    line: int
    commit: str
    rule: str
    provider: str
    fingerprint: str
    places: int = 1
    opens: tuple[PublicName, ...] = ()
    repository: str = ""


class Reader(msgspec.Struct, frozen=True):
    """Somebody who was given a repository by name: the address of their account, and the role they have.

    `outside`: not a member of the organisation that owns it; None where that is not known.
    """

    account: str
    role: str
    outside: bool | None = None


class ModelSecret(msgspec.Struct, frozen=True):
    """A secret in the strings of a model file; `place` is where in it it stands first (`metadata.author`,
    `config.json: line 3`). The rest is as in `SecretPlace`."""

    place: str
    rule: str
    provider: str
    fingerprint: str
    places: int = 1
    opens: tuple[PublicName, ...] = ()


class RepositorySeen(msgspec.Struct, frozen=True):
    """A Git repository that is read, told before what is found in it.

    `path` is what the paths in it begin with; `url` where people find it, without who fetches it (empty
    when it has no remote). `visibility` is who can read it, None where the source does not say; `commits` are
    those reachable from any reference, None where they cannot be counted; `head` the commit that HEAD names.
    `readers` are those who can by name, beside groups; `readers_unknown` says why not all are known.
    """

    path: str
    url: str
    visibility: Visibility | None
    default_branch: str | None
    commits: int | None
    head: str
    readers: tuple[Reader, ...] = ()
    readers_unknown: tuple[str, ...] = ()


class GroupSeen(msgspec.Struct, frozen=True):
    """People who can read the same repositories for one reason, told before the repositories.

    `group` is an address that stands for them, `reads` are the `url`s of repositories, `members` addresses
    of accounts and of other groups. `unknown` says why the members are not all known.
    """

    group: str
    name: str
    why: Why
    members: tuple[str, ...]
    reads: tuple[str, ...]
    unknown: str = ""


class ImageSeen(msgspec.Struct, frozen=True):
    """A container image that is read, told before what is found in it; `digest` is that of its manifest."""

    path: str
    digest: str
    layers: int
