"""Resource sets: exact, few, and over a tree that no policy changes."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Asset
from graph.sets import FAN_OUT, ROOT, ResourceTree

KINDS = ("Bucket", "Dataset", "Model")


def resources(account: str, kind: str, count: int) -> list[Asset]:
    properties = {"account": account} if account else {}
    return [Asset(id=f"{account}:{kind}:{n:05}", kind=kind, properties=properties) for n in range(count)]


@st.composite
def estates(draw: st.DrawFn) -> list[Asset]:
    """Accounts with kinds of very different sizes, so that leaves lie at different depths."""
    found: list[Asset] = []
    for account in draw(st.lists(st.sampled_from(["", "1", "2", "estate"]), unique=True, min_size=1)):
        for kind in draw(st.lists(st.sampled_from(KINDS), unique=True, min_size=1)):
            found += resources(account, kind, draw(st.sampled_from([1, 2, 3, 33, 70, 1030])))
    return found


@st.composite
def members_of(draw: st.DrawFn, assets: list[Asset]) -> list[str]:
    """Whole groups, groups but for a few, and single ones: what policies make."""
    ids = [asset.id for asset in assets]
    groups = sorted({identifier.rpartition(":")[0] for identifier in ids})
    whole = set(draw(st.lists(st.sampled_from(groups), unique=True)))
    chosen = {i for i in ids if i.rpartition(":")[0] in whole}
    chosen ^= set(draw(st.lists(st.sampled_from(ids), max_size=5)))
    return sorted(chosen) or ids[:1]


def depths(tree: ResourceTree, identifier: str) -> dict[str, int]:
    """Every resource below a set, and by how many COVERS; a resource met twice is a fault."""
    found: dict[str, int] = {}
    todo = [(identifier, 0)]
    while todo:
        here, depth = todo.pop()
        if tree.is_set(here):
            todo += [(child, depth + 1) for child in tree.children(here)]
        else:
            assert here not in found
            found[here] = depth
    return found


def fewest(tree: ResourceTree, node: str, wanted: set[str]) -> int:
    """How many tree nodes and resources an exact cover needs, by looking at each node."""
    members = set(tree.members(node))
    if members <= wanted:
        return 1
    if not members & wanted:
        return 0
    return sum(fewest(tree, child, wanted) for child in tree.children(node))


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_a_set_stands_for_exactly_its_members_over_the_fewest_disjoint_nodes(data: st.DataObject) -> None:
    assets = data.draw(estates())
    tree = ResourceTree(assets)
    members = data.draw(members_of(assets))
    identifier = tree.set_of(members)
    assert tree.members(identifier) == tuple(members)
    if len(members) == 1:
        assert identifier == members[0]
        return
    found = depths(tree, identifier)
    assert sorted(found) == members
    assert max(found.values()) <= 6
    assert len(tree.cover(identifier)) == fewest(tree, tree.root, set(members))


def test_kinds_of_the_same_size_at_different_depths_are_not_taken_for_each_other() -> None:
    """A regression: what lies less deep was once counted twice on the way to the estate."""
    assets = [
        *resources("1", "Bucket", 100),
        *resources("1", "Dataset", 3),
        *resources("1", "Model", 3),
    ]
    tree = ResourceTree(assets)
    without_models = [asset.id for asset in assets if asset.kind != "Model"]
    assert tree.cover(tree.set_of(without_models)) == ("set:1/Bucket", "set:1/Dataset")
    assert tree.cover(tree.set_of(asset.id for asset in assets)) == (ROOT,)


@pytest.mark.parametrize("count", [1, 32, 33, 1024, 1025, 40_000])
def test_from_a_set_to_a_resource_it_is_at_most_six_covers(count: int) -> None:
    assets = [*resources("1", "Dataset", count), *resources("2", "Bucket", 1)]
    tree = ResourceTree(assets)
    found = depths(tree, tree.set_of(asset.id for asset in assets))
    assert len(found) == count + 1
    assert max(found.values()) <= 6


def test_a_block_has_at_most_its_fan_out_of_children_in_the_order_of_ids() -> None:
    tree = ResourceTree(resources("1", "Dataset", 5000))
    inner, _ = tree.used([ROOT])
    for node in inner:
        if node.get("level") == "block":
            children = tree.children(node.id)
            assert len(children) <= FAN_OUT
            spans = [tree.members(child) for child in children]
            assert all(before[-1] < after[0] for before, after in pairwise(spans))


def test_the_tree_does_not_depend_on_the_sets_interned_over_it() -> None:
    assets = [*resources("1", "Dataset", 200), *resources("2", "Bucket", 5)]
    plain, used = ResourceTree(assets), ResourceTree(assets[::-1])
    for start in range(50):
        used.cover(used.set_of(asset.id for asset in assets[start:]))
    assert plain.used([ROOT]) == used.used([ROOT])


def test_equal_sets_are_one_and_their_id_is_the_same_in_every_estate() -> None:
    first, second = ResourceTree(resources("1", "Bucket", 9)), ResourceTree(resources("1", "Bucket", 50))
    ids = ["1:Bucket:00001", "1:Bucket:00003"]
    assert first.set_of(ids) == first.set_of([*reversed(ids), ids[0]]) == second.set_of(ids)


def test_a_set_of_sets_is_the_set_of_their_members() -> None:
    tree = ResourceTree(resources("1", "Bucket", 9))
    part = tree.set_of(["1:Bucket:00001", "1:Bucket:00003"])
    whole = tree.set_of([part, "1:Bucket:00005", "1:Bucket:00001"])
    assert tree.members(whole) == ("1:Bucket:00001", "1:Bucket:00003", "1:Bucket:00005")


def test_a_resource_that_is_not_in_the_tree_is_covered_by_itself() -> None:
    tree = ResourceTree(resources("1", "Bucket", 2))
    identifier = tree.set_of(["1:Bucket:00000", "stranger"])
    assert tree.cover(identifier) == ("1:Bucket:00000", "stranger")
    assert tree.members("stranger") == ("stranger",)
    assert not tree.is_set("stranger")


def test_an_empty_set_has_no_id() -> None:
    with pytest.raises(ValueError, match="an empty set"):
        ResourceTree([]).set_of([])


def test_used_gives_the_sets_and_the_tree_that_can_be_reached_from_them_and_no_more() -> None:
    assets = [*resources("1", "Bucket", 40), *resources("1", "Model", 3), *resources("2", "Bucket", 40)]
    tree = ResourceTree(assets)
    buckets = tree.set_of([*(a.id for a in assets[:40]), "2:Bucket:00007"])
    nodes, covers = tree.used([buckets, "1:Model:00000", buckets])
    assert {node.id for node in nodes} == {buckets, "set:1/Bucket", "set:1/Bucket/1.0", "set:1/Bucket/1.1"}
    assert {node.get("level") for node in nodes} == {"set", "kind", "block"}
    assert {node.id: node.get("size") for node in nodes}[buckets] == 41
    known = {node.id for node in nodes} | {asset.id for asset in assets}
    assert all(relation.target in known and relation.type == "COVERS" for relation in covers)
    assert len({relation.id for relation in covers}) == len(covers) == 2 + 2 + 40
    assert tree.used(["1:Model:00000"]) == ([], [])
