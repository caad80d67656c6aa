"""Secrets in the configuration that collectors saw, as facts: their answers hold fingerprints already.

A fingerprint counts where its detector knows a kind of key, or where the name beside it speaks of a secret
(`BOOKING_DB_PASSWORD`); a whole script or prompt that was hidden is no key.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import msgspec

from collectors.redaction import FINGERPRINT, SECRET_NAME, detector_names, hash_of
from graph.model import Asset, Coverage, Evidence, Fact, Json, Relation, at_pointer, pointer_token

HOLDERS = (
    *("Function", "Workload", "VM", "Notebook", "TrainingJob", "Pipeline", "Agent", "Model", "Endpoint"),
    *("Workspace", "Prompt", "Tool", "MCPServer", "Guardrail", "Cluster", "ApiGateway"),
)
"""Kinds whose configuration may hold a key."""
KEY_ID = "aws_access_key_id"
"""A public name: it stands for the key only where the key is known."""
PLACES = (
    ("environment", "environment"),
    ("variable", "environment"),
    ("hyperparameter", "hyperparameter"),
    ("onstart", "lifecycle_script"),
    ("oncreate", "lifecycle_script"),
    ("lifecycleconfigcontent", "lifecycle_script"),
    ("userdata", "lifecycle_script"),
    ("instruction", "prompt"),
    ("prompt", "prompt"),
    ("templateconfiguration", "prompt"),
)
"""Words of a pointer, and the place they mean; the first that stands in it decides."""


class _Key(msgspec.Struct, frozen=True):
    fingerprint: str
    pointer: str
    name: str


def facts(
    assets: Mapping[str, Asset],
    coverage: Iterable[Coverage],
    documents: Mapping[str, bytes],
    keys: Mapping[str, str],
) -> Iterator[Fact]:
    """The keys in the answers that assets were made of; `keys` are ids by hash, of keys found elsewhere."""
    lists = {digest: record.items_at for record in coverage for digest in record.documents}
    parsed: dict[str, tuple[bool, Json]] = {}
    made: set[str] = set()
    for asset in assets.values():
        if asset.kind not in HOLDERS:
            continue
        for call, digest, root in sorted({_root(piece, lists) for piece in asset.evidence}):
            held, document = parsed.setdefault(digest, _document(documents.get(digest)))
            for key in _keys(at_pointer(document, root), root, keys) if held else ():
                evidence = Evidence(call, digest, key.pointer, ("place",))
                identifier = keys.get(hash_of(key.fingerprint), f"credential:{hash_of(key.fingerprint)}")
                if identifier not in assets and identifier not in made:
                    made.add(identifier)
                    yield _credential(identifier, key, asset, evidence)
                place = {"place": _place(key.pointer)}
                yield Relation(
                    "HOLDS_CREDENTIAL", asset.id, identifier, properties=place, evidence=(evidence,)
                )


def _root(piece: Evidence, lists: Mapping[str, str]) -> tuple[str, str, str]:
    """The part of an answer that speaks of one asset: its item, where the answer is a list."""
    items = lists.get(piece.document, "")
    if items and piece.pointer.startswith(f"{items}/"):
        return piece.call, piece.document, f"{items}/{piece.pointer[len(items) + 1 :].partition('/')[0]}"
    return piece.call, piece.document, ""


def _document(data: bytes | None) -> tuple[bool, Json]:
    """A document, when there is a fingerprint in it."""
    if data is None or b"redacted:" not in data:
        return False, None
    parsed: Json = msgspec.json.decode(data)
    return True, parsed


def _keys(value: Json, pointer: str, keys: Mapping[str, str], name: str = "") -> Iterator[_Key]:
    if isinstance(value, dict):
        own = value.get("name") or value.get("Name") or value.get("key") or value.get("Key")
        for key, member in value.items():
            called = own if isinstance(own, str) and key.lower() == "value" else key
            yield from _keys(member, f"{pointer}/{pointer_token(key)}", keys, called)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _keys(member, f"{pointer}/{index}", keys, name)
    elif isinstance(value, str):
        for found in FINGERPRINT.finditer(value):
            detector = found[0].split(":")[1]
            known = detector in _kinds() and (detector != KEY_ID or hash_of(found[0]) in keys)
            if known or (detector != KEY_ID and found[0] == value and SECRET_NAME.search(name)):
                yield _Key(found[0], pointer, name)


@cache
def _kinds() -> frozenset[str]:
    """What fingerprints of keys are named by: a detector, or whose key the rules say that it is."""
    from collectors.inspect.secret_engine import ANY, providers

    return detector_names() | providers() | {ANY}


def _place(pointer: str) -> str:
    lowered = pointer.lower()
    return next((place for word, place in PLACES if word in lowered), "config")


def _credential(identifier: str, key: _Key, holder: Asset, evidence: Evidence) -> Asset:
    from collectors.inspect.secret_engine import provider_of

    detector = key.fingerprint.split(":")[1]
    kind = detector if detector in _kinds() else "secret"
    properties = {"native_kind": kind, "service": "configuration"}
    if provider := provider_of(detector):
        properties["provider"] = provider
    if account := holder.get("account"):
        properties["account"] = str(account)
    return Asset(
        id=identifier,
        kind="Credential",
        name=f"{provider or 'a'} key in {key.name or 'configuration'}",
        properties=properties,
        evidence=(evidence,),
    )
