"""Lineage: forward and backward, each relation once, in the direction that content flows."""

from graph.facts import Facts
from graph.lineage import flows
from graph.model import Asset, Relation


def facts() -> Facts:
    """A prefix, a job that learned from it, its model and endpoint; an index and an agent; a role."""
    kinds = {
        "bucket": "Bucket",
        "prefix": "Dataset",
        "job": "TrainingJob",
        "model": "Model",
        "endpoint": "Endpoint",
        "index": "KnowledgeBase",
        "agent": "Agent",
        "other": "Model",
    }
    relations = [
        Relation("CONTAINS", "bucket", "prefix"),
        Relation("TRAINED_ON", "job", "prefix"),
        Relation("PRODUCED", "job", "model"),
        Relation("SERVES", "endpoint", "model"),
        Relation("INDEXES", "index", "prefix"),
        Relation("RETRIEVES_FROM", "agent", "index"),
        Relation("DERIVED_FROM", "other", "model"),
        Relation("RUNS_AS", "job", "role"),
    ]
    return Facts.of_records([Asset(id=name, kind=kind) for name, kind in kinds.items()], relations)


def test_forward_from_a_bucket() -> None:
    found = {(each.source, each.target, each.steps) for each in flows(facts(), "bucket", "forward")}
    assert found == {
        ("bucket", "prefix", 1),
        ("prefix", "job", 2),
        ("job", "model", 3),
        ("model", "endpoint", 4),
        ("model", "other", 4),
        ("prefix", "index", 2),
        ("index", "agent", 3),
    }


def test_backward_from_an_endpoint() -> None:
    found = [(each.source, each.target) for each in flows(facts(), "endpoint", "backward")]
    assert found == [("model", "endpoint"), ("job", "model"), ("prefix", "job"), ("bucket", "prefix")]


def test_a_circle_ends() -> None:
    circle = [Relation("DERIVED_FROM", "a", "b"), Relation("DERIVED_FROM", "b", "a")]
    made = Facts.of_records([Asset(id=each, kind="Model") for each in "ab"], circle)
    assert len(list(flows(made, "a", "forward"))) == 2


def test_what_is_no_lineage_is_left_out() -> None:
    assert "role" not in {each.target for each in flows(facts(), "job", "forward")}
