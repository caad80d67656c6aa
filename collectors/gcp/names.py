"""Google's names for things, made into the ids of the graph: full resource names, with project ids.

https://cloud.google.com/iam/docs/full-resource-names
"""

import re
from typing import Self

import msgspec

from collectors.source import Answer

OBJECT = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}(\.(gz|bz2|zst|snappy))?$")
"""A last path segment that is the name of one object and not of a folder."""

BUCKETS = "//storage.googleapis.com/projects/_/buckets/"


def project(name: str) -> str:
    """The id of a project, by project id."""
    return f"//cloudresourcemanager.googleapis.com/projects/{name}"


def scope(name: str) -> str:
    """The id of a folder or an organization, from its name in the Resource Manager (`folders/1`)."""
    return f"//cloudresourcemanager.googleapis.com/{name}"


def bucket(name: str) -> str:
    return BUCKETS + name


def service_account(email: str, own: "Project | None" = None) -> str:
    """The id of a service account, whose e-mail address names its project.

    The default account of Compute Engine has its project's number in it: it is `own` when the number is.
    Where nobody can tell the project, it is `-`, as in the IAM interface.
    """
    local, _, domain = email.partition("@")
    owner = "-"
    if domain.endswith(".iam.gserviceaccount.com"):
        owner = domain.removesuffix(".iam.gserviceaccount.com")
        if "." in owner:  # a project of a domain, `example.org:name`, is written the other way round
            name, _, realm = owner.partition(".")
            owner = f"{realm}:{name}"
    elif domain == "appspot.gserviceaccount.com":
        owner = local
    elif own and own.number and local.startswith(f"{own.number}-"):
        owner = own.id
    return f"//iam.googleapis.com/projects/{owner}/serviceAccounts/{email}"


def place(address: str | None) -> str | None:
    """The id of what a `gs://` address points at: an object, or a prefix with one trailing slash."""
    if not address or not address.startswith("gs://"):
        return None
    name, _, key = address.removeprefix("gs://").partition("/")
    key = re.split(r"[*?\[{]", key)[0]  # a pattern reads from the folder before its first wildcard
    if key and address.removeprefix(f"gs://{name}/") != key:
        key = key.rpartition("/")[0]
    key = key.rstrip("/")
    if OBJECT.search(key.rpartition("/")[2]):
        return f"{bucket(name)}/objects/{key}"
    return f"{bucket(name)}/objects/{key}/" if key else f"{bucket(name)}/objects/"


def folder(address: str | None) -> str | None:
    """The id of the prefix that a `gs://` address points at, when it always names a folder."""
    named = place(address)
    return named if named is None or named.endswith("/") else f"{named}/"


def bigquery(address: str | None) -> str | None:
    """The id of the BigQuery dataset in an address such as `bq://project.dataset.table`."""
    if not address or not address.startswith("bq://"):
        return None
    owner, _, rest = address.removeprefix("bq://").partition(".")
    dataset = rest.partition(".")[0]
    if not dataset:
        return None
    return f"//bigquery.googleapis.com/projects/{owner}/datasets/{dataset}"


def foundation_model(name: str) -> str:
    """The id of a publisher's model, from its resource name or, for Google's, the bare name."""
    path = name if name.startswith("publishers/") else f"publishers/google/models/{name}"
    return f"//aiplatform.googleapis.com/{path.partition('@')[0]}"


class Project(msgspec.Struct, frozen=True):
    """The project that is looked at, by its id and, where an answer told it, its number.

    Vertex AI answers with project numbers; the graph knows ids only. A listing for a project names its rows
    with the project's number, which is how the number is known. A name in another project stays as it is.
    """

    id: str
    number: str = ""

    @classmethod
    def of(cls, account: str, row: Answer) -> Self:
        """The project of a listing's row, named `projects/NUMBER/...`."""
        return cls(account, _owner(row.text("/name") or ""))

    def vertex(self, name: str) -> str:
        """The id of a Vertex AI resource, without the version of a model."""
        return f"//aiplatform.googleapis.com/{self._by_id(name).partition('@')[0]}"

    def key(self, name: str) -> str:
        """The id of a key in Cloud KMS, without its version."""
        return f"//cloudkms.googleapis.com/{self._by_id(name).partition('/cryptoKeyVersions/')[0]}"

    def compute(self, name: str) -> str:
        """The id of a network or another resource of Compute Engine."""
        return f"//compute.googleapis.com/{self._by_id(name)}"

    def _by_id(self, name: str) -> str:
        owner = _owner(name)
        return f"projects/{self.id}{name.removeprefix(f'projects/{owner}')}" if owner == self.number else name


def _owner(name: str) -> str:
    parts = name.split("/")
    return parts[1] if len(parts) > 1 and parts[0] == "projects" else ""
