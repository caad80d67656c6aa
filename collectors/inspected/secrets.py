"""Secrets that a look inside found, as facts: what holds them, who can read that, and what they open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from collectors.azure import names as azure
from collectors.gcp import iam_keys
from collectors.gcp import names as gcp
from collectors.inspect.model_result import ModelResult
from collectors.inspect.sample import Refusal
from collectors.inspect.secret_place import ImageSeen, ModelSecret, PublicName, RepositorySeen, SecretPlace
from collectors.inspected.places import on_github, repository
from collectors.inspected.report import Report, Result
from collectors.redaction import hash_of
from graph.model import Asset, Call, Coverage, Evidence, Fact, Relation

READ = Call(
    "inspect:secrets:Read",
    lists=("Credential", "Repository"),
    fills=("HOLDS_CREDENTIAL", "AUTHENTICATES", "Repository.visibility"),
)
MODEL_PROVIDERS = (
    *("openai", "anthropic", "huggingface", "cohere", "mistral", "groq", "replicate", "perplexity", "nvidia"),
    *("deepseek", "openrouter", "together", "fireworks", "xai", "elevenlabs", "google"),
)
"""Providers whose keys open models; the rest of `inspect/providers.yaml` are platforms of other kinds."""


class Estate(msgspec.Struct, frozen=True, dict=True):
    """What is known beside the reports: assets by id, the calls that were made, and by keyed hash the ids of
    keys that were found elsewhere."""

    assets: Mapping[str, Asset]
    coverage: tuple[Coverage, ...]
    keys: Mapping[str, str] = {}

    @cached_property
    def containers(self) -> Mapping[str, list[str]]:
        """Blob containers that accept keys, by storage account."""
        found: dict[str, list[str]] = {}
        for asset in self.assets.values():
            named = azure.container_of(asset.id) if asset.kind == "Bucket" else None
            if named and asset.get("local_auth") is not False:
                found.setdefault(named[0], []).append(asset.id)
        return found

    @cached_property
    def services(self) -> Mapping[str, list[str]]:
        """Azure's AI services that accept keys, by name."""
        found: dict[str, list[str]] = {}
        for asset in self.assets.values():
            mine = asset.kind == "AIService" and asset.id.startswith(azure.subscription(""))
            if mine and asset.get("local_auth") is not False:
                found.setdefault(asset.id.rpartition("/")[2], []).append(asset.id)
        return found

    @cached_property
    def listed(self) -> frozenset[str]:
        """Google's service accounts whose keys were listed to the end: what the list lacks opens nothing."""
        return frozenset(r.parent for r in self.coverage if r.call == iam_keys.LIST.id and r.complete)


def credential_id(secret_hash: str, opens: Sequence[PublicName] = ()) -> str:
    """The id of a key: by its public name where it has one, as the clouds' collectors name it; else by the
    keyed hash."""
    names = {each.kind: each.value for each in opens}
    if key := names.get("aws_access_key_id"):
        return f"credential:aws:{key}"
    if key := names.get("gcp_key_id"):
        return f"credential:gcp:{key}"
    return f"credential:{secret_hash}"


def identifiers(reports: Iterable[Report]) -> dict[str, str]:
    """The ids of keys by keyed hash, so that the same key elsewhere is the same asset; by its public name if
    it has one anywhere."""
    found: dict[str, str] = {}
    for report in reports:
        for secret in (each for result in report.results for each in _secrets(result)):
            own = hash_of(secret.fingerprint)
            if found.get(own) in (None, credential_id(own)):
                found[own] = credential_id(own, secret.opens)
    return found


def _secrets(result: Result) -> Sequence[SecretPlace | ModelSecret]:
    if isinstance(result, ModelResult):
        return result.secrets
    return (result,) if isinstance(result, SecretPlace) else ()


def facts(reports: Iterable[Report], estate: Estate) -> Iterator[Fact | Coverage]:
    """Repositories and images with the keys in them; the newest report of a repository counts."""
    told: set[str] = set()
    for report in reports:
        holders = dict(_holders(report))
        fresh = {path: holder for path, holder in holders.items() if holder.id not in told}
        told |= {holder.id for holder in fresh.values()}
        yield from fresh.values()
        for number, result in enumerate(report.results):
            if isinstance(result, SecretPlace) and (holder := fresh.get(result.repository)):
                evidence = Evidence(READ.id, report.digest, f"/results/{number}")
                where = "notebook" if ".ipynb" in result.path else "history" if result.commit else "file"
                yield from key(result, holder.id, where, evidence, estate)
            elif isinstance(result, Refusal):
                yield _gap(report, result.reason, _holder_of(result.path, holders))


def _holders(report: Report) -> Iterator[tuple[str, Asset]]:
    for number, result in enumerate(report.results):
        pointer = f"/results/{number}"
        if isinstance(result, RepositorySeen):
            yield result.path, _repository(report, result, pointer)
        elif isinstance(result, ImageSeen):
            yield result.path, _image(report, result, pointer)


def _image(report: Report, seen: ImageSeen, pointer: str) -> Asset:
    name = seen.path.removeprefix("oci://")
    return Asset(
        id=f"oci://{name}",
        kind="ContainerImage",
        name=name,
        properties={"service": "registry", "native_kind": "image", "digest": seen.digest},
        evidence=(Evidence(READ.id, report.digest, pointer, ("digest",)),),
    )


def _repository(report: Report, seen: RepositorySeen, pointer: str) -> Asset:
    identifier = repository(seen.url or f"file://{seen.path}")
    evidence = Evidence(READ.id, report.digest, pointer, ("visibility",) if seen.visibility else ())
    stamp = {"service": "git", "native_kind": "repository"}
    if on_github(identifier):
        stamp["provider"] = "github"
    if seen.visibility:
        stamp["visibility"] = seen.visibility
    name = identifier.partition("://")[2].partition("/")[2]
    return Asset(id=identifier, kind="Repository", name=name, properties=stamp, evidence=(evidence,))


def key(
    found: SecretPlace | ModelSecret, holder: str, where: str, evidence: Evidence, estate: Estate
) -> Iterator[Fact]:
    """A key that was found, that it lies in its holder, and what it opens."""
    own = hash_of(found.fingerprint)
    identifier = estate.keys.get(own) or credential_id(own, found.opens)
    names: dict[str, str] = {each.kind: each.value for each in found.opens}
    if identifier not in estate.assets:
        properties = {"native_kind": found.rule, "service": "inspect"}
        if provider := found.provider or names.get("provider"):
            properties["provider"] = provider
        if account := names.get("aws_account"):
            properties["account"] = account
        yield Asset(
            id=identifier,
            kind="Credential",
            name=f"{found.provider or 'a'} key".strip(),
            properties=properties,
            evidence=(evidence,),
        )
    yield Relation("HOLDS_CREDENTIAL", holder, identifier, properties={"place": where}, evidence=(evidence,))
    for target, kind in _opened(names, estate):
        yield Relation("AUTHENTICATES", identifier, target, evidence=(evidence,), target_kind=kind)
        if kind == "ModelProvider" and target not in estate.assets:
            provider = target.partition(":")[2]
            yield Asset(
                id=target,
                kind="ModelProvider",
                name=provider,
                properties={"provider": provider, "service": "inspect"},
                evidence=(evidence,),
            )


def _opened(names: Mapping[str, str], estate: Estate) -> Iterator[tuple[str, str]]:
    """What a key opens, as far as its public names tell; an AWS key's user is in the list of keys alone.

    A key that its cloud listed has its relation from there; one that a complete list lacks opens nothing.
    """
    if email := names.get("gcp_service_account"):
        identity = gcp.service_account(email)
        settled = f"credential:gcp:{names.get('gcp_key_id')}" in estate.assets or identity in estate.listed
        if not settled:
            yield identity, "ServiceIdentity"
    for bucket in estate.containers.get(names.get("azure_storage_account", "").lower(), ()):
        yield bucket, "Bucket"
    for service in estate.services.get(names.get("azure_resource", "").partition(".")[0].lower(), ()):
        yield service, "AIService"
    if (provider := names.get("provider")) in MODEL_PROVIDERS:
        yield f"provider:{provider}", "ModelProvider"


def _holder_of(path: str, holders: Mapping[str, Asset]) -> Asset | None:
    return next((holder for root, holder in holders.items() if path.startswith(root)), None)


def _gap(report: Report, reason: str, holder: Asset | None) -> Coverage:
    named = holder.name if holder else ", ".join(report.header.addresses[:3])
    return Coverage(
        call=READ.id,
        parent=holder.id if holder else "",
        outcome="unsupported",
        sentence=f"{named} was not looked at as a whole: {reason}.",
        at=report.header.at,
    )
