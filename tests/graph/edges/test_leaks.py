"""LEAKS: keys in places that people read."""

from graph.edges import leaks
from tests.graph.access.estates import EstateBuilder, pairs


def test_a_key_in_a_repository_leaks() -> None:
    built = EstateBuilder()
    built.asset("Repository", "git://example.org/a")
    built.asset("Credential", "credential:1")
    built.relation("HOLDS_CREDENTIAL", "git://example.org/a", "credential:1", place="file")
    facts = built.facts()
    assert pairs(facts, leaks.derive(facts)) == {("git://example.org/a", "credential:1")}


def test_a_key_in_a_functions_environment_does_not_lie_open() -> None:
    built = EstateBuilder()
    built.asset("Function", "arn:aws:lambda:eu-central-1:111122223333:function:f")
    built.asset("Credential", "credential:1")
    function = "arn:aws:lambda:eu-central-1:111122223333:function:f"
    built.relation("HOLDS_CREDENTIAL", function, "credential:1", place="environment")
    assert list(leaks.derive(built.facts())) == []
