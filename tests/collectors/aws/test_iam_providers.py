"""Identity providers: which an account has, and that keys and certificates of theirs are not asked for."""

import json

import msgspec

from collectors.practice.aws import AwsServer, Fault
from tests.collectors.aws import everything
from tests.collectors.aws.scanning import ACCOUNT, REGION, Seen, estate, scan

GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
CLUSTER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/A"
STAFF = f"arn:aws:iam::{ACCOUNT}:saml-provider/staff"


def seen(*faults: Fault) -> Seen:
    with AwsServer(msgspec.structs.replace(estate(*everything.providers()), faults=faults)) as server:
        return scan(server)


def test_each_is_a_policy_of_the_account_by_its_arn() -> None:
    found = seen()
    assert {each.name for each in found.policies} == {GITHUB, CLUSTER, STAFF}
    assert {(each.on, each.layer) for each in found.policies} == {(f"aws://{ACCOUNT}", "identity_provider")}


def test_the_audiences_are_told() -> None:
    found = seen()
    (evidence,) = (each.evidence for each in found.policies if each.name == GITHUB)
    documents = {digest: data for shard in found.shards for digest, data in shard.documents.items()}
    assert json.loads(documents[evidence.document])["ClientIDList"] == ["sts.amazonaws.com"]


def test_a_provider_whose_audiences_are_denied_is_there_all_the_same() -> None:
    found = seen()
    assert CLUSTER in {each.name for each in found.policies}
    assert found.outcomes("aws:iam:GetOpenIDConnectProvider") == {"ok", "denied"}


def test_one_that_is_gone_since_it_was_listed_is_not_seen() -> None:
    found = seen(Fault("iam", "GetOpenIDConnectProvider", "NoSuchEntity", 404, -1))
    assert {each.name for each in found.policies} == {STAFF}


def test_a_denied_listing_is_recorded() -> None:
    found = seen(Fault("iam", "ListSAMLProviders", "AccessDenied", 403, -1))
    assert found.outcomes("aws:iam:ListSAMLProviders") == {"denied"}
    assert {each.name for each in found.policies} == {GITHUB, CLUSTER}
