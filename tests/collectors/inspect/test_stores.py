"""Google Cloud Storage and Azure Blob Storage: listed by pages and read by ranges, over HTTP."""

import base64
import io
import os
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.places import Budget, Unreachable
from collectors.inspect.prices import prices
from tests.collectors.inspect.object_servers import Azure, Google, _Handler, serving

CSV = b"contact\n" + b"ana@clinic.example\n" * 9


def parquet() -> bytes:
    data = io.BytesIO()
    noise = [os.urandom(400).hex() for _ in range(9_000)]
    table = pa.table({"contact": ["ana@clinic.example"] * 9_000, "noise": noise})
    pq.write_table(table, data, row_group_size=1_000, compression="none", use_dictionary=False)
    return data.getvalue()


OBJECTS: Mapping[str, bytes] = {
    "sets/a.csv": CSV,
    "sets/b/c.csv": CSV,
    "sets/b/": b"",
    "sets/large.parquet": parquet(),
    "sets-secret/d.csv": CSV,
    "word.csv": b"word\nfox\n",
}

Signed = Callable[[str, pytest.MonkeyPatch], None]


def to_google(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)


def to_azure(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    parts = ("DefaultEndpointsProtocol=http", "AccountName=account", f"AccountKey={key}")
    said = ";".join((*parts, f"BlobEndpoint={address}/account"))
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", said)


STORES = [
    pytest.param(Google, to_google, "gs://training", id="gs"),
    pytest.param(Azure, to_azure, "abfss://training@account", id="abfss"),
    pytest.param(Azure, to_azure, "abfss://training@account.dfs.core.windows.net", id="abfss with a host"),
]


def found(places: list[Place]) -> set[tuple[str, str | None]]:
    return {(each.path, each.type) for each in places if each.state == "found"}


@pytest.mark.parametrize(("kind", "sign", "root"), STORES)
def test_a_prefix_is_listed_and_read(
    kind: type[_Handler], sign: Signed, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = Budget()
    with serving(kind, OBJECTS) as address:
        sign(address, monkeypatch)
        places = list(inspect_data([f"{root}/sets"], budget=budget))
        single = list(inspect_data([f"{root}/word.csv"]))
    names = {name.rpartition("/")[2] for name, _ in found(places)}
    assert names == {"a.csv", "c.csv", "large.parquet"}
    assert {kind for _, kind in found(places)} == {"email"}
    assert [each.state for each in single] == ["clean"]
    assert budget.requests > 5
    assert budget.dollars > 0


@pytest.mark.parametrize(("kind", "sign", "root"), STORES)
def test_what_is_not_allowed_is_a_sentence(
    kind: type[_Handler], sign: Signed, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(kind, OBJECTS, denied=True) as address:
        sign(address, monkeypatch)
        with pytest.raises(Unreachable, match="cannot be listed") as raised:
            list(inspect_data([f"{root}/sets"]))
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(("kind", "sign", "root"), STORES)
def test_what_is_not_there_is_a_sentence(
    kind: type[_Handler], sign: Signed, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(kind, OBJECTS) as address:
        sign(address, monkeypatch)
        with pytest.raises(Unreachable, match="nothing is there"):
            list(inspect_data([f"{root}/nowhere"]))


def test_a_key_of_one_account_is_not_sent_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.inspect.stores.azure import credential_of

    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "account")
    monkeypatch.setenv("AZURE_STORAGE_KEY", "anything")
    assert credential_of("account") == "anything"
    assert credential_of("other") != "anything"


def test_every_price_says_where_it_is_from() -> None:
    assert set(prices()) == {"s3", "gs", "abfss"}
    for each in prices().values():
        assert each.read > 0
        assert each.list > each.read
        assert each.page.startswith("https://")
        assert each.as_of
