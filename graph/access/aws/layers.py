"""The layers of policies: which of their statements match a request, and what each layer says."""

from enum import IntEnum
from functools import cache, cached_property
from typing import Literal

import msgspec

from graph.access.aws import actions
from graph.access.aws.context import Condition
from graph.access.aws.document import NamedDocument
from graph.access.aws.matching import Asked, Match, asked, match
from graph.access.aws.principal import Naming
from graph.access.aws.public import is_public
from graph.access.aws.request import Level, Policies, Request, context_of

LayerName = Literal["identity", "boundary", "session", "resource", "scp", "rcp", "vpc_endpoint"]
LAYERS: tuple[LayerName, ...] = (
    "identity",
    "boundary",
    "session",
    "resource",
    "scp",
    "rcp",
    "vpc_endpoint",
)


@cache
def rcp_services() -> frozenset[str]:
    """Services whose resources an RCP binds, as of the table's date.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
    """
    return frozenset(actions.table().rcp_services)


class Truth(IntEnum):
    """Three values, so that `min` is "and" and `max` is "or"."""

    NO = 0
    MAYBE = 1
    YES = 2


class Found(msgspec.Struct, frozen=True, gc=False):
    """A match, the policy it stands in and that policy's layer."""

    policy: str
    layer: LayerName
    match: Match

    @property
    def allows(self) -> bool:
        return self.match.statement.effect == "Allow"


class _Tally(msgspec.Struct, frozen=True, gc=False):
    """What the statements of a layer amount to; `granted` by how strongly an Allow names the requester."""

    granted: tuple[Truth, ...]
    allows: Truth
    denies: Truth


class Layer:
    """One layer's policies beside a request. `present`: it has a say.

    How certain it allows and denies is worked out when somebody asks, and which statements match when
    somebody asks for these: most decisions need neither of most layers.
    """

    __slots__ = ("_found", "_matches", "_policies", "_question", "_tally", "name", "present")

    def __init__(self, name: LayerName, policies: Level, question: Asked, *, present: bool = False) -> None:
        self.name = name
        self.present = present or bool(policies)
        self._policies = policies
        self._question = question
        self._tally = None if policies else _SILENT
        self._found: tuple[Found, ...] | None = None
        self._matches: list[tuple[str, Match]] = []

    @property
    def allows(self) -> Truth:
        return (self._tally or self._count()).allows

    @property
    def denies(self) -> Truth:
        return (self._tally or self._count()).denies

    def granted(self, naming: Naming) -> Truth:
        """How certain it allows by statements that name the requester so."""
        return (self._tally or self._count()).granted[naming]

    @property
    def passes(self) -> Truth:
        """A limiting layer lets pass what it allows; where there is none it limits nothing."""
        return self.allows if self.present else Truth.YES

    @property
    def found(self) -> tuple[Found, ...]:
        """The statements that match."""
        if self._found is None:
            if self._tally is None:
                self._count()
            self._found = tuple(Found(policy, self.name, each) for policy, each in self._matches)
        return self._found

    def allowing(self, naming: Naming | None = None) -> tuple[Found, ...]:
        """The Allow statements that match, of this naming only if one is given."""
        return tuple(each for each in self.found if each.allows and naming in (None, each.match.naming))

    @property
    def denying(self) -> tuple[Found, ...]:
        return tuple(each for each in self.found if not each.allows)

    @property
    def doubt(self) -> Truth:
        """A document that cannot be read may allow and may deny."""
        for each in self._policies:
            if each.document.fault:
                return Truth.MAYBE
        return Truth.NO

    @property
    def unreadable(self) -> tuple[Condition, ...]:
        """What would settle the doubt."""
        return tuple(
            Condition(f"policy {each.name}", "can be read", (each.document.fault,))
            for each in self._policies
            if each.document.fault
        )

    def _count(self) -> _Tally:
        denies = doubt = self.doubt
        granted = [doubt, doubt, doubt, doubt]
        for policy in self._policies:
            for statement in policy.document.about(self._question.action):
                each = match(statement, self._question)
                if each is None:
                    continue
                self._matches.append((policy.name, each))
                truth = Truth.MAYBE if each.open else Truth.YES
                if statement.effect == "Deny":
                    denies = max(denies, truth)
                elif truth > granted[each.naming]:
                    granted[each.naming] = truth
        self._tally = _Tally(tuple(granted), max(granted), denies)
        return self._tally


_SILENT = _Tally((Truth.NO,) * len(Naming), Truth.NO, Truth.NO)


class Layers:
    """All layers of one request. Only identities have identity policies; no boundary binds a root."""

    def __init__(self, request: Request, policies: Policies, question: Asked) -> None:
        who = request.principal
        bounded = who.account and who.kind != "root"
        self._request = request
        self._policies = policies
        self._question = question
        self.identity = Layer("identity", policies.identity if who.account else (), question)
        self.boundary = Layer("boundary", policies.boundary if bounded else (), question)
        self.session = Layer("session", policies.session if who.account else (), question)
        self.resource = Layer("resource", _unblocked(request, policies), question)

    @cached_property
    def limits(self) -> tuple[Layer, ...]:
        """What grants nothing and must let pass: the levels of the organisation, the endpoint."""
        return (*self._levels[0], self._vpc_endpoint)

    @cached_property
    def every(self) -> tuple[Layer, ...]:
        """All layers, in the order of LAYERS."""
        scps, rcps = self._levels
        own = (self.identity, self.boundary, self.session, self.resource)
        return (*own, *scps, *rcps, self._vpc_endpoint)

    @cached_property
    def _vpc_endpoint(self) -> Layer:
        return Layer("vpc_endpoint", self._policies.vpc_endpoint, self._question)

    @cached_property
    def _levels(self) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
        scps, rcps = _organisation(self._request, self._policies, self._question)
        return (
            tuple(Layer("scp", level, self._question, present=True) for level in scps),
            tuple(Layer("rcp", level, self._question) for level in rcps),
        )


def question_of(request: Request, policies: Policies) -> Asked:
    """The request in the form that statements are matched against."""
    return asked(
        request.action,
        request.resource,
        request.principal,
        context_of(request),
        bounded=bool(policies.boundary),
    )


def _unblocked(request: Request, policies: Policies) -> Level:
    """RestrictPublicBuckets: a public bucket policy serves the bucket's own account and AWS services only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    Its Deny statements keep biting. Access control lists it leaves alone.
    """
    who = request.principal
    outside = who.kind != "service" and who.account != request.owner
    if not (policies.restrict_public and outside):
        return policies.resource
    return tuple(
        NamedDocument(each.name, each.document.denies_only())
        if is_public(each.document) and not each.listed
        else each
        for each in policies.resource
    )


def _organisation(
    request: Request, policies: Policies, question: Asked
) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """SCPs bind the principals of member accounts, RCPs the resources of member accounts.

    Neither binds service-linked roles, nor what belongs to the management account; SCPs bind no service
    principals, and RCPs only the services that support them.
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    who = request.principal
    if not (policies.scp or policies.rcp) or who.service_linked:
        return (), ()
    given = question.context.get("aws:principalorgmasteraccountid")
    management = given if isinstance(given, tuple) else ()
    scps = policies.scp if who.account and who.account not in management else ()
    bound = bool(policies.rcp) and request.service in rcp_services() and request.owner not in management
    retires_a_grant = question.action == "kms:retiregrant"  # no RCP binds it
    return scps, policies.rcp if bound and not retires_a_grant else ()
