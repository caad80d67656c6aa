"""BigQuery through Google's client, from a server that lists tables and rows as the service does."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from graph.model import Json
from tests.collectors.inspect.databases.web import serving

CANARY = "canary.loquat"
HOME = "/bigquery/v2/projects/linden/datasets/clinic/tables"
DATASET = "bigquery://linden/clinic"
FIELDS: list[Json] = [
    {"name": "mail", "type": "STRING", "mode": "NULLABLE"},
    {"name": "number", "type": "INTEGER", "mode": "NULLABLE"},
    {"name": "scan", "type": "BYTES", "mode": "NULLABLE"},
    {
        "name": "contacts",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "mail", "type": "STRING", "mode": "NULLABLE"},
            {"name": "since", "type": "DATE", "mode": "NULLABLE"},
        ],
    },
    {"name": "notes", "type": "STRING", "mode": "REPEATED"},
]


class Service:
    """Tables with so many rows; what was asked; what goes wrong, by the end of the path."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {"people": 50}
        self.kinds: dict[str, str] = {}
        self.streamed: dict[str, int] = {}
        self.schema: Sequence[Json] = FIELDS
        self.errors: dict[str, int] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Json]:
        self.asked.append((path, query))
        for end, status in self.errors.items():
            if path.endswith(end):
                reason: Json = [{"reason": "no", "message": CANARY}]
                return status, {"error": {"code": status, "message": CANARY, "errors": reason}}
        if path == HOME:
            return 200, self._list(query)
        table = path.removeprefix(f"{HOME}/").partition("/")[0]
        if table not in self.rows:
            return 404, {"error": {"code": 404, "message": f"Not found: {CANARY}"}}
        return 200, self._page(table, query) if path.endswith("/data") else self._describe(table)

    def _list(self, query: Mapping[str, str]) -> Json:
        """One table a page."""
        names = sorted(self.rows)
        start = int(query.get("pageToken", 0))
        tables: list[Json] = [{"tableReference": self._reference(name)} for name in names[start : start + 1]]
        more = {"nextPageToken": str(start + 1)} if start + 1 < len(names) else {}
        return {"kind": "bigquery#tableList", "tables": tables, "totalItems": len(names), **more}

    def _describe(self, table: str) -> Json:
        streaming: Json = {"estimatedRows": str(self.streamed.get(table, 0))}
        return {
            "tableReference": self._reference(table),
            "type": self.kinds.get(table, "TABLE"),
            "numRows": str(self.rows[table]),
            "numBytes": str(self.rows[table] * 60),
            "schema": {"fields": list(self.schema)},
            **({"streamingBuffer": streaming} if table in self.streamed else {}),
        }

    def _page(self, table: str, query: Mapping[str, str]) -> Json:
        """At most 40 rows a page, as if they were large."""
        start = int(query.get("pageToken") or query.get("startIndex") or 0)
        count = self.rows[table] + self.streamed.get(table, 0)
        end = min(count, start + min(40, int(query["maxResults"])))
        names = query["selectedFields"].split(",")
        rows: list[Json] = [{"f": [{"v": self._cell(name, n)} for name in names]} for n in range(start, end)]
        more = {"pageToken": str(end)} if end < count else {}
        return {"kind": "bigquery#tableDataList", "totalRows": str(count), "rows": rows, **more}

    def _cell(self, name: str, number: int) -> Json:
        mail = f"{CANARY}{number}@clinic.example"
        cells: dict[str, Json] = {
            "mail": mail,
            "number": str(number),
            "contacts": [{"v": {"f": [{"v": f"kin.{mail}"}, {"v": "2026-01-31"}]}}],
            "notes": [{"v": "nothing"}, {"v": f"ask {mail}"}],
        }
        return cells[name]

    @staticmethod
    def _reference(table: str) -> Json:
        return {"projectId": "linden", "datasetId": "clinic", "tableId": table}

    def starts(self) -> list[int]:
        """Where listings of rows began."""
        return [int(query.get("startIndex", 0)) for path, query in self.asked if "startIndex" in query]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    with serving(service) as address:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        yield service


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def test_columns_and_nested_values_are_told_by_their_places(service: Service) -> None:
    places = list(inspect_data([f"{DATASET}/people"]))
    assert {(each.column, each.json_path, each.type, each.count, each.looked_at) for each in places} == {
        ("mail", None, "email", 50, 50),
        (None, "$.contacts[*].mail", "email", 50, 50),
        (None, "$.notes[*]", "email", 50, 100),
    }
    assert all(each.reason == "50 rows, all there are; 2 requests" for each in places)
    assert CANARY not in repr(places)


def test_bytes_are_not_fetched(service: Service) -> None:
    list(inspect_data([f"{DATASET}/people"]))
    assert {query["selectedFields"] for path, query in service.asked if path.endswith("/data")} == {
        "mail,number,contacts,notes"
    }


def test_rows_of_a_large_table_come_from_places_of_the_seed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "ROWS", 300)
    service.rows["people"] = 1_000_000

    def starts(seed: int) -> list[int]:
        service.asked.clear()
        places = list(inspect_data([f"{DATASET}/people"], seed=seed))
        assert "300 rows, blocks of 100 of 1,000,000 at places chosen by the seed" in (places[0].reason or "")
        assert places[0].looked_at == 300
        return [start for start in service.starts() if start % 100 == 0]

    first = starts(1)
    assert first == starts(1) != starts(2)
    assert len(set(first)) == 3
    assert max(first) > 10_000


def test_a_dataset_is_all_of_its_tables(service: Service) -> None:
    service.rows |= {"visits": 3, "empty": 0}
    places = list(inspect_data([DATASET]))
    assert {each.path for each in places if each.state == "found"} == {
        f"{DATASET}/people",
        f"{DATASET}/visits",
    }
    assert states(places) == [(f"{DATASET}/empty", "clean", "it is empty")]
    places = list(inspect_data([DATASET], each=1))
    assert states(places)[-1] == (DATASET, "never looked at", "2 of 3 tables: a choice was looked at")


def test_rows_that_were_just_streamed_in_are_no_empty_table(service: Service) -> None:
    service.rows["people"], service.streamed["people"] = 0, 7
    places = list(inspect_data([f"{DATASET}/people"]))
    assert {each.looked_at for each in places} == {7, 14}
    assert all("not counted yet" in (each.reason or "") for each in places)


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED_VIEW", "EXTERNAL", "MODEL"])
def test_what_is_no_table_is_refused_and_not_read(service: Service, kind: str) -> None:
    service.kinds["people"] = kind
    ((_, state, reason),) = states(list(inspect_data([f"{DATASET}/people"])))
    assert state == "refused"
    assert reason
    assert not [path for path, _ in service.asked if path.endswith("/data")]


@pytest.mark.parametrize(("status", "reason"), [(403, "denied"), (404, "no such table"), (400, "400")])
@pytest.mark.parametrize("end", ["/people", "/data", "/tables"])
def test_what_goes_wrong_is_refused_and_quotes_nothing(
    service: Service, end: str, status: int, reason: str
) -> None:
    service.errors[end] = status
    address = DATASET if end == "/tables" else f"{DATASET}/people"
    ((path, state, told),) = states(list(inspect_data([address])))
    assert (path, state) == (address, "refused")
    assert reason in (told or "")
    assert CANARY not in (told or "")


def test_one_denied_table_does_not_hide_the_others(service: Service) -> None:
    service.rows["visits"] = 3
    service.errors["/people/data"] = 403
    places = list(inspect_data([DATASET]))
    assert {each.path for each in places if each.state == "found"} == {f"{DATASET}/visits"}
    assert [(path, state) for path, state, _ in states(places)] == [(f"{DATASET}/people", "refused")]


def test_a_table_of_bytes_alone_is_refused(service: Service) -> None:
    service.schema = [{"name": "scan", "type": "BYTES", "mode": "NULLABLE"}]
    assert states(list(inspect_data([f"{DATASET}/people"]))) == [
        (f"{DATASET}/people", "refused", "it has only columns of bytes")
    ]


def test_the_budget_counts_what_came_and_ends_the_reading(service: Service) -> None:
    service.rows["people"] = 100_000
    budget = Budget(20_000)
    places = list(inspect_data([DATASET], budget=budget))
    assert 0 < (places[0].looked_at or 0) < 2_000
    assert "the budget of 20,000 bytes is used up" in (places[0].reason or "")
    assert budget.requests == len([path for path, _ in service.asked if path.endswith("/data")]) + 2
    assert states(list(inspect_data([DATASET], budget=budget))) == [
        (DATASET, "never looked at", "1 tables: the budget of 20,000 bytes is used up")
    ]


def test_a_plan_reads_no_row(service: Service) -> None:
    service.rows["people"] = 100_000
    planned = databases.plan(DATASET, Sampler(0))
    assert planned == databases.Planned(1, 1, databases.Cost(120_000, 20, 0.0))
    assert not [path for path, _ in service.asked if path.endswith("/data")]


def test_a_plan_for_what_may_not_be_read_says_so(service: Service) -> None:
    service.errors["/people"] = 403
    with pytest.raises(databases.Closed, match="denied"):
        databases.plan(f"{DATASET}/people", Sampler(0))
    service.rows["visits"] = 3
    assert databases.plan(DATASET, Sampler(0)) == databases.Planned(2, 2, databases.Cost(180, 1, 0.0))


def test_an_address_that_is_none(service: Service) -> None:
    assert [
        state for _, state, _ in states(list(inspect_data(["bigquery://linden", "bigquery://a//b"])))
    ] == [
        "refused",
        "refused",
    ]
