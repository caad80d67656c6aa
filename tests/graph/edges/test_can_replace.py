"""CAN_REPLACE: writers of artefacts, and those who may update an endpoint."""

from typing import Any

from graph.edges import can_read, can_replace, can_write
from graph.facts import Facts
from tests.graph.access.estates import ACCOUNT, FOREIGN, EstateBuilder, allow, pairs, role

FILE = "arn:aws:s3:::models/triage/model.tar.gz"
MODEL = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:model/m"
ENDPOINT = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:endpoint/e"


def derived(*statements: dict[str, object]) -> Facts:
    built = EstateBuilder()
    for identifier, kind in {FILE: "ModelFile", MODEL: "Model", ENDPOINT: "Endpoint"}.items():
        built.asset(kind, identifier)
    built.asset("Role", role("ci"))
    built.relation("STORED_IN", MODEL, FILE)
    built.statements(role("ci"), "identity", *statements)
    facts = built.facts()
    for edge in can_write.derive(facts):
        facts.add(edge)
    return facts


def test_a_writer_of_the_artefact_replaces_the_model() -> None:
    facts = derived(allow("s3:PutObject", "arn:aws:s3:::models/*"))
    assert pairs(facts, can_replace.derive(facts)) == {(role("ci"), MODEL)}


def test_a_writer_beside_it_does_not() -> None:
    facts = derived(allow("s3:PutObject", "arn:aws:s3:::models/other/*"))
    assert list(can_replace.derive(facts)) == []


PUSH = [
    "PutImage",
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "BatchCheckLayerAvailability",
]
REPOSITORY = f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/serving"
SIGN_IN = allow("ecr:GetAuthorizationToken")


def pushed(*statements: dict[str, Any], digest: str = "", **repository: bool) -> Facts:
    """A model that runs an image of a repository."""
    built = EstateBuilder()
    image = built.asset(
        "ContainerImage", "oci://registry/serving:1", **({"digest": digest} if digest else {})
    )
    built.asset("ImageRepository", REPOSITORY, **repository)
    built.asset("Model", MODEL)
    built.asset("Role", role("ci"))
    built.relation("CONTAINS", REPOSITORY, image)
    built.relation("USES_IMAGE", MODEL, image)
    built.statements(role("ci"), "identity", *statements)
    facts = built.facts()
    for edge in can_write.derive(facts):
        facts.add(edge)
    return facts


PUSHING = allow([f"ecr:{each}" for each in PUSH], REPOSITORY)


def test_who_pushes_an_image_replaces_the_model_that_runs_it() -> None:
    facts = pushed(PUSHING, SIGN_IN)
    assert pairs(facts, can_write.derive(facts)) == {(role("ci"), REPOSITORY)}
    assert pairs(facts, can_replace.derive(facts)) == {(role("ci"), MODEL)}


def test_without_the_right_to_sign_in_nobody_pushes() -> None:
    assert list(can_replace.derive(pushed(PUSHING))) == []
    narrow = allow("ecr:GetAuthorizationToken", REPOSITORY)  # the action takes no resource
    assert list(can_replace.derive(pushed(PUSHING, narrow))) == []


def test_a_part_of_what_pushing_takes_is_not_enough() -> None:
    assert list(can_replace.derive(pushed(allow("ecr:PutImage"), SIGN_IN))) == []


def test_an_image_named_by_its_digest_stays() -> None:
    assert list(can_replace.derive(pushed(PUSHING, SIGN_IN, digest="sha256:0"))) == []


def test_tags_that_cannot_be_moved_are_the_guard() -> None:
    facts = pushed(PUSHING, SIGN_IN, tags_fixed=True)
    (edge,) = can_replace.derive(facts)
    repository = facts.asset(REPOSITORY)
    assert repository is not None
    assert edge.guards == tuple(piece.id for piece in repository.evidence)


def test_another_account_that_the_repository_names_pushes_with_its_own_right_to_sign_in() -> None:
    built = EstateBuilder()
    built.asset("ImageRepository", REPOSITORY)
    for name in ("signs_in", "does_not"):
        built.asset("Role", role(name, FOREIGN), account=FOREIGN)
        built.statements(role(name, FOREIGN), "identity", PUSHING)
    built.statements(role("signs_in", FOREIGN), "identity", SIGN_IN)
    named = {"Principal": {"AWS": FOREIGN}, "Effect": "Allow", "Action": "ecr:*"}
    built.policy(REPOSITORY, "resource", {"Version": "2012-10-17", "Statement": [named]})
    facts = built.facts()
    assert pairs(facts, can_write.derive(facts)) == {(role("signs_in", FOREIGN), REPOSITORY)}


def test_pulling_takes_both_rights_and_the_sign_in() -> None:
    built = EstateBuilder()
    built.asset("ImageRepository", REPOSITORY)
    built.asset("Role", role("puller"))
    pulling = allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], REPOSITORY)
    built.statements(role("puller"), "identity", pulling, SIGN_IN)
    facts = built.facts()
    assert pairs(facts, can_read.derive(facts)) == {(role("puller"), REPOSITORY)}


def test_updating_the_endpoint_replaces_what_it_serves() -> None:
    facts = derived(allow("sagemaker:UpdateEndpoint", ENDPOINT))
    assert pairs(facts, can_replace.derive(facts)) == {(role("ci"), ENDPOINT)}


def test_invoking_the_endpoint_does_not() -> None:
    facts = derived(allow("sagemaker:InvokeEndpoint", ENDPOINT))
    assert list(can_replace.derive(facts)) == []
