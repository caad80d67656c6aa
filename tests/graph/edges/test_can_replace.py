"""CAN_REPLACE: writers of artefacts, and those who may update an endpoint."""

from graph.edges import can_replace, can_write
from graph.facts import Facts
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, pairs, role

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


def test_updating_the_endpoint_replaces_what_it_serves() -> None:
    facts = derived(allow("sagemaker:UpdateEndpoint", ENDPOINT))
    assert pairs(facts, can_replace.derive(facts)) == {(role("ci"), ENDPOINT)}


def test_invoking_the_endpoint_does_not() -> None:
    facts = derived(allow("sagemaker:InvokeEndpoint", ENDPOINT))
    assert list(can_replace.derive(facts)) == []
