"""What principals bring to a capability: the statements about it, of their own and of their organisation."""

from collections.abc import Hashable, Iterable, Iterator
from functools import cache

import msgspec

from graph.access.aws.document import NamedDocument, Statement
from graph.access.aws.estate import Estate, Holder
from graph.access.aws.request import Level
from graph.access.capabilities import Capability


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A statement, its place (its document's name, the pointer in it), and the number of its shape."""

    statement: Statement
    place: tuple[str, str]
    shape: int

    @property
    def names_resources(self) -> bool:
        """Whether it bears only on resources that its patterns meet."""
        return self.statement.resources is not None and not self.statement.not_resource

    @property
    def personal(self) -> bool:
        """Whether it may treat principals with the same policies differently."""
        return self.statement.variable or bool(self.statement.about_principal)


class Side(msgspec.Struct, frozen=True):
    """One principal beside a capability.

    `may`: its own policies could allow something. Principals that are `alike` get the same answers from
    statements of the same shapes, unless these are personal.
    """

    holder: Holder
    alternatives: tuple[tuple[str, ...], ...]
    actions: tuple[str, ...]
    own: tuple[Placed, ...]
    scp: tuple[Placed, ...]
    may: bool
    alike: Hashable


class Sides:
    """The sides of a capability's principals; what an organisation says is looked up once an account."""

    def __init__(self, estate: Estate, capability: Capability) -> None:
        self.estate = estate
        self.capability = capability
        self._alternatives = capability.alternatives()
        self._actions = tuple(sorted({action.lower() for each in self._alternatives for action in each}))
        self.over = cache(self._over)
        self._under = cache(self._under_scps)

    def of(self, holder: Holder) -> Side:
        own = (*self._about("identity", holder.identity), *self._about("boundary", holder.boundary))
        faulty = any(each.document.fault for each in holder.identity)
        return Side(
            holder,
            self._alternatives,
            self._actions,
            own,
            self._under(holder.principal.account) if holder.scp else (),
            may=faulty or any(each.statement.effect == "Allow" for each in own),
            alike=_likeness(holder),
        )

    def _over(self, owner: str) -> tuple[Placed, ...]:
        """What the organisation of an account says of its resources."""
        levels = self.estate.guardrails(owner, "resource_control", "rcp") if owner else ()
        return tuple(self._levels("rcp", levels))

    def _under_scps(self, account: str) -> tuple[Placed, ...]:
        return tuple(self._levels("scp", self.estate.guardrails(account, "service_control", "scp")))

    def _levels(self, layer: str, levels: tuple[Level, ...]) -> Iterator[Placed]:
        for number, level in enumerate(levels):
            yield from self._about(f"{layer} {number}", level)

    def _about(self, layer: str, policies: Iterable[NamedDocument]) -> Iterator[Placed]:
        """The statements about one of the actions."""
        for policy in policies:
            for each in dict.fromkeys(s for action in self._actions for s in policy.document.about(action)):
                yield Placed(each, (policy.name, each.pointer), self.estate.shape_of(layer, each))


def _likeness(holder: Holder) -> Hashable:
    """One for all of an account; its own where a document cannot be read, or nobody knows the policies."""
    everything = (*holder.identity, *holder.boundary, *(each for level in holder.scp for each in level))
    if holder.outside or any(each.document.fault for each in everything):
        return holder.id
    who = holder.principal
    return who.account, who.kind, who.service_linked, tuple(each.name for each in holder.boundary)
