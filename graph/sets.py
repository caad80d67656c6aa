"""Resource sets: many resources under one id, so that edges never number principals times resources.

A fixed tree stands over all assets: estate, account, kind, blocks of ids in order, resource. A set of
resources is interned once and `COVERS` the fewest tree nodes that make it up; the tree does not change
when a policy does. From a set to a resource it is at most six COVERS (estate, account, kind, two levels
of blocks, resource).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from graph.model import Asset, Relation, digest_of

FAN_OUT = 32
ROOT = "set:*"
"""The estate's node; no account is called so."""


class TreeNode(msgspec.Struct, frozen=True):
    """An inner node of the tree: its level, how many resources are below, and its children's ids."""

    id: str
    level: str
    size: int
    children: tuple[str, ...]


class ResourceTree:
    """The fixed tree over an estate's assets, and the sets interned over it."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._nodes: dict[str, TreeNode] = {}
        self._parent: dict[str, str] = {}
        self._height: dict[str, int] = {}
        self._sets: dict[str, tuple[str, ...]] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._cover: dict[str, tuple[str, ...]] = {}
        rows = sorted((str(a.get("account") or ""), a.kind, a.id) for a in assets)
        accounts = [
            self._account(account, list(members))
            for account, members in groupby(rows, key=lambda row: row[0])
        ]
        self.root = self._inner(ROOT, "estate", accounts) if accounts else ""

    def set_of(self, resources: Iterable[str]) -> str:
        """The id that stands for these resources: the only one's own, or the interned set's."""
        given = frozenset(resources)
        if not self._sets.keys().isdisjoint(given) or not self._nodes.keys().isdisjoint(given):
            given = frozenset(member for each in given for member in self.members(each))
        members = tuple(sorted(given))
        if not members:
            raise ValueError("an empty set of resources has no id")
        if len(members) == 1:
            return members[0]
        identifier = digest_of(*members, prefix="set:")
        self._sets.setdefault(identifier, members)
        return identifier

    def members(self, identifier: str) -> tuple[str, ...]:
        """The resources a set or tree node stands for; a resource stands for itself."""
        if identifier in self._sets:
            return self._sets[identifier]
        if identifier not in self._nodes:
            return (identifier,)
        if identifier not in self._members:
            below = (self.members(child) for child in self._nodes[identifier].children)
            self._members[identifier] = tuple(sorted(member for part in below for member in part))
        return self._members[identifier]

    def is_set(self, identifier: str) -> bool:
        return identifier in self._sets or identifier in self._nodes

    def cover(self, identifier: str) -> tuple[str, ...]:
        """The fewest tree nodes and resources whose union is exactly this interned set."""
        if identifier not in self._cover:
            self._cover[identifier] = tuple(sorted(self._fewest(self._sets[identifier])))
        return self._cover[identifier]

    def children(self, identifier: str) -> tuple[str, ...]:
        """What a set or tree node covers directly."""
        inner = self._nodes.get(identifier)
        return inner.children if inner else self.cover(identifier)

    def used(self, identifiers: Iterable[str]) -> tuple[list[Asset], list[Relation]]:
        """ResourceSet nodes and COVERS relations behind these ids: the sets, and the tree below them."""
        nodes: dict[str, Asset] = {}
        covers: list[Relation] = []
        todo = sorted({i for i in identifiers if self.is_set(i)})
        while todo:
            identifier = todo.pop()
            if identifier in nodes:
                continue
            inner = self._nodes.get(identifier)
            children = self.children(identifier)
            nodes[identifier] = _set_asset(identifier, inner, len(self._sets.get(identifier, ())))
            covers.extend(Relation("COVERS", identifier, child) for child in children)
            todo.extend(child for child in children if child in self._nodes)
        return [nodes[key] for key in sorted(nodes)], sorted(covers, key=lambda r: (r.source, r.target))

    def _fewest(self, members: tuple[str, ...]) -> Iterator[str]:
        """Counts members per tree node from the leaves up; a full node replaces its children."""
        counts: dict[str, int] = dict.fromkeys(members, 1)
        waiting: dict[int, set[str]] = {0: set(members)}
        while waiting:  # by height, so that a node is counted on only when it has all its own
            for node in waiting.pop(min(waiting)):
                parent = self._parent.get(node)
                if parent is not None:
                    counts[parent] = counts.get(parent, 0) + counts[node]
                    waiting.setdefault(self._height[parent], set()).add(parent)
        full = {node for node, count in counts.items() if self._size(node) == count}
        for node in full:
            if self._parent.get(node) not in full:
                yield node

    def _size(self, node: str) -> int:
        return self._nodes[node].size if node in self._nodes else 1

    def _account(self, account: str, rows: list[tuple[str, str, str]]) -> str:
        kinds = [
            self._kind(account, kind, [row[2] for row in members])
            for kind, members in groupby(rows, key=lambda row: row[1])
        ]
        return self._inner(f"set:{account or 'none'}", "account", kinds)

    def _kind(self, account: str, kind: str, ids: list[str]) -> str:
        """Two levels of blocks at most, so that depth stays bounded however many there are."""
        name = f"set:{account or 'none'}/{kind}"
        children: list[str] = ids
        for height in (1, 2):
            if len(children) <= FAN_OUT:
                break
            children = [
                self._inner(f"{name}/{height}.{number}", "block", children[start : start + FAN_OUT])
                for number, start in enumerate(range(0, len(children), FAN_OUT))
            ]
        return self._inner(name, "kind", children)

    def _inner(self, identifier: str, level: str, children: Sequence[str]) -> str:
        size = sum(self._size(child) for child in children)
        self._nodes[identifier] = TreeNode(identifier, level, size, tuple(children))
        self._height[identifier] = 1 + max(self._height.get(child, 0) for child in children)
        for child in children:
            self._parent[child] = identifier
        return identifier


def _set_asset(identifier: str, inner: TreeNode | None, size: int) -> Asset:
    properties: Mapping[str, str | int] = {
        "level": inner.level if inner else "set",
        "size": inner.size if inner else size,
    }
    return Asset(id=identifier, kind="ResourceSet", name=identifier, properties=properties)
