"""Looking inside has a role of its own: complete, read-only, and apart from that of the scan."""

import json
from pathlib import Path

import pytest
import yaml

from collectors.aws.permissions import permissions as of_aws
from collectors.azure.permissions import role as of_azure
from collectors.gcp.permissions import permissions as of_gcp
from collectors.inspect import databases
from collectors.inspect.permissions import Needed, needed, page, policy, role
from collectors.inspect.places import SCHEMES

PAGE = Path(__file__).parents[3] / "docs" / "permissions" / "inspect.md"
SAME = {"gcs://": "gs://", "abfs://": "abfss://"}
READS = ("Describe", "ESHttpGet", "Get", "List", "Scan", "get", "getData", "list")
GATES = {"aoss:APIAccessAll": "the data access policy of the collection says what may be done"}
"""Actions that let requests through, of which something else decides."""


def test_every_kind_of_address_has_its_permissions() -> None:
    assert set(needed()) == {SAME.get(each, each) for each in (*SCHEMES, *databases.SCHEMES)}


@pytest.mark.parametrize(("scheme", "one"), [*needed().items()])
def test_every_permission_only_reads(scheme: str, one: Needed) -> None:
    for each in one.permissions:
        verb = {"aws": each.partition(":")[2], "gcp": each.rpartition(".")[2]}.get(one.cloud, "get")
        assert verb.startswith(READS) or each in GATES, each
        assert one.cloud != "key" or each.endswith(("Viewer", "only read")), each
        assert one.cloud != "azure" or each.endswith("Reader"), each
        assert one.cloud != "registry" or each.lower().rpartition(".")[2] == "read", each


def test_the_scan_may_do_none_of_it() -> None:
    """What only names things (a bucket's keys, a dataset's tables) is no part of the scan either."""
    ours = {each for one in needed().values() for each in one.permissions}
    assert ours & {*of_aws().values(), *of_gcp().values()} == set()
    assert json.loads(of_azure())["DataActions"] == []


def test_nothing_is_given_on_everything() -> None:
    statements = json.loads(policy())["Statement"]
    assert statements
    assert all(each["Resource"].startswith("arn:aws:") for each in statements)
    assert set(yaml.safe_load(role())["includedPermissions"]) == {
        each for one in needed().values() if one.cloud == "gcp" for each in one.permissions
    }


def test_the_page_is_fresh() -> None:
    """`python -m collectors.inspect.permissions > docs/permissions/inspect.md` makes it."""
    assert PAGE.read_text("utf-8") == page()
