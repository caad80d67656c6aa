"""The layers of policies: which of their statements match a request, and what each layer says."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Literal

import msgspec

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

RCP_SERVICES = frozenset(
    "s3 sts kms sqs secretsmanager ecr aoss dynamodb cognito-idp cognito-identity logs".split()  # noqa: SIM905 - eleven names read better in a line
)
"""Services whose resources an RCP binds.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
"""


class Truth(IntEnum):
    """Three values, so that `min` is "and" and `max` is "or"."""

    NO = 0
    MAYBE = 1
    YES = 2


class Found(msgspec.Struct, frozen=True):
    """A match, the policy it stands in and that policy's layer."""

    policy: str
    layer: LayerName
    match: Match

    @property
    def allows(self) -> bool:
        return self.match.statement.effect == "Allow"


_NOBODY = (Truth.NO,) * len(Naming)


class Layer(msgspec.Struct, frozen=True, eq=False):
    """The matches of one layer, and what they amount to. `present`: it has a say.

    `granted` is how certain an Allow is, by how strongly it names the requester. Documents that are
    `unreadable` may allow and may deny: that is the `doubt`.
    """

    name: LayerName
    found: tuple[Found, ...] = ()
    unreadable: tuple[Condition, ...] = ()
    present: bool = False
    granted: tuple[Truth, ...] = _NOBODY
    allows: Truth = Truth.NO
    denies: Truth = Truth.NO

    def allowing(self, *namings: Naming) -> tuple[Found, ...]:
        """The Allow statements that match, of these namings only if any are given."""
        return tuple(
            each for each in self.found if each.allows and (not namings or each.match.naming in namings)
        )

    @property
    def denying(self) -> tuple[Found, ...]:
        return tuple(each for each in self.found if not each.allows)

    @property
    def doubt(self) -> Truth:
        return Truth.MAYBE if self.unreadable else Truth.NO

    @property
    def passes(self) -> Truth:
        """A limiting layer lets pass what it allows; where there is none it limits nothing."""
        return self.allows if self.present else Truth.YES


def _layer_of(
    name: LayerName, found: tuple[Found, ...], unreadable: tuple[Condition, ...], *, present: bool
) -> Layer:
    granted = [Truth.NO] * len(Naming)
    denies = doubt = Truth.MAYBE if unreadable else Truth.NO
    for each in found:
        truth = Truth.MAYBE if each.match.open else Truth.YES
        if not each.allows:
            denies = max(denies, truth)
        elif truth > granted[each.match.naming]:
            granted[each.match.naming] = truth
    return Layer(name, found, unreadable, present, tuple(granted), max(doubt, *granted), denies)


class Layers(msgspec.Struct, frozen=True, eq=False):
    """All layers of one request."""

    identity: Layer
    boundary: Layer
    session: Layer
    resource: Layer
    scp: tuple[Layer, ...]
    rcp: tuple[Layer, ...]
    vpc_endpoint: Layer

    def all(self) -> Iterator[Layer]:
        yield from (self.identity, self.boundary, self.session, self.resource)
        yield from self.scp
        yield from self.rcp
        yield self.vpc_endpoint


def question_of(request: Request, policies: Policies) -> Asked:
    """The request in the form that statements are matched against."""
    return asked(
        request.action,
        request.resource,
        request.principal,
        context_of(request),
        bounded=bool(policies.boundary),
    )


def match_all(request: Request, policies: Policies, question: Asked) -> Layers:
    """Every layer's matching statements. Only identities have identity policies; no boundary binds a root."""
    who = request.principal
    bounded = who.account and who.kind != "root"
    scps, rcps = _organisation(request, policies, question)
    return Layers(
        identity=_layer("identity", policies.identity if who.account else (), question),
        boundary=_layer("boundary", policies.boundary if bounded else (), question),
        session=_layer("session", policies.session if who.account else (), question),
        resource=_layer("resource", _unblocked(request, policies), question),
        scp=tuple(_layer("scp", level, question, present=True) for level in scps),
        rcp=tuple(_layer("rcp", level, question) for level in rcps),
        vpc_endpoint=_layer("vpc_endpoint", policies.vpc_endpoint, question),
    )


def _unblocked(request: Request, policies: Policies) -> Level:
    """RestrictPublicBuckets: a public bucket policy serves the bucket's own account and AWS services only.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    Its Deny statements keep biting.
    """
    who = request.principal
    outside = who.kind != "service" and who.account != request.owner
    if not (policies.restrict_public and outside):
        return policies.resource
    return tuple(
        NamedDocument(each.name, each.document.denies_only()) if is_public(each.document) else each
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
    bound = request.service in RCP_SERVICES and request.owner not in management
    retires_a_grant = question.action == "kms:retiregrant"  # no RCP binds it
    return scps, policies.rcp if bound and not retires_a_grant else ()


def _layer(name: LayerName, policies: Level, question: Asked, *, present: bool = False) -> Layer:
    if not policies:
        return _EMPTY[name, present]
    found: list[Found] = []
    unreadable: list[Condition] = []
    for policy in policies:
        if policy.document.fault:
            unreadable.append(Condition(f"policy {policy.name}", "can be read", (policy.document.fault,)))
        matches = [match(statement, question) for statement in policy.document.about(question.action)]
        found.extend(Found(policy.name, name, each) for each in matches if each)
    if not found and not unreadable:
        return _EMPTY[name, True]
    return _layer_of(name, tuple(found), tuple(unreadable), present=True)


_EMPTY = {(name, present): Layer(name, present=present) for name in LAYERS for present in (True, False)}
"""Layers in which nothing matches, by whether there is such a layer at all."""
