"""What the answers of many services tell in the same way: a thing, as whom it runs, where, by which key."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from collectors.aws import names
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Relation, Value

ROLE = Call("aws:iam:GetRole", fills=("RUNS_AS",))
PROFILE = Call("aws:iam:GetInstanceProfile", fills=("RUNS_AS",))


def thing(
    own: Source,
    row: Answer,
    kind: str,
    native_kind: str,
    name: str,
    *,
    tags: str = "",
    **more: str,
) -> Asset:
    """The asset of `own.parent`: its name, its tags and further properties by where they stand in the row."""
    values: dict[str, Value | None] = {each: value(row, pointer) for each, pointer in more.items()}
    labels = {"tags": tags} if tags else {}
    if tags:
        values["tags"] = names.tags(row, tags)
    return Asset(
        id=own.parent,
        kind=kind,
        name=row.text(name) or own.parent,
        listed_by=row.listed_by,
        properties=names.known(native_kind=native_kind, **values),
        evidence=row.evidence(name=name, **labels, **more),
    )


def configured(asset: Asset, answer: Answer) -> Asset:
    """An asset that rests on the answer too: keys in its configuration are looked for there."""
    return msgspec.structs.replace(asset, evidence=(*asset.evidence, *answer.evidence()))


def value(row: Answer, pointer: str) -> Value | None:
    value = row.get(pointer)
    return value if isinstance(value, str | bool | int | float) else None


def runs_as(own: Source, answer: Answer, pointer: str) -> Iterator[Relation]:
    """The role that a pointer names: by its ARN, or by a name, of which IAM is asked the path."""
    named = answer.text(pointer)
    if not named:
        return
    evidence: tuple[Evidence, ...] = answer.evidence(target=pointer)
    if not named.startswith("arn:"):
        role = own.call(ROLE, RoleName=named.rpartition("/")[2])
        named, evidence = role.text("/Role/Arn") or "", (*evidence, *role.evidence(target="/Role/Arn"))
    if named:
        yield Relation("RUNS_AS", own.parent, named, evidence=evidence, target_kind="Role")


Profiles = Mapping[str, Answer]
"""What IAM says of instance profiles, by their names."""


def profiles(source: Source, named: Iterable[str | None]) -> Profiles:
    """What IAM says of the instance profiles with these ARNs or names; each is asked once."""
    wanted = sorted({each.rpartition("/")[2] for each in named if each})
    answers = source.each(lambda name: source.call(PROFILE, InstanceProfileName=name), wanted)
    return dict(zip(wanted, answers, strict=True))


def runs_as_profile(own: Source, answer: Answer, pointer: str, known: Profiles) -> Iterator[Relation]:
    """The role of the instance profile that a pointer names, by ARN or name.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
    """
    if named := answer.text(pointer):
        profile, inside = known[named.rpartition("/")[2]], "/InstanceProfile/Roles/0/Arn"
        if role := profile.text(inside):
            evidence = (*answer.evidence(target=pointer), *profile.evidence(target=inside))
            yield Relation("RUNS_AS", own.parent, role, evidence=evidence, target_kind="Role")


def in_subnets(own: Source, answer: Answer, pointer: str) -> Iterator[Relation]:
    """The subnet, or the list of subnets, whose ids stand at a pointer."""
    given = answer.get(pointer)
    places = [pointer] if isinstance(given, str) else [f"{pointer}/{n}" for n in range(_length(given))]
    for place in places:
        if subnet := answer.text(place):
            target = names.arn("ec2", own.region, own.account, f"subnet/{subnet}")
            evidence = answer.evidence(target=place)
            yield Relation("IN_NETWORK", own.parent, target, evidence=evidence, target_kind="Subnet")


def encrypted(own: Source, answer: Answer, pointer: str) -> Iterator[Relation]:
    """The key that a pointer names by ARN, id or alias."""
    if key := names.key_arn(answer.text(pointer), own.region, own.account):
        evidence = answer.evidence(target=pointer)
        yield Relation("ENCRYPTED_WITH", own.parent, key, evidence=evidence, target_kind="EncryptionKey")


def uses_image(own: Source, answer: Answer, pointer: str) -> Iterator[Relation]:
    """The container image whose address stands at a pointer; `names.image` makes it an asset."""
    if address := answer.text(pointer):
        image = names.image_id(address)
        evidence = answer.evidence(target=pointer)
        yield Relation("USES_IMAGE", own.parent, image, evidence=evidence, target_kind="ContainerImage")


def _length(given: object) -> int:
    return len(given) if isinstance(given, list) else 0
