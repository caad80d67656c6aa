"""Collections of Qdrant over HTTP: payloads and no vectors; the server chooses others each time."""

import random
import secrets
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.databases import qdrant, web
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from graph.model import Json
from tests.collectors.inspect.databases.web import Request, replying

CANARY = "canary.sorrel"


class Server:
    """A collection with so many points; what was asked; what goes wrong, by the end of the path."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.count = 30
        self.chooses = True
        self.errors: dict[str, tuple[int, Json | bytes]] = {}
        self.asked: list[Request] = []
        self.address = ""

    def __call__(self, request: Request) -> tuple[int, Json | bytes]:
        self.asked.append(request)
        if request.headers.get("api-key") != self.key:
            return 401, CANARY.encode()
        for end, answer in self.errors.items():
            if request.path.endswith(end):
                return answer
        match request.path:
            case "/collections":
                return 200, _ok({"collections": [{"name": "letters"}, {"name": "other"}]})
            case "/collections/letters":
                about: Json = {"status": "green", "points_count": self.count, "payload_schema": {"text": {}}}
                return 200, _ok(about)
            case "/collections/letters/points/scroll":
                return 200, _ok(self._page(request.body))
            case "/collections/letters/points/query":
                if not self.chooses:
                    return 400, {"status": {"error": CANARY}}
                assert request.body["query"] == {"sample": "random"}
                numbers = random.sample(range(self.count), min(self.count, request.body["limit"]))
                return 200, _ok({"points": [self._point(each) for each in numbers]})
        return 404, {"status": {"error": f"no {CANARY}"}}

    def _page(self, asked: dict[str, Json]) -> Json:
        start, limit = asked.get("offset", 0), asked["limit"]
        assert isinstance(start, int)
        assert isinstance(limit, int)
        assert (asked["with_payload"], asked["with_vector"]) == (True, False)
        end = min(self.count, start + limit)
        points: list[Json] = [self._point(each) for each in range(start, end)]
        return {"points": points, "next_page_offset": None if end == self.count else end}

    def _point(self, number: int) -> Json:
        mail = f"{CANARY}{number}@clinic.example"
        return {"id": number, "score": 0.0, "payload": {"text": f"Write to {mail}.", "to": [{"mail": mail}]}}


def _ok(result: Json) -> Json:
    return {"result": result, "status": "ok", "time": 0.001}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    monkeypatch.setattr(web, "PAUSE", 0)
    with replying(server) as url:
        server.address = f"qdrant://{urlsplit(url).netloc}"
        monkeypatch.setenv("QDRANT_API_KEY", server.key)
        yield server


def look(server: Server, collection: str = "/letters", budget: Budget | None = None) -> list[Place]:
    return list(inspect_data([f"{server.address}{collection}"], budget=budget))


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def test_few_points_are_read_whole(server: Server) -> None:
    server.count = 600
    places = look(server)
    assert {(each.json_path, each.type, each.count, each.rows) for each in places} == {
        ("$.payload.text", "email", 600, 600),
        ("$.payload.to[*].mail", "email", 600, 600),
    }
    assert {each.reason for each in places} == {"600 points, all there are; 3 requests"}
    assert CANARY not in repr(places)


def test_of_more_the_server_chooses(server: Server) -> None:
    server.count = 100_000
    (first, *_) = look(server)
    assert (first.looked_at, first.rows) == (2_000, 100_000)
    assert "chosen at random by the server, others each time" in (first.reason or "")


def test_an_old_server_gives_the_first(server: Server) -> None:
    server.count, server.chooses = 100_000, False
    (first, *_) = look(server)
    assert "the first by their ids, as the server chooses none" in (first.reason or "")


def test_a_server_is_all_of_its_collections(server: Server) -> None:
    places = look(server, "")
    assert {each.path for each in places if each.state == "found"} == {f"{server.address}/letters"}
    assert states(places) == [(f"{server.address}/other", "refused", "there is no such collection")]


@pytest.mark.parametrize("end", ["/letters", "/scroll"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, CANARY.encode()), "does not take this key"),
        ((403, {"status": CANARY}), "reading it is denied"),
        ((429, {"status": CANARY}), "too busy"),
        ((500, {"status": CANARY}), "answered with an error (500)"),
        ((301, {}), "not followed"),
        ((200, CANARY.encode()), "does not speak as Qdrant does"),
        ((200, {"result": [CANARY]}), "does not speak as Qdrant does"),
    ],
)
def test_what_goes_wrong_is_refused_and_quotes_nothing(
    server: Server, end: str, answer: tuple[int, Json | bytes], words: str
) -> None:
    server.errors[end] = answer
    ((_, state, told),) = states(look(server))
    assert state == "refused"
    assert words in (told or "")
    assert CANARY not in (told or "")


def test_the_budget_ends_the_reading(server: Server) -> None:
    server.count = 100_000
    for count in (1_500, 100_000):
        server.count = count
        (first, *_) = look(server, budget=Budget(requests=2))
        assert first.looked_at == 500 or count > 1_500
        assert "the budget of 2 requests is used up" in (first.reason or "")


def test_an_empty_collection(server: Server) -> None:
    server.count = 0
    assert states(look(server)) == [(f"{server.address}/letters", "clean", "it is empty")]


def test_a_plan_reads_no_point(server: Server) -> None:
    planned = databases.plan(f"{server.address}/letters", Sampler(0))
    assert planned == databases.Planned(1, 1, databases.Cost(30 * 4_096, 1))
    assert {each.method for each in server.asked} == {"GET"}


@pytest.mark.parametrize("address", ["qdrant://", "qdrant://host/a/b", "qdrant://key@host/a"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    ((_, state, told),) = states(list(inspect_data([address])))
    assert (state, told) == ("refused", qdrant.FORM)
