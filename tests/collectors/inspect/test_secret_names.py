"""What a secret opens: told where it is certain, never guessed; and never a person or a secret."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.inspect.public_names import account_of
from collectors.inspect.secret_place import PublicName, SecretPlace
from collectors.redaction import hash_of
from tests.collectors.inspect.secret_maker import HEX, REDACTOR, Maker, look

ACCOUNT = 123_456_789_012


def opened(path: Path, cache: Path) -> dict[str, set[PublicName]]:
    """What each secret opens, by its hash."""
    return {hash_of(each.fingerprint): set(each.opens) for each in look(path, cache)}


def hash_for(secret: str) -> str:
    return hash_of(REDACTOR.fingerprint("x", secret))


@given(st.integers(0, 10**12 - 1))
def test_the_account_of_a_key_id(account: int) -> None:
    assert account_of(Maker(1).key_id(account)) == f"{account:012d}"


def test_published_key_ids_and_those_that_hold_no_account() -> None:
    assert account_of("ASIAY34FZKBOKMUTVV7A") == "609629065308"
    assert account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"
    assert account_of("AKIAIOSFODNN7EXAMPLE") == ""
    assert account_of("AKIA1") == ""


PAIRS = {
    "env": "AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n\n",
    "ini": "[profile{n}]\nregion = eu-west-1\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n",
    "json": '{{"n": {n}, "accessKeyId": "{id}", "deep": {{"a": 1}}, "secretAccessKey": "{secret}"}},\n',
    "minified": '{{"accessKeyId":"{id}","secretAccessKey":"{secret}"}},',
    "terraform": 'provider "aws" {{\n  access_key = "{id}"\n  secret_key = "{secret}"\n}}\n',
    "code": 'boto3.client("s3", aws_access_key_id="{id}", aws_secret_access_key="{secret}")\n',
    "csv": "user{n},{id},{secret}\n",
    "named": "export P{n}_AWS_ACCESS_KEY_ID={id}\nexport P{n}_AWS_SECRET_ACCESS_KEY={secret}\n",
}


@pytest.mark.parametrize("form", PAIRS)
@settings(max_examples=8, deadline=None)
@given(accounts=st.lists(st.integers(10**9, 10**12 - 1), min_size=1, max_size=5, unique=True))
def test_every_key_goes_with_its_id(
    form: str, accounts: list[int], tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> None:
    make = Maker(hash(tuple(accounts)))
    truth: dict[str, str] = {}
    text = "[" if form in ("json", "minified") else ""
    for number, account in enumerate(accounts):
        key_id, secret = make.key_id(account), make.aws()
        truth[hash_for(secret)] = key_id
        text += PAIRS[form].format(n=number, id=key_id, secret=secret)
    folder = tmp_path_factory.mktemp("pairs")
    (folder / "file").write_text(text)
    found = opened(folder, cache)
    assert set(found) == set(truth)
    for secret, key_id in truth.items():
        assert PublicName("aws_access_key_id", key_id) in found[secret]
        assert PublicName("aws_account", account_of(key_id)) in found[secret]
        assert len([name for name in found[secret] if name.kind == "aws_access_key_id"]) == 1


UNCERTAIN = {
    "in a list": "- {id}\n- {other}\n- aws_secret_access_key: {secret}\n",
    "far away": "id = {id}\n\n\n\n\naws_secret_access_key = {secret}\n",
    "in another object": '[{{"accessKeyId": "{id}"}}, {{"secretAccessKey": "{secret}"}}]\n',
    "in another section": "[a]\naws_access_key_id = {id}\n[b]\naws_secret_access_key = {secret}\n",
    "two ids": "AWS_ACCESS_KEY_ID={id}\nAWS_ACCESS_KEY_ID={other}\nAWS_SECRET_ACCESS_KEY={secret}\n",
}


@pytest.mark.parametrize("form", UNCERTAIN)
def test_what_is_not_certain_is_not_paired(form: str, tmp_path: Path, cache: Path) -> None:
    make = Maker(50)
    text = UNCERTAIN[form].format(id=make.key_id(1), other=make.key_id(2), secret=make.aws())
    (tmp_path / "file").write_text(text)
    (names,) = opened(tmp_path, cache).values()
    assert names == {PublicName("provider", "aws")}


def service_account(make: Maker, name: str) -> dict[str, str]:
    return {
        "type": "service_account",
        "project_id": "clinic",
        "private_key_id": make.some(40, HEX),
        "private_key": make.private_key(),
        "client_email": f"{name}@clinic.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


@pytest.mark.parametrize("wrapped", ["plain", "indented", "base64", "in a string", "two"])
def test_keys_of_service_accounts(wrapped: str, tmp_path: Path, cache: Path) -> None:
    make = Maker(51)
    one, two = service_account(make, "one"), service_account(make, "two")
    text = {
        "plain": json.dumps(one),
        "indented": json.dumps(one, indent=2),
        "base64": f"GOOGLE={base64.b64encode(json.dumps(one).encode()).decode()}\n",
        "in a string": json.dumps({"env": {"GOOGLE": json.dumps(one)}}),
        "two": json.dumps([one, two]),
    }[wrapped]
    (tmp_path / "key.json").write_text(text)
    found = opened(tmp_path, cache)
    for each in (one, two)[: 2 if wrapped == "two" else 1]:
        assert found[hash_for(each["private_key"])] == {
            PublicName("gcp_service_account", each["client_email"]),
            PublicName("gcp_key_id", each["private_key_id"]),
            PublicName("provider", "google"),
        }


def test_persons_are_no_public_names(tmp_path: Path, cache: Path) -> None:
    make = Maker(52)
    key = {**service_account(make, "one"), "client_email": "anna@clinic.example"}
    (tmp_path / "key.json").write_text(json.dumps(key))
    assert "anna" not in repr(opened(tmp_path, cache))


def storage(name: str, secret: str) -> str:
    return (
        f"DefaultEndpointsProtocol=https;AccountName={name};AccountKey={secret};"
        "EndpointSuffix=core.windows.net"
    )


def test_storage_accounts(tmp_path: Path, cache: Path) -> None:
    make = Maker(53)
    one, two, three = make.azure_storage(), make.azure_storage(), make.azure_storage()
    text = f'A="{storage("first", one)}"\nB="{storage("second", two)}"\n'
    (tmp_path / "a.env").write_text(text)
    (tmp_path / "b.env").write_text(f"AZURE_STORAGE_ACCOUNT=third\nAZURE_STORAGE_KEY={three}\n")
    found = opened(tmp_path, cache)
    for name, secret in (("first", one), ("second", two), ("third", three)):
        assert PublicName("azure_storage_account", name) in found[hash_for(secret)]
        assert len(found[hash_for(secret)]) == 2


def test_resources_of_azure(tmp_path: Path, cache: Path) -> None:
    make = Maker(54)
    key, search = make.azure_openai(), make.azure_search()
    (tmp_path / ".env").write_text(
        f"AZURE_OPENAI_ENDPOINT=https://Clinic.openai.azure.com/\nAZURE_OPENAI_API_KEY={key}\n"
        f"AZURE_SEARCH_ENDPOINT=https://records.search.windows.net\nAZURE_SEARCH_KEY={search}\n"
    )
    assert opened(tmp_path, cache) == {
        hash_for(key): {
            PublicName("azure_resource", "clinic.openai.azure.com"),
            PublicName("provider", "azure"),
        },
        hash_for(search): {
            PublicName("azure_resource", "records.search.windows.net"),
            PublicName("provider", "azure"),
        },
    }


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("postgresql://app:{}@db.clinic.test:5432/patients?sslmode=require", "db.clinic.test"),
        ("mongodb+srv://app:{}@cluster0.ab12c.mongodb.net/x", "cluster0.ab12c.mongodb.net"),
        ("redis://default:{}@cache:6379/0", "cache"),
        ("https://bob:{}@git.clinic.test/x.git", "git.clinic.test"),
    ],
)
def test_hosts_of_addresses(address: str, host: str, tmp_path: Path, cache: Path) -> None:
    make = Maker(55)
    (tmp_path / "a.env").write_text(f'URL="{address.format(make.password())}"\n')
    ((secret, names),) = opened(tmp_path, cache).items()
    assert secret == hash_for(make.made[0])
    assert {name.value for name in names if name.kind == "host"} == {host}


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`<>\\"), min_size=6))
@settings(max_examples=60, deadline=None)
def test_no_part_of_a_password_is_taken_for_a_host(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, password: str
) -> None:
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "a.env").write_text(f"URL=postgresql://app:{password}@db.clinic.test:5432/x\n")
    names = {name.value for each in look(folder, cache) for name in each.opens if name.kind == "host"}
    assert names <= {"db.clinic.test"}


def test_every_key_of_a_provider_opens_the_provider(tmp_path: Path, cache: Path) -> None:
    make = Maker(56)
    (tmp_path / "a").write_text(f"a = '{make.openai()}'\nb = '{make.anthropic()}'\n")
    found: list[SecretPlace] = look(tmp_path, cache)
    assert {each.provider: each.opens for each in found} == {
        "openai": (PublicName("provider", "openai"),),
        "anthropic": (PublicName("provider", "anthropic"),),
    }
