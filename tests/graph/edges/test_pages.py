"""The pages of the edge kinds are there, up to date, and have what only people can write."""

import pytest

from graph.derive import edge_kinds
from graph.edges.pages import BY_HAND, FOLDER, current, page, written_by_hand
from graph.model import EdgeKind

KINDS = list(edge_kinds().values())


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_the_page_is_up_to_date(kind: EdgeKind) -> None:
    text = current(kind)
    assert text == page(kind, written_by_hand(text)), "stale: run `python -m graph.edges.pages`"


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_limits_and_references_are_written(kind: EdgeKind) -> None:
    by_hand = written_by_hand(current(kind))
    assert all(by_hand.get(title) for title in BY_HAND)
    assert "https://" in by_hand["References"]


def test_no_page_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_kind_says_what_it_is_for(kind: EdgeKind) -> None:
    assert kind.meaning
    assert kind.abuse
    assert kind.fix
    assert kind.needs is None or kind.attack or kind.atlas
    assert kind.builds_on
