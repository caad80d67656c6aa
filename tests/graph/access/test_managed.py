"""Managed policies that a dump names without their text: the shipped copy, or unknown."""

import re

from graph.access.aws import managed
from graph.access.aws.document import compile_document
from graph.edges import can_read
from tests.graph.access.estates import ACCOUNT, EstateBuilder, conditional, pairs, role

BUCKET = "arn:aws:s3:::records"
READS = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/analysts"


def estate(*names: str, layer: str = "identity") -> EstateBuilder:
    built = EstateBuilder()
    built.asset("Bucket", BUCKET)
    built.asset("Role", role("reader"))
    for name in names:
        built.policy(role("reader"), "boundary" if layer == "boundary" else "identity", name, name)
    return built


def found(built: EstateBuilder) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    facts = built.facts()
    edges = list(can_read.derive(facts))
    assert all(edge.because or edge.conditions for edge in edges)
    return pairs(facts, edges), conditional(facts, edges)


def test_the_copy_has_a_date_and_every_document_compiles() -> None:
    copy = managed.copy()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", copy.date)
    assert len(copy.documents) > 1000
    for name in copy.documents:
        document = managed.document(f"arn:aws:iam::aws:policy/{name}")
        assert not compile_document(document, "identity").fault, name


def test_a_policy_of_aws_is_taken_from_the_copy() -> None:
    assert found(estate(READS)) == ({(role("reader"), BUCKET)}, set())


def test_its_evidence_is_the_attachment() -> None:
    facts = estate(READS).facts()
    (edge,) = can_read.derive(facts)
    ((evidence,),) = edge.because
    kept = {piece.id: piece for piece in edge.evidence}[evidence]
    assert facts.document(kept) == READS


def test_one_that_nobody_knows_is_unknown_not_empty() -> None:
    assert found(estate(OWN)) == (set(), {(role("reader"), BUCKET)})
    assert found(estate(READS, "arn:aws:iam::aws:policy/NotYetInTheCopy"))[0] == set()


def test_a_boundary_that_nobody_knows_leaves_it_open() -> None:
    built = estate(OWN, layer="boundary")
    built.policy(role("reader"), "identity", READS, READS)
    assert found(built) == (set(), {(role("reader"), BUCKET)})


def test_other_partitions_and_paths() -> None:
    path = "service-role/AWSLambdaBasicExecutionRole"
    assert managed.document(f"arn:aws-cn:iam::aws:policy/{path}") is not None
    assert managed.document("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole") is None
    assert managed.document(OWN) is None


def test_an_organisation_policy_without_its_text_leaves_answers_open() -> None:
    built = estate(READS)
    organization = built.asset("Organization", "arn:aws:organizations::999900001111:organization/o-1")
    root = built.asset("Folder", "arn:aws:organizations::999900001111:root/o-1/r-1")
    account = built.asset("Account", f"aws://{ACCOUNT}", account=ACCOUNT)
    built.relation("CONTAINS", organization, root)
    built.relation("CONTAINS", root, account)
    for node in (root, account):
        built.policy(node, "service_control", {"Id": "p-1", "Name": "FullAWSAccess"}, "FullAWSAccess")
    assert found(built) == (set(), {(role("reader"), BUCKET)})
