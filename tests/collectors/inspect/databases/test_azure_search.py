"""Indexes of Azure AI Search through Azure's own pipeline: fields that are given back, never vectors."""

import secrets
from collections.abc import Iterator, Mapping, Sequence

import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from graph.model import Json
from tests.collectors.inspect.databases.web import serving

CANARY = "canary.sorrel"
ADDRESS = "azuresearch://linden/letters"
FIELDS: list[Json] = [
    {"name": "id", "type": "Edm.String", "key": True, "retrievable": True},
    {"name": "chunk", "type": "Edm.String", "retrievable": True},
    {"name": "hidden", "type": "Edm.String", "retrievable": False},
    {"name": "vector", "type": "Collection(Edm.Single)", "retrievable": True, "dimensions": 3},
    {
        "name": "source",
        "type": "Edm.ComplexType",
        "fields": [
            {"name": "mail", "type": "Edm.String", "retrievable": True},
            {"name": "vector", "type": "Collection(Edm.Half)", "retrievable": True, "dimensions": 3},
        ],
    },
]


class Service:
    """An index with so many documents; what was asked; what goes wrong, by the end of the path."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.count, self.fields = 30, FIELDS
        self.errors: dict[str, int] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Json]:
        self.asked.append((path, query))
        if headers.get("api-key") != self.key or query.get("api-version") != "2024-07-01":
            return 401, {"error": {"message": "who?"}}
        for end, status in self.errors.items():
            if path.endswith(end):
                return status, {"error": {"code": "", "message": CANARY}}
        match path:
            case "/indexes":
                return 200, {"value": [{"name": "letters"}, {"name": "other"}]}
            case "/indexes('letters')":
                return 200, {"name": "letters", "fields": self.fields, "semantic": None}
            case "/indexes('letters')/docs/$count":
                return 200, f"\ufeff{self.count}"
            case "/indexes('letters')/docs":
                return 200, self._documents(query)
        return 404, {"error": {"message": f"no {CANARY}"}}

    def _documents(self, query: Mapping[str, str]) -> Json:
        assert query["search"] == "*"
        start = int(query["$skip"])
        assert start <= 100_000
        rows: list[Json] = []
        for number in range(start, min(self.count, start + int(query["$top"]))):
            mail = f"{CANARY}{number}@clinic.example"
            row: dict[str, Json] = {
                "id": str(number),
                "chunk": f"Please write to {mail} soon.",
                "source": {"mail": mail},
            }
            rows.append({"@search.score": 1.0, **row})
        return {"@odata.context": "x", "value": rows}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    with serving(service) as address:
        monkeypatch.setenv("AZURE_SEARCH_ENDPOINT", address)
        monkeypatch.setenv("AZURE_SEARCH_API_KEY", service.key)
        yield service


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def test_what_the_index_gives_back_is_looked_at(service: Service) -> None:
    places = list(inspect_data([ADDRESS]))
    assert {(each.json_path, each.type, each.count) for each in places} == {
        ("$.chunk", "email", 30),
        ("$.source.mail", "email", 30),
    }
    assert {each.reason for each in places} == {"30 documents, all there are; 1 requests"}
    assert CANARY not in repr(places)


def test_no_vector_and_no_hidden_field_is_fetched(service: Service) -> None:
    list(inspect_data([ADDRESS]))
    assert [query["$select"] for path, query in service.asked if path.endswith("/docs")] == [
        "id,chunk,source/mail"
    ]


def test_of_a_large_index_blocks_are_read_where_it_can_be_skipped_to(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "ROWS", 300)
    service.count = 1_000_000

    def starts(seed: int) -> list[str]:
        service.asked.clear()
        places = list(inspect_data([ADDRESS], seed=seed))
        assert places[0].looked_at == 300
        assert "blocks of 100 of the first 100,000" in (places[0].reason or "")
        return [query["$skip"] for path, query in service.asked if path.endswith("/docs")]

    assert starts(1) == starts(1) != starts(2)
    assert len(set(starts(1))) == 3


def test_a_service_is_all_of_its_indexes(service: Service) -> None:
    places = list(inspect_data(["azuresearch://linden"]))
    assert {each.path for each in places if each.state == "found"} == {ADDRESS}
    assert states(places) == [("azuresearch://linden/other", "refused", "there is no such index")]


@pytest.mark.parametrize(("status", "reason"), [(403, "denied"), (404, "no such index"), (400, "400")])
@pytest.mark.parametrize("end", ["/indexes('letters')", "/docs", "/docs/$count"])
def test_what_goes_wrong_is_refused_and_quotes_nothing(
    service: Service, end: str, status: int, reason: str
) -> None:
    service.errors[end] = status
    ((path, state, told),) = states(list(inspect_data([ADDRESS])))
    assert (path, state) == (ADDRESS, "refused")
    assert reason in (told or "")
    assert CANARY not in (told or "")


def test_a_key_that_is_not_taken_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_SEARCH_API_KEY", secrets.token_hex(16))
    ((_, state, told),) = states(list(inspect_data([ADDRESS])))
    assert (state, "identity" in (told or "")) == ("refused", True)


def test_an_index_of_vectors_alone_and_an_empty_one(service: Service) -> None:
    service.count = 0
    assert states(list(inspect_data([ADDRESS]))) == [(ADDRESS, "clean", "it is empty")]
    service.fields = [{"name": "v", "type": "Collection(Edm.Single)", "retrievable": True}]
    assert states(list(inspect_data([ADDRESS]))) == [
        (ADDRESS, "refused", "it gives no field back but vectors")
    ]


def test_the_budget_ends_the_reading(service: Service) -> None:
    service.count = 5_000
    places = list(inspect_data([ADDRESS], budget=Budget(30_000)))
    assert 0 < (places[0].looked_at or 0) < 2_000
    assert "the budget of 30,000 bytes is used up" in (places[0].reason or "")


def test_a_plan_reads_no_document(service: Service) -> None:
    planned = databases.plan(ADDRESS, Sampler(0))
    assert planned == databases.Planned(1, 1, databases.Cost(30 * 4_096, 2))
    assert not [path for path, _ in service.asked if path.endswith("/docs")]
