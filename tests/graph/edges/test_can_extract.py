"""CAN_EXTRACT: from an endpoint to what its model was trained on."""

from graph.edges import can_extract
from graph.facts import Facts
from graph.model import Mark
from tests.graph.access.estates import EstateBuilder, pairs


def derived(*, produced: bool = True) -> Facts:
    built = EstateBuilder()
    for identifier, kind in {"e": "Endpoint", "m": "Model", "j": "TrainingJob", "d": "Dataset"}.items():
        built.asset(kind, identifier)
    built.relation("SERVES", "e", "m")
    built.relation("TRAINED_ON", "j", "d")
    if produced:
        built.relation("PRODUCED", "j", "m")
    return built.facts()


def test_an_endpoint_may_give_away_what_its_model_learned() -> None:
    facts = derived()
    (edge,) = can_extract.derive(facts)
    assert pairs(facts, [edge]) == {("e", "d")}
    assert edge.confidence == "possible"
    assert len(edge.because[0]) == 3


def test_a_model_that_writes_text_recites_more_easily() -> None:
    facts = derived()
    facts.mark(Mark("e", "generative", value=True))
    assert [edge.confidence for edge in can_extract.derive(facts)] == ["likely"]


def test_a_model_of_unknown_origin_gives_nothing_away() -> None:
    assert list(can_extract.derive(derived(produced=False))) == []
