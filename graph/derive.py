"""Work out what follows from a snapshot: edges and marks, in the order of what builds on what.

Edge kinds are the modules of `graph/edges`, marks those of `graph/marks`; both are found by scanning the
folder. Everything here is a pure function of the facts.
"""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType

import msgspec

from graph import attack, ontology
from graph.facts import Facts
from graph.merge import kind_of_id, named_only
from graph.model import Derived, EdgeKind, Evidence, Mark

Progress = Callable[[str], None]


class Derivation(msgspec.Struct, frozen=True):
    """What was worked out: edges (with guards: blocked ones), marks, the attack graph, further evidence."""

    edges: tuple[Derived, ...]
    marks: tuple[Mark, ...]
    attack: attack.Attack
    evidence: Mapping[str, Evidence]


class BrokenOrder(Exception):
    """An edge kind or mark builds on something that does not exist, or on itself."""


def derive(facts: Facts, progress: Progress | None = None) -> Derivation:
    """Fill the facts with derived edges and marks, and build the attack graph on them."""
    for name, module in _in_order():
        if progress:
            progress(name)
        if hasattr(module, "KIND"):
            found = sorted(module.derive(facts), key=lambda edge: edge.id)
            for edge in found:
                _check(edge)
                facts.add(edge)
        else:
            for mark in list(module.derive(facts)):
                facts.mark(mark)
    _outsiders(facts)
    for mark in list(import_module("graph.marks.in_organization").derive(facts)):
        facts.mark(mark)
    if progress:
        progress("attack graph")
    built = attack.build(facts, edge_kinds())
    edges = tuple(e for name in sorted(edge_kinds()) for e in _derived(facts, name))
    return Derivation(edges, tuple(facts.marks), built, facts.all_evidence)


@cache
def edge_kinds() -> Mapping[str, EdgeKind]:
    """Every derived edge kind by name, as its file declares it."""
    kinds = [module.KIND for module in _modules("graph.edges") if hasattr(module, "KIND")]
    return MappingProxyType({kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)})


@cache
def builds_on() -> Mapping[str, tuple[str, ...]]:
    """What each derived relation and property is worked out from, for the rules' needs."""
    found = {kind.name: kind.builds_on for kind in edge_kinds().values()}
    for module in _modules("graph.marks"):
        if hasattr(module, "BUILDS_ON"):
            found[f"*.{module.__name__.rpartition('.')[2]}"] = module.BUILDS_ON
    steps = tuple(sorted({*edge_kinds(), *(passage.relation for passage in attack.STRUCTURAL)}))
    found |= {"STEP": steps, "BLOCKED_STEP": steps, "ON": (), "COVERS": ()}
    return MappingProxyType(found)


def _in_order() -> Iterator[tuple[str, ModuleType]]:
    """Edge kinds and marks, each after all that it builds on; ties by name."""
    modules = {module.KIND.name: module for module in _modules("graph.edges") if hasattr(module, "KIND")}
    for module in _modules("graph.marks"):
        if hasattr(module, "BUILDS_ON"):
            modules[f"*.{module.__name__.rpartition('.')[2]}"] = module
    waits = {name: {need for need in builds_on()[name] if need in modules} for name in modules}
    for name, needs in waits.items():
        unknown = [n for n in builds_on()[name] if n.isupper() and n not in ontology.RELATIONS]
        if unknown or name in needs:
            raise BrokenOrder(f"{name} builds on {', '.join(unknown) or 'itself'}; mend its builds_on")
    while waits:
        ready = sorted(name for name, needs in waits.items() if not needs & waits.keys())
        if not ready:
            raise BrokenOrder(f"these build on each other in a circle: {', '.join(sorted(waits))}")
        for name in ready:
            del waits[name]
            yield name, modules[name]


def _modules(package: str) -> list[ModuleType]:
    folder = import_module(package)
    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__))
    return [import_module(f"{package}.{name}") for name in names]


def _check(edge: Derived) -> None:
    if not edge.because and not edge.guards:
        raise BrokenOrder(f"{edge.type} from {edge.source} to {edge.target} says neither why nor why not")


def _outsiders(facts: Facts) -> None:
    """Nodes for principals whom only a policy names."""
    for kind in edge_kinds():
        for edge in (*facts.relations(kind), *facts.blocked(kind)):
            for end in (edge.source, edge.target):
                if facts.asset(end) is None and not facts.tree.is_set(end):
                    facts.add_asset(named_only(end, kind_of_id(end) or "ExternalPrincipal"))


def _derived(facts: Facts, kind: str) -> Iterator[Derived]:
    yield from (edge for edge in facts.relations(kind) if isinstance(edge, Derived))
    yield from facts.blocked(kind)
