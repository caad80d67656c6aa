"""One snapshot in memory, indexed for the derivations: facts, and the edges worked out so far."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from graph import ontology
from graph.model import (
    Asset,
    Coverage,
    Derived,
    Evidence,
    Json,
    Layer,
    Mark,
    Policy,
    Relation,
    Value,
    at_pointer,
)
from graph.sets import ResourceTree

Link = Relation | Derived


class Facts:
    """Assets, relations and policies by every way the derivations ask for them.

    `documents` gives the canonical JSON of a document by digest. Links that something stops (a Derived
    with guards) are kept apart: `out_of`, `into`, `links` and `by_set` give what holds, `blocked` the rest.
    """

    def __init__(
        self,
        assets: Iterable[Asset],
        relations: Iterable[Relation],
        policies: Iterable[Policy],
        documents: Mapping[str, bytes],
        coverage: Iterable[Coverage] = (),
    ) -> None:
        self._assets = {asset.id: asset for asset in sorted(assets, key=lambda a: a.id)}
        self._documents = documents
        self._parsed: dict[str, Json] = {}
        self.coverage = tuple(coverage)
        self._policies: dict[Layer, dict[str, list[Policy]]] = defaultdict(lambda: defaultdict(list))
        for policy in sorted(policies, key=lambda p: (p.layer, p.on, p.name, p.evidence.id)):
            self._policies[policy.layer][policy.on].append(policy)
        self._links: dict[str, list[Link]] = defaultdict(list)
        self._out: dict[tuple[str, str], list[Link]] = defaultdict(list)
        self._into: dict[tuple[str, str], list[Link]] = defaultdict(list)
        self._blocked: dict[str, list[Derived]] = defaultdict(list)
        self._by_id: dict[str, Link] = {}
        self._evidence: dict[str, Evidence] = {}
        self._marks: dict[tuple[str, str], Mark] = {}
        for asset in self._assets.values():
            self._keep_evidence(asset.evidence)
        for relation in sorted(relations, key=lambda r: r.id):
            self._index(relation)

    @classmethod
    def of_records(
        cls,
        assets: Iterable[Asset] = (),
        relations: Iterable[Relation] = (),
        policies: Iterable[Policy] = (),
        documents: Mapping[str, Json] | None = None,
        coverage: Iterable[Coverage] = (),
    ) -> "Facts":
        """From records at hand, with documents as parsed JSON: the way tests build it."""
        texts = {digest: json.dumps(value).encode() for digest, value in (documents or {}).items()}
        return cls(assets, relations, policies, texts, coverage)

    # Assets

    def asset(self, identifier: str) -> Asset | None:
        return self._assets.get(identifier)

    def add_asset(self, asset: Asset) -> None:
        """Keep an asset that only derived edges point to (an outsider whom a policy names)."""
        self._assets[asset.id] = asset
        self.__dict__.pop("_by_kind", None)  # asked for again, the index is made anew

    @property
    def assets(self) -> Iterable[Asset]:
        return self._assets.values()

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Asset]]:
        index: dict[str, list[Asset]] = defaultdict(list)
        for asset in self._assets.values():
            index[asset.kind].append(asset)
        return index

    def of(self, name: str) -> list[Asset]:
        """The assets of a kind or a family, by id."""
        kinds = ontology.expand(name)
        found = [asset for kind in kinds for asset in self._by_kind.get(kind, ())]
        return sorted(found, key=lambda a: a.id)

    def account_of(self, identifier: str) -> str:
        asset = self._assets.get(identifier)
        return str(asset.get("account") or "") if asset else ""

    # Marks

    def mark(self, mark: Mark) -> None:
        """Keep a derived property; what a provider or estate.yaml says of the asset itself wins over it."""
        self._marks[mark.asset, mark.property] = mark

    @property
    def marks(self) -> list[Mark]:
        """The derived properties, by asset and name."""
        return [self._marks[key] for key in sorted(self._marks)]

    def value(self, identifier: str, name: str) -> Value | None:
        """A property of an asset: its own, or the derived one; None when it is not known."""
        asset = self._assets.get(identifier)
        own = asset.get(name) if asset else None
        if own is not None:
            return own
        mark = self._marks.get((identifier, name))
        return mark.value if mark else None

    # Relations

    def relations(self, kind: str) -> list[Link]:
        """All relations of a kind that hold, facts and derived ones."""
        return self._links.get(kind, [])

    def out_of(self, identifier: str, kind: str) -> list[Link]:
        return self._out.get((identifier, kind), [])

    def into(self, identifier: str, kind: str) -> list[Link]:
        """Relations of a kind that end on this very id (not on a set that covers it)."""
        return self._into.get((identifier, kind), [])

    def link(self, identifier: str) -> Link | None:
        return self._by_id.get(identifier)

    def all_links(self) -> Iterator[list[Link]]:
        """The relations that hold, kind by kind."""
        for kind in sorted(self._links):
            yield self._links[kind]

    def blocked(self, kind: str) -> list[Derived]:
        """Edges of a kind that would hold but for their guards."""
        return self._blocked.get(kind, [])

    def add(self, derived: Derived) -> None:
        """Keep a derived edge, so that those built on it see it."""
        self._keep_evidence(derived.evidence)
        if derived.guards:
            self._blocked[derived.type].append(derived)
            self._by_id[derived.id] = derived
        else:
            self._index(derived)

    def by_set(self, kind: str) -> Iterator[tuple[str, list[Derived]]]:
        """Derived edges of a kind grouped by what they end on (a resource or a set), in order."""
        groups: dict[str, list[Derived]] = defaultdict(list)
        for link in self.relations(kind):
            if isinstance(link, Derived):
                groups[link.target].append(link)
        yield from sorted(groups.items())

    def _index(self, link: Link) -> None:
        self._links[link.type].append(link)
        self._out[link.source, link.type].append(link)
        self._into[link.target, link.type].append(link)
        self._by_id[link.id] = link
        if isinstance(link, Relation):
            self._keep_evidence(link.evidence)

    # Sets

    @cached_property
    def tree(self) -> ResourceTree:
        return ResourceTree(self._assets.values())

    def set_of(self, identifiers: Iterable[str]) -> str:
        """The id of the one member, or of the interned set."""
        return self.tree.set_of(identifiers)

    def members(self, identifier: str) -> tuple[str, ...]:
        return self.tree.members(identifier)

    # Policies, documents, evidence

    def policies(self, on: str, layer: Layer) -> list[Policy]:
        return self._policies[layer].get(on, [])

    def policies_of(self, layer: Layer) -> Iterator[Policy]:
        for policies in self._policies[layer].values():
            yield from policies

    def document(self, evidence: Evidence) -> Json:
        """What the evidence points at; None when the document is not in the snapshot."""
        if evidence.document not in self._parsed:
            data = self._documents.get(evidence.document)
            self._parsed[evidence.document] = None if data is None else json.loads(data)
        return at_pointer(self._parsed[evidence.document], evidence.pointer)

    def evidence(self, identifier: str) -> Evidence | None:
        """A piece of evidence by its id, of facts and of derived edges."""
        return self._evidence.get(identifier)

    @property
    def all_evidence(self) -> Mapping[str, Evidence]:
        """Every piece of evidence that a fact, a policy's edge or a mark refers to, by id."""
        return self._evidence

    def _keep_evidence(self, pieces: Iterable[Evidence]) -> None:
        for evidence in pieces:
            self._evidence[evidence.id] = evidence
