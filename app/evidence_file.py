"""The proof of one path as a file: numbered evidence with call, time, document and the statement itself."""

import msgspec

from app.reading import Proof, View
from graph.model import Json, at_pointer
from queries.results import Result


class Piece(msgspec.Struct, frozen=True):
    """One piece of evidence. `document` is the SHA-256 of the redacted answer's canonical JSON."""

    number: int
    id: str
    call: str
    account: str
    region: str
    at: str
    document: str
    pointer: str
    supports: tuple[str, ...]
    statement: Json


class File(msgspec.Struct, frozen=True):
    """What the download holds; the same snapshot gives the same bytes."""

    snapshot: str
    taken_at: str
    manifest: dict[str, str]
    result: Result
    evidence: tuple[Piece, ...]


def evidence_file(view: View, path: Result) -> bytes:
    """Everything that supports the path, as JSON."""
    pieces = tuple(_piece(number, proof) for number, proof in enumerate(view.proofs_of_path(path), start=1))
    manifest = view.snapshot.manifest
    whole = File(
        snapshot=view.snapshot.id,
        taken_at=view.snapshot.taken_at.isoformat(),
        manifest={name: each.sha256 for name, each in sorted(manifest.files.items())},
        result=path,
        evidence=pieces,
    )
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=1) + b"\n"


def _piece(number: int, proof: Proof) -> Piece:
    evidence = proof.evidence
    return Piece(
        number=number,
        id=evidence.id,
        call=evidence.call,
        account=proof.account,
        region=proof.region,
        at=proof.at.isoformat() if proof.at else "",
        document=evidence.document,
        pointer=evidence.pointer,
        supports=evidence.supports,
        statement=at_pointer(proof.document, evidence.pointer),
    )
