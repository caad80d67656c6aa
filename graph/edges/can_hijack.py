"""CAN_HIJACK: who can take over a notebook's console, an agent, or the code behind an agent's tool."""

from collections.abc import Iterator

from graph.access.engine import BUILDS_ON, capability_edges, held_or_blocked
from graph.facts import Facts
from graph.model import Derived, EdgeKind

KIND = EdgeKind(
    name="CAN_HIJACK",
    meaning="The identity can open the notebook's console, rewrite the agent, or change the code of a tool.",
    needs="act",
    gives="run",
    builds_on=("CAN_WRITE", "IMPLEMENTED_BY", "USES_TOOL", *BUILDS_ON),
    attack=("T1648", "T1078.004"),
    atlas=("AML.T0053",),
    abuse="Ask for a presigned address of the notebook, edit and prepare the agent, or update the function.",
    fix="Keep these actions to the owner of the notebook or agent; deploy tool code from the pipeline only.",
)


def derive(facts: Facts) -> Iterator[Derived]:
    """Rights on the notebook or agent itself, and writers of the functions that implement tools."""
    yield from capability_edges(facts, KIND.name)
    writes = held_or_blocked(facts, "CAN_WRITE")
    for code in sorted(writes):
        uses = [use for member in facts.members(code) for use in _uses(facts, member)]
        if not uses:
            continue
        agents = facts.set_of(agent for agent, _ in uses)
        for write in writes[code]:
            yield Derived(
                type=KIND.name,
                source=write.source,
                target=agents,
                because=tuple(dict.fromkeys((write.id, *way) for _, way in uses)),
                confidence=write.confidence,
                conditions=write.conditions,
                guards=write.guards,
            )


def _uses(facts: Facts, function: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The agents behind whose tools the function is, and the relations that say so."""
    for implements in facts.into(function, "IMPLEMENTED_BY"):
        for uses in facts.into(implements.source, "USES_TOOL"):
            yield uses.source, (implements.id, uses.id)
