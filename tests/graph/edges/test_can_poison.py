"""CAN_POISON: writers of what models learn from and knowledge bases answer from."""

from graph.edges import can_poison, can_write
from graph.facts import Facts
from tests.graph.access.estates import ACCOUNT, EstateBuilder, allow, blocked, deny, pairs, role

DATA = "arn:aws:s3:::records/train/"
OTHER = "arn:aws:s3:::records/site/"
JOB = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:training-job/t"
MODEL = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:model/m"
BASE = f"arn:aws:bedrock:eu-central-1:{ACCOUNT}:knowledge-base/K"


def estate(*statements: dict[str, object]) -> EstateBuilder:
    built = EstateBuilder()
    kinds = {DATA: "Dataset", OTHER: "Dataset", JOB: "TrainingJob", MODEL: "Model", BASE: "KnowledgeBase"}
    for identifier, kind in kinds.items():
        built.asset(kind, identifier)
    built.asset("Role", role("writer"))
    built.relation("TRAINED_ON", JOB, DATA)
    built.relation("PRODUCED", JOB, MODEL)
    built.statements(role("writer"), "identity", *statements)
    return built


def derived(built: EstateBuilder) -> Facts:
    facts = built.facts()
    for edge in can_write.derive(facts):
        facts.add(edge)
    return facts


def test_a_writer_of_training_data_poisons_the_model() -> None:
    facts = derived(estate(allow("s3:PutObject", f"{DATA}*")))
    (edge,) = can_poison.derive(facts)
    assert pairs(facts, [edge]) == {(role("writer"), MODEL)}
    assert {facts.link(i).type for way in edge.because for i in way if facts.link(i)} == {  # type: ignore[union-attr]  # filtered
        "CAN_WRITE",
        "TRAINED_ON",
        "PRODUCED",
    }


def test_a_writer_of_other_data_does_not() -> None:
    facts = derived(estate(allow("s3:PutObject", f"{OTHER}*")))
    assert list(can_poison.derive(facts)) == []


def test_a_reader_does_not() -> None:
    facts = derived(estate(allow("s3:GetObject")))
    assert list(can_poison.derive(facts)) == []


def test_a_denied_writer_is_blocked_by_the_deny() -> None:
    facts = derived(estate(allow("s3:*"), deny("s3:PutObject", f"{DATA}*")))
    edges = list(can_poison.derive(facts))
    assert pairs(facts, edges) == set()
    assert blocked(facts, edges) == {(role("writer"), MODEL)}


def test_a_writer_of_an_indexed_prefix_poisons_the_knowledge_base() -> None:
    built = estate(allow("s3:PutObject", f"{OTHER}*"))
    built.relation("INDEXES", BASE, OTHER)
    facts = derived(built)
    assert pairs(facts, can_poison.derive(facts)) == {(role("writer"), BASE)}
