"""Signatures of models (OpenSSF model signing): what `model.sig` covers, and whether it fits. Offline.

`model.sig` is a Sigstore bundle around a DSSE envelope around an in-toto statement
(https://github.com/sigstore/model-transparency, https://github.com/secure-systems-lab/dsse). Without a key
nobody here says that a signature is valid: the digests in it are compared with the files, and that is all.
"""

import base64
import binascii
import hashlib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    PublicKey = EllipticCurvePublicKey | Ed25519PublicKey

State = Literal["none", "valid", "present", "invalid", "unreadable"]

NAME = "model.sig"
PREDICATE = "https://model_signing/signature/v1.0"
PAYLOAD = "application/vnd.in-toto+json"
MOST_BYTES = 32_000_000
ISSUER = "1.3.6.1.4.1.57264.1.8"
"""Extension of Fulcio's certificates: who vouched for the identity (https://github.com/sigstore/fulcio)."""


class UnusableKey(Exception):
    """A key that cannot be used to check signatures, in a sentence."""


class Signature(msgspec.Struct, frozen=True):
    """What a signature says of one file; `signer` as it is given in it, which only `valid` proves."""

    state: State = "none"
    reason: str = ""
    signer: str = ""
    files: int = 0


class _Resource(msgspec.Struct, frozen=True):
    name: str
    algorithm: str
    digest: str


class _Serialization(msgspec.Struct, frozen=True):
    method: str


class _Predicate(msgspec.Struct, frozen=True):
    serialization: _Serialization
    resources: tuple[_Resource, ...]


class _Subject(msgspec.Struct, frozen=True):
    digest: dict[str, str]
    name: str = ""


class _Statement(msgspec.Struct, frozen=True, rename={"predicate_type": "predicateType", "kind": "_type"}):
    kind: str
    predicate_type: str
    subject: tuple[_Subject, ...]
    predicate: _Predicate


class _Sig(msgspec.Struct, frozen=True):
    sig: str


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: tuple[_Sig, ...]


class _Raw(msgspec.Struct, frozen=True, rename="camel"):
    raw_bytes: str


class _Chain(msgspec.Struct, frozen=True):
    certificates: tuple[_Raw, ...] = ()


class _Hint(msgspec.Struct, frozen=True):
    hint: str = ""


class _Material(
    msgspec.Struct, frozen=True, rename={"chain": "x509CertificateChain", "public_key": "publicKey"}
):
    certificate: _Raw | None = None
    chain: _Chain | None = None
    public_key: _Hint | None = None


class _Bundle(msgspec.Struct, frozen=True, rename="camel"):
    dsse_envelope: _Envelope
    verification_material: _Material


class _Unreadable(Exception):
    """Why a signature tells nothing."""


class Key:
    """A public key or a certificate that people gave: what signatures are checked with."""

    def __init__(self, pem: bytes) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        self.certificate: x509.Certificate | None = None
        try:
            if b"BEGIN CERTIFICATE" in pem:
                self.certificate = x509.load_pem_x509_certificate(pem)
                key: object = self.certificate.public_key()
            else:
                key = load_pem_public_key(pem)
        except ValueError:
            raise UnusableKey("The key is no public key or certificate in PEM.") from None
        self.public = _usable(key)

    def fits(self, leaf: "x509.Certificate | None", signature: bytes, signed: bytes) -> bool:
        """Whether this key signed, or the key of a certificate that it issued."""
        keys = [self.public]
        if leaf is not None and self.certificate is not None and _issued(leaf, self.certificate):
            keys.append(_usable(leaf.public_key()))
        return any(_verifies(each, signature, signed) for each in keys)


def _usable(key: object) -> "PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and key.key_size in (256, 384, 521):
        return key
    raise UnusableKey("The key is none of ECDSA P-256, P-384, P-521 and Ed25519.")


def _issued(leaf: "x509.Certificate", by: "x509.Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        leaf.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _verifies(key: "PublicKey", signature: bytes, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey

    sizes = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, signed, ECDSA(sizes[key.key_size]))
        else:
            key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def preauthenticated(payload: bytes) -> bytes:
    """What is signed: DSSE's encoding of the payload (its protocol.md, PAE)."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)


class Signatures:
    """The signatures of one inspection; each is read, and its files hashed, once."""

    def __init__(self, key: Key | None = None) -> None:
        self._key = key
        self._read: dict[Path, _Signed] = {}

    def of(self, file: Path, root: Path) -> Signature:
        """What the nearest `model.sig` says of a file: in its folder, or in one above it up to `root`."""
        for folder in (file.parent, *file.parent.parents):
            if (folder / NAME).is_file():
                if folder not in self._read:
                    self._read[folder] = _Signed(folder, self._key)
                return self._read[folder].says(file)
            if folder == root or not file.parent.is_relative_to(root):
                break
        return Signature()


class _Signed:
    """One `model.sig` and the files below its folder."""

    def __init__(self, folder: Path, key: Key | None) -> None:
        self._folder, self._key = folder, key

    def says(self, file: Path) -> Signature:
        try:
            bundle, statement = self._parsed
        except _Unreadable as unreadable:
            return Signature("unreadable", str(unreadable))
        resources = statement.predicate.resources
        if not any(self._path(each) == file for each in resources):
            return Signature("none", f"{NAME} does not name it")
        state, reason = self._checked
        return Signature(state, reason, _signer(bundle.verification_material), len(resources))

    @cached_property
    def _parsed(self) -> tuple[_Bundle, _Statement]:
        path = self._folder / NAME
        try:
            if path.stat().st_size > MOST_BYTES:
                raise _Unreadable(f"{NAME} is larger than {MOST_BYTES:,} bytes")
            bundle = msgspec.json.decode(path.read_bytes(), type=_Bundle)
            payload = base64.b64decode(bundle.dsse_envelope.payload, validate=True)
            statement = msgspec.json.decode(payload, type=_Statement)
        except (OSError, msgspec.MsgspecError, binascii.Error, UnicodeDecodeError, RecursionError):
            raise _Unreadable(f"{NAME} is no signature of a model") from None
        if bundle.dsse_envelope.payload_type != PAYLOAD or statement.predicate_type != PREDICATE:
            raise _Unreadable(f"{NAME} is a statement of another kind")
        if statement.predicate.serialization.method != "files":
            raise _Unreadable(f"{NAME} covers parts of files, which are not compared")
        return bundle, statement

    @cached_property
    def _checked(self) -> tuple[State, str]:
        """The worst that is found: a digest that does not fit, a signature that does not."""
        bundle, statement = self._parsed
        try:
            if reason := self._wrong(statement):
                return "invalid", reason
        except _Unreadable as unreadable:
            return "unreadable", str(unreadable)
        if self._key is None:
            return "present", "its digests fit; the signature was not checked, no key was given"
        payload = base64.b64decode(bundle.dsse_envelope.payload)
        try:
            signature = base64.b64decode(bundle.dsse_envelope.signatures[0].sig)
            fits = self._key.fits(_leaf(bundle.verification_material), signature, preauthenticated(payload))
        except (IndexError, binascii.Error, ValueError, UnusableKey):
            return "invalid", "the signature is none"
        return ("valid", "signed with the key") if fits else ("invalid", "the key did not sign it")

    def _wrong(self, statement: _Statement) -> str:
        """What does not fit: a file that is not as it was signed, or digests that were not signed for."""
        whole = hashlib.sha256()
        for each in statement.predicate.resources:
            try:
                digest = _digest(self._path(each), each.algorithm)
                whole.update(bytes.fromhex(each.digest))
            except OSError:
                return "a file that it covers cannot be read"
            except ValueError:
                raise _Unreadable(f"{NAME} has digests of a kind that is not known") from None
            if digest != each.digest.lower():
                return "a file that it covers has changed"
        roots = [each.digest.get("sha256", "") for each in statement.subject]
        return "" if roots == [whole.hexdigest()] else "its digests do not add up"

    def _path(self, resource: _Resource) -> Path:
        """Where a file that is covered lies; never outside the folder of the signature."""
        name = PurePosixPath(resource.name)
        if name.is_absolute() or ".." in name.parts:
            return self._folder / NAME / "outside"
        return self._folder / name


def _digest(path: Path, algorithm: str) -> str:
    if algorithm not in ("sha256", "blake2b"):
        raise ValueError(algorithm)
    if path.is_symlink():
        raise OSError(0, "it is a link")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _leaf(material: _Material) -> "x509.Certificate | None":
    from cryptography import x509

    raw = material.certificate or (
        material.chain.certificates[0] if material.chain and material.chain.certificates else None
    )
    if raw is None:
        return None
    return x509.load_der_x509_certificate(base64.b64decode(raw.raw_bytes))


def _signer(material: _Material) -> str:
    """The identity that the signature gives: of its certificate and who vouched for it, or its key's."""
    from cryptography import x509

    try:
        leaf = _leaf(material)
    except (ValueError, binascii.Error):
        return ""
    if leaf is None:
        hint = material.public_key.hint if material.public_key else ""
        return f"key {hint[:64]}" if hint.isalnum() else ""
    names: list[str] = []
    for extension in leaf.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names += extension.value.get_values_for_type(x509.RFC822Name)
            names += extension.value.get_values_for_type(x509.UniformResourceIdentifier)
    issuers = [
        extension.value.value[2:].decode("utf-8", "replace")
        for extension in leaf.extensions
        if extension.oid.dotted_string == ISSUER and isinstance(extension.value, x509.UnrecognizedExtension)
    ]
    name = ", ".join(names) or leaf.subject.rfc4514_string()
    return f"{name} (by {issuers[0]})"[:300] if issuers else name[:300]
