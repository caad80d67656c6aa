"""Redaction: no secret leaves the door, and what names things stays readable."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collectors.redaction import FINGERPRINT, Detector, Redactor, SecretPlace, hash_of
from graph.model import Json
from tests.collectors.door import KEY

# Built from parts, so that no file of this project holds what looks like a secret.
A = "Qx7" * 40
SECRETS = {
    "private_key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE" + A[:60] + "\n-----END RSA PRIVATE KEY-----",
    "aws_access_key_id": "AKIA" + "Q7" * 8,
    "aws_secret_key": "Qx7+" * 10,
    "bedrock_api_key": "ABSK" + A[:96],
    "openai_key": "sk-" + "proj-" + A[:40],
    "anthropic_key": "sk-" + "ant-" + A[:40],
    "huggingface_token": "hf_" + A[:34],
    "google_api_key": "AIza" + A[:35],
    "github_token": "ghp_" + A[:36],
    "slack_token": "xoxb-" + A[:24],
    "azure_storage_key": A[:86] + "==",
    "azure_sas": A[:43],
    "jwt": "eyJ" + A[:20] + ".eyJ" + A[:30] + "." + A[:40],
    "url_password": "hunter" + "2xyz",
    "url_token": A[:24],
    "webhook_url": "T0000000/B0000000/" + A[:24],
}
AROUND = {
    "aws_secret_key": "aws_secret_access_key = {}",
    "azure_storage_key": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};",
    "azure_sas": "https://a.blob.core.windows.net/c?sv=1&sig={}",
    "url_password": "postgres://reader:{}@db.example.org/notes",
    "url_token": "https://{}@git.example.org/notes.git",
    "webhook_url": "https://hooks.slack.com/services/{}",
}
"""What a secret that is only recognised by its surroundings stands in."""

DETECTORS = msgspec.convert(
    yaml.safe_load((files("collectors") / "redaction.yaml").read_text("utf-8")), list[Detector]
)
PLACES = [
    place
    for table in sorted(Path(str(files("collectors"))).glob("*/redaction.yaml"))
    for place in msgspec.convert(yaml.safe_load(table.read_text("utf-8")), list[SecretPlace])
]
CANARY = "a canary, sings"


def redact(document: Json, call: str = "aws:iam:GetUser", key: bytes = KEY) -> Json:
    return Redactor(key).redact(call, document)


def standing(name: str) -> str:
    return AROUND.get(name, "{}").format(SECRETS[name])


def test_every_detector_has_a_canary() -> None:
    assert {detector.name for detector in DETECTORS} == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "shape",
    [
        lambda text: text,
        lambda text: {"deep": [{"value": f"before {text} after"}]},
        lambda text: {text: "as a key"},
        lambda text: {"Policy": json.dumps({"inside": [text]})},
        lambda text: {"Policy": json.dumps({"twice": json.dumps({"inside": text})})},
        lambda text: {"Policy": json.dumps({text: 1}).replace("/", "\\/")},
    ],
    ids=["alone", "deep", "key", "json", "json in json", "key in escaped json"],
)
def test_a_secret_never_survives_wherever_it_stands(name: str, shape: Callable[[str], Json]) -> None:
    told = json.dumps(redact(shape(standing(name))), ensure_ascii=False)
    for form in (SECRETS[name], json.dumps(SECRETS[name])[1:-1], SECRETS[name].replace("/", "\\/")):
        assert form not in told
    assert f"redacted:{name}:" in told


@pytest.mark.parametrize(
    ("key", "name"), [("aws_secret_access_key", "aws_secret_key"), ("AccountKey", "azure_storage_key")]
)
def test_a_key_can_give_its_value_away(key: str, name: str) -> None:
    told = redact({key: SECRETS[name], "bucket": "notes"})
    assert told == {key: Redactor(KEY).fingerprint(name, SECRETS[name]), "bucket": "notes"}


def example(place: SecretPlace, secret: Json) -> tuple[str, Json]:
    """A call and an answer with the secret where the path table says that one is."""
    steps = [s for s in place.pointer.split("/")[1:] if s != "**"]
    document = secret
    for step in reversed(steps):
        document = (
            [document] if step == "*" and step is not steps[-1] else {step if step != "*" else "X": document}
        )
    return place.calls.replace("*", "Get"), document


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.calls}{place.pointer}")
@pytest.mark.parametrize("secret", [CANARY, 1234567890123, {"value": CANARY}, [CANARY]], ids=type)
def test_what_stands_at_a_secret_place_is_hidden_whatever_its_shape(place: SecretPlace, secret: Json) -> None:
    call, document = example(place, secret)
    told = json.dumps(redact({"above": document} if place.pointer.startswith("/**") else document, call))
    assert CANARY not in told
    assert "1234567890123" not in told
    if place.keep in ("nothing", "identifiers", "addresses"):
        assert f"redacted:{place.detector}:" in told
    else:
        assert not FINGERPRINT.search(told)


@pytest.mark.parametrize(
    "place", [p for p in PLACES if p.pointer.startswith("/**")], ids=lambda p: f"{p.calls}{p.pointer}"
)
def test_a_secret_place_counts_inside_json_in_a_string(place: SecretPlace) -> None:
    call, document = example(place, CANARY)
    assert CANARY not in json.dumps(redact({"payload": json.dumps(document)}, call))


def test_a_secret_place_of_one_client_is_none_of_another() -> None:
    settings: Json = {"Environment": {"Variables": {"GREETING": CANARY}}}
    assert redact(settings, "aws:s3:GetBucket") == settings
    assert redact(settings, "aws:lambda:GetFunction") != settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AGENT_ID", "ABCDEFGHIJ"),
        ("ROLE", "arn:aws:iam::111122223333:role/triage"),
        ("ENDPOINT_NAME", "sepsis-risk"),
        ("BUCKET", "s3://linden-notes/2026/"),
        ("AWS_REGION", "eu-central-1"),
        ("MODEL_ID", "example.text-v1:0"),
        ("PORT", "8080"),
        ("DEBUG", "true"),
        ("ENDPOINT", "projects/linden-imaging/locations/europe-west3/endpoints/1"),
    ],
)
def test_identifiers_stay_readable_at_a_secret_place(name: str, value: str) -> None:
    settings: Json = {"Environment": {"Variables": {name: value}}}
    assert redact(settings, "aws:lambda:GetFunction") == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_KEY", "ABCDEFGHIJ"), ("DB_PASSWORD", "1234"), ("NOTE", CANARY), ("TOKEN_ID", "abc")],
)
def test_what_a_name_calls_secret_is_hidden_even_when_it_looks_like_an_identifier(
    name: str, value: str
) -> None:
    told = redact({"Environment": {"Variables": {name: value}}}, "aws:lambda:GetFunction")
    assert value not in json.dumps(told).replace(name, "")


def test_ids_and_addresses_are_no_secrets() -> None:
    plain: Json = {
        "arn": "arn:aws:bedrock:eu-central-1:111122223333:agent/ABCDEFGHIJ",
        "uri": "s3://linden-notes/triage/model.tar.gz",
        "url": "https://abc123.lambda-url.eu-central-1.on.aws/",
        "digest": "sha256:" + "0f" * 32,
        "azure": "/subscriptions/00000000-0000-4000-8000-00000000a1de/resourcegroups/ai",
    }
    assert redact(plain) == plain


def test_the_same_secret_has_the_same_fingerprint_wherever_it_is_seen() -> None:
    secret = SECRETS["huggingface_token"]
    one = redact({"a": secret}, "aws:lambda:GetFunction")
    other = redact([f"token: {secret}."], "gcp:aiplatform:ListModels")
    fingerprint = Redactor(KEY).fingerprint("huggingface_token", secret)
    assert one == {"a": fingerprint}
    assert other == [f"token: {fingerprint}."]


def test_another_key_gives_another_fingerprint_and_another_key_id() -> None:
    secret, other = SECRETS["github_token"], b"another key that is long enough."
    assert redact(secret) != redact(secret, key=other)
    assert Redactor(KEY).key_id != Redactor(other).key_id
    assert Redactor(KEY).key_id == Redactor(KEY).key_id


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 16 bytes; use 32 random bytes"):
        Redactor(b"short")


def test_a_place_of_personal_data_leaves_nothing_to_compare() -> None:
    """Addresses can be guessed: two of the same are not to be known as such."""
    call = "aws:organizations:ListAccountsForParent"
    told = redact({"Accounts": [{"Email": "ana@example.org"}, {"Email": "bo@example.org"}]}, call)
    assert told == {"Accounts": [{"Email": "redacted:email"}] * 2}
    assert redact(told, call) == told


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.org/a@b",
        "abfss://container-of-notes@account.dfs.core.windows.net/x",
        "https://me@x.org",
    ],
)
def test_an_address_without_a_secret_stays(address: str) -> None:
    assert redact({"location": address}) == {"location": address}


def test_a_value_that_only_pretends_to_be_redacted_is_hidden_too() -> None:
    told = redact({"Environment": {"Variables": {"NOTE": "redacted:" + CANARY}}}, "aws:lambda:GetFunction")
    assert CANARY not in json.dumps(told)


texts = st.text() | st.sampled_from([standing(name) for name in SECRETS]) | st.just('{"a": "b"}')
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["Environment", "Variables", "AccountKey"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(documents)
def test_what_is_redacted_stays_as_it_is_when_redacted_again(document: Json) -> None:
    once = redact(document, "aws:lambda:GetFunction")
    assert redact(once, "aws:lambda:GetFunction") == once


@given(documents)
def test_no_canary_is_in_any_redacted_document(document: Json) -> None:
    told = json.dumps(redact(document, "aws:lambda:GetFunction"), ensure_ascii=False)
    for name, secret in SECRETS.items():
        if name not in AROUND:
            assert secret not in told


def test_a_fingerprint_does_not_show_the_secret() -> None:
    told = Redactor(KEY).fingerprint("environment", CANARY)
    assert FINGERPRINT.fullmatch(told)
    assert CANARY not in told


def test_the_hash_is_the_same_whoever_found_the_secret() -> None:
    redactor = Redactor(b"a key of more than 16 bytes")
    told = {hash_of(redactor.fingerprint(detector, "one secret")) for detector in ("openai", "openai_key")}
    assert len(told) == 1
    assert hash_of(redactor.fingerprint("openai", "another")) not in told


FOLDER_KEY = Redactor(KEY)


@given(
    st.text(st.characters(codec="utf-8"), max_size=60)
    | st.from_regex(r"([a-z0-9_@. -]{1,8}/){0,4}x", fullmatch=True)
)
def test_of_an_object_s_key_only_plainly_named_folders_stay(key: str) -> None:
    document: Json = {"findings": [{"resourcesAffected": {"s3Object": {"key": key}}}]}
    told = FOLDER_KEY.redact("aws:macie2:GetFindings", document)
    kept = told["findings"][0]["resourcesAffected"]["s3Object"]["key"]  # type: ignore[index, call-overload]
    assert isinstance(kept, str)
    assert key.startswith(kept)
    assert not kept or kept.endswith("/")
    assert not {"@", " "} & set(kept)
    assert not re.search(r"\d{4}", kept)
