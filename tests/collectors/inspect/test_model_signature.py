"""OpenSSF model signing: signatures made here in the form that the model-signing tool writes."""

import base64
import hashlib
import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from collectors.inspect.model_result import ModelResult
from collectors.inspect.model_signature import Key, UnusableKey, preauthenticated
from collectors.inspect.models import inspect_models
from tests.collectors.inspect import crafted

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
KEYS: dict[str, PrivateKey] = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}
HASHES = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}


def pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed_with(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA(HASHES[key.curve.key_size]))


def certificate(subject: PrivateKey, issuer: PrivateKey, name: str) -> x509.Certificate:
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    now = datetime.now(UTC)
    vouched = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8"), b"\x0c\x13https://idp.example"
    )
    return (
        x509.CertificateBuilder()
        .subject_name(who if subject is not issuer else by)
        .issuer_name(by)
        .public_key(subject.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(name)]), critical=False)
        .add_extension(vouched, critical=False)
        .sign(issuer, hashes.SHA256())
    )


def statement(folder: Path, *names: str) -> bytes:
    resources = [
        {
            "algorithm": "sha256",
            "name": name,
            "digest": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in names
    ]
    root = hashlib.sha256(b"".join(bytes.fromhex(each["digest"]) for each in resources)).hexdigest()
    made = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": folder.name, "digest": {"sha256": root}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False},
            "resources": resources,
        },
    }
    return json.dumps(made, indent=2).encode()


def bundle(payload: bytes, signature: bytes, material: dict[str, object]) -> bytes:
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
    }
    made = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"tlogEntries": [], **material},
        "dsseEnvelope": envelope,
    }
    return json.dumps(made).encode()


def a_model(folder: Path, key: PrivateKey, material: dict[str, object] | None = None) -> bytes:
    """A folder with two files, signed; the payload is returned."""
    (folder / "sub").mkdir()
    (folder / "a.safetensors").write_bytes(crafted.safetensors())
    (folder / "sub" / "b.pkl").write_bytes(pickle.dumps([1]))
    payload = statement(folder, "a.safetensors", "sub/b.pkl")
    hint: dict[str, object] = {"publicKey": {"hint": hashlib.sha256(pem(key)).hexdigest()}}
    (folder / "model.sig").write_bytes(
        bundle(payload, signed_with(key, preauthenticated(payload)), hint if material is None else material)
    )
    return payload


def looked(folder: Path, key: Key | None = None) -> dict[str, ModelResult]:
    return {Path(each.path).name: each for each in inspect_models([folder], key=key)}


@pytest.mark.parametrize("kind", KEYS)
def test_a_signature_is_valid_only_with_its_key(tmp_path: Path, kind: str) -> None:
    a_model(tmp_path, KEYS[kind])
    found = looked(tmp_path, Key(pem(KEYS[kind])))
    assert {each.signature for each in found.values()} == {"valid"}
    assert {each.signed_files for each in found.values()} == {2}
    assert found.keys() == {"a.safetensors", "b.pkl"}
    others = [key for name, key in KEYS.items() if name != kind]
    for other in others:
        assert {each.signature for each in looked(tmp_path, Key(pem(other))).values()} == {"invalid"}


def test_without_a_key_nothing_is_valid(tmp_path: Path) -> None:
    a_model(tmp_path, KEYS["P-256"])
    found = looked(tmp_path)["a.safetensors"]
    assert found.signature == "present"
    assert "not checked" in found.signature_reason
    assert found.signer.startswith("key ")


@pytest.mark.parametrize("with_key", [False, True])
def test_a_file_that_has_changed_is_not_what_was_signed(tmp_path: Path, *, with_key: bool) -> None:
    a_model(tmp_path, KEYS["P-256"])
    (tmp_path / "sub" / "b.pkl").write_bytes(pickle.dumps([2]))
    found = looked(tmp_path, Key(pem(KEYS["P-256"])) if with_key else None)
    assert {each.signature for each in found.values()} == {"invalid"}


def test_a_file_that_is_gone_is_not_what_was_signed(tmp_path: Path) -> None:
    a_model(tmp_path, KEYS["P-256"])
    (tmp_path / "sub" / "b.pkl").unlink()
    assert looked(tmp_path)["a.safetensors"].signature == "invalid"


def test_a_file_that_was_added_is_not_signed(tmp_path: Path) -> None:
    a_model(tmp_path, KEYS["P-256"])
    (tmp_path / "c.pkl").write_bytes(pickle.dumps([3]))
    found = looked(tmp_path, Key(pem(KEYS["P-256"])))["c.pkl"]
    assert (found.signature, found.signature_reason) == ("none", "model.sig does not name it")


def test_the_signature_of_another_payload_is_invalid(tmp_path: Path) -> None:
    """Digests that fit, signed by nobody: a payload put under an old signature."""
    payload = a_model(tmp_path, KEYS["P-256"])
    forged = bundle(payload, signed_with(KEYS["P-256"], preauthenticated(payload + b" ")), {})
    (tmp_path / "model.sig").write_bytes(forged)
    assert looked(tmp_path, Key(pem(KEYS["P-256"])))["a.safetensors"].signature == "invalid"


def test_digests_that_do_not_add_up_are_invalid(tmp_path: Path) -> None:
    payload = a_model(tmp_path, KEYS["P-256"])
    made = json.loads(payload)
    made["subject"][0]["digest"]["sha256"] = "0" * 64
    changed = json.dumps(made).encode()
    signature = signed_with(KEYS["P-256"], preauthenticated(changed))
    (tmp_path / "model.sig").write_bytes(bundle(changed, signature, {}))
    assert looked(tmp_path, Key(pem(KEYS["P-256"])))["a.safetensors"].signature == "invalid"


def test_a_name_that_leads_out_is_never_followed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "a.pkl").write_bytes(pickle.dumps([1]))
    made = json.loads(statement(folder, "a.pkl", "../secret"))
    (folder / "model.sig").write_bytes(bundle(json.dumps(made).encode(), b"", {}))
    assert looked(folder)["a.pkl"].signature == "invalid"


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff\xfe", b'{"dsseEnvelope": 1}'])
def test_a_signature_that_is_none_is_unreadable(tmp_path: Path, content: bytes) -> None:
    a_model(tmp_path, KEYS["P-256"])
    (tmp_path / "model.sig").write_bytes(content)
    assert looked(tmp_path, Key(pem(KEYS["P-256"])))["a.safetensors"].signature == "unreadable"


def test_a_statement_of_another_kind_is_unreadable(tmp_path: Path) -> None:
    made = json.loads(a_model(tmp_path, KEYS["P-256"]))
    made["predicateType"] = "https://slsa.dev/provenance/v1"
    (tmp_path / "model.sig").write_bytes(bundle(json.dumps(made).encode(), b"", {}))
    assert looked(tmp_path)["a.safetensors"].signature == "unreadable"


def test_who_signed_is_told_as_the_certificate_says(tmp_path: Path) -> None:
    leaf = certificate(KEYS["P-256"], KEYS["P-384"], "signer@example.org")
    raw = base64.b64encode(leaf.public_bytes(Encoding.DER)).decode()
    a_model(tmp_path, KEYS["P-256"], {"certificate": {"rawBytes": raw}})
    found = looked(tmp_path)["a.safetensors"]
    assert (found.signature, found.signer) == ("present", "signer@example.org (by https://idp.example)")
    issuer = certificate(KEYS["P-384"], KEYS["P-384"], "ca@example.org").public_bytes(Encoding.PEM)
    assert looked(tmp_path, Key(issuer))["a.safetensors"].signature == "valid"
    stranger = certificate(KEYS["P-521"], KEYS["P-521"], "ca@example.org").public_bytes(Encoding.PEM)
    assert looked(tmp_path, Key(stranger))["a.safetensors"].signature == "invalid"


def test_no_signature_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    assert looked(tmp_path)["a.pkl"].signature == "none"


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_key_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableKey):
        Key(content)
