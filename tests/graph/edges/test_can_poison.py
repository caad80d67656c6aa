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
    built = estate(allow("s3:PutObject", f"{DATA}*"))
    built.asset("TrainingJob", f"{JOB}2")
    built.relation("TRAINED_ON", f"{JOB}2", DATA)
    facts = derived(built)
    (edge,) = can_poison.derive(facts)
    assert pairs(facts, [edge]) == {(role("writer"), MODEL)}
    assert (edge.confidence, edge.conditions) == ("likely", ())  # the bucket itself was not seen
    assert {facts.link(i).type for way in edge.because for i in way if facts.link(i)} == {  # type: ignore[union-attr]  # filtered
        "CAN_WRITE",
        "TRAINED_ON",
        "PRODUCED",
    }


def test_data_of_a_single_training_is_poisoned_only_if_it_runs_again() -> None:
    facts = derived(estate(allow("s3:PutObject", f"{DATA}*")))
    (edge,) = can_poison.derive(facts)
    assert (edge.confidence, edge.conditions) == ("possible", (can_poison.AGAIN,))


def test_a_prefix_below_the_one_that_was_learned_from_counts() -> None:
    built = estate(allow("s3:PutObject", f"{DATA}labels/*"))
    built.asset("Dataset", f"{DATA}labels/")
    built.relation("CONTAINS", DATA, f"{DATA}labels/")
    facts = derived(built)
    ways = {i for edge in can_poison.derive(facts) for way in edge.because for i in way}
    assert {link.type for i in ways if (link := facts.link(i))} >= {"CAN_WRITE", "CONTAINS", "TRAINED_ON"}


def test_a_model_in_what_the_job_wrote_counts_and_so_does_a_registered_dataset() -> None:
    built = estate(allow("s3:PutObject", f"{OTHER}*"))
    registered, output, model = "urn:dataset", "arn:aws:s3:::records/out/", f"{MODEL}2"
    for identifier, kind in ((registered, "Dataset"), (output, "Dataset"), (model, "Model")):
        built.asset(kind, identifier)
    built.relation("DERIVED_FROM", registered, OTHER)
    built.relation("TRAINED_ON", f"{JOB}3", registered)
    built.asset("TrainingJob", f"{JOB}3")
    built.relation("PRODUCED", f"{JOB}3", output)
    built.relation("STORED_IN", model, output)
    facts = derived(built)
    assert {edge.target for edge in can_poison.derive(facts)} == {model}


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
