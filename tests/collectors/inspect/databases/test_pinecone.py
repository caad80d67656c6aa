"""Namespaces of Pinecone over HTTP: few vectors whole, more by their ids, many by random vectors."""

import math
import os
import secrets
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.databases import pinecone, web
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from graph.model import Json
from tests.collectors.inspect.databases.web import Request, replying

CANARY = "canary.sorrel"
ADDRESS = "pinecone://letters"


class Service:
    """Control plane and index in one; so many vectors a namespace; what was asked; what goes wrong."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.counts = {"": 30, "drafts": 3}
        self.about: dict[str, Json] = {"dimension": 4, "vector_type": "dense", "spec": {"serverless": {}}}
        self.errors: dict[str, tuple[int, Json | bytes]] = {}
        self.most = 10_000
        self.long = ""
        self.asked: list[Request] = []
        self.host = ""

    def __call__(self, request: Request) -> tuple[int, Json | bytes]:
        self.asked.append(request)
        if request.headers.get("api-key") != self.key:
            return 401, CANARY.encode()
        assert request.headers["x-pinecone-api-version"] == "2026-04"
        if answer := self.errors.get(request.path):
            return answer
        match request.path:
            case "/indexes/letters":
                return 200, {"name": "letters", "metric": "cosine", "host": self.host, **self.about}
            case "/describe_index_stats":
                own: dict[str, Json] = {name: {"vectorCount": count} for name, count in self.counts.items()}
                return 200, {"namespaces": own, "totalVectorCount": sum(self.counts.values())}
            case "/query":
                return self._near(request.body)
            case "/vectors/list":
                return 200, self._page(request)
            case "/vectors/fetch":
                return 200, self._fetched(request)
        return 404, {"error": {"code": "NOT_FOUND", "message": CANARY}}

    def _near(self, asked: dict[str, Json]) -> tuple[int, Json]:
        assert asked["includeValues"] is False
        vector, most = asked["vector"], asked["topK"]
        assert isinstance(vector, list)
        assert isinstance(most, int)
        assert len(vector) == self.about["dimension"]
        if most > self.most:
            return 400, {"message": CANARY}
        count = self.counts[str(asked["namespace"])]
        first = int(abs(math.fsum(float(str(each)) for each in vector)) * 1_000_003) % count
        rows = [self._vector((first + number) % count) for number in range(min(most, count))]
        return 200, {"matches": [{**each, "score": 0.1} for each in rows], "usage": {"readUnits": 5}}

    def _page(self, request: Request) -> Json:
        start, count = (
            int(request.query.get("paginationToken", 0)),
            self.counts[request.query.get("namespace", "")],
        )
        end = min(count, start + int(request.query["limit"]))
        page: dict[str, Json] = {
            "vectors": [{"id": f"{self.long}v{number:06}"} for number in range(start, end)]
        }
        return page if end == count else {**page, "pagination": {"next": str(end)}}

    def _fetched(self, request: Request) -> Json:
        ids = request.many["ids"]
        assert len("&".join(ids)) < 5_000
        numbers = [int(each[-6:]) for each in ids]
        rows: dict[str, Json] = {}
        for name, number in zip(ids, numbers, strict=True):
            rows[name] = {**self._vector(number), "id": name, "values": [0.5] * 4}
        return {"vectors": rows, "namespace": request.query.get("namespace", ""), "usage": {"readUnits": 1}}

    def _vector(self, number: int) -> dict[str, Json]:
        mail = f"{CANARY}{number}@clinic.example"
        return {"id": f"{self.long}v{number:06}", "metadata": {"text": f"Write to {mail}.", "who": [mail]}}

    def paths(self) -> list[str]:
        return [
            each.path for each in self.asked if each.path not in ("/indexes/letters", "/describe_index_stats")
        ]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    monkeypatch.setattr(web, "PAUSE", 0)
    with replying(service) as url:
        service.host = urlsplit(url).netloc
        monkeypatch.setenv("PINECONE_CONTROLLER_HOST", url)
        monkeypatch.setenv("PINECONE_API_KEY", service.key)
        yield service


def look(address: str = f"{ADDRESS}/__default__", seed: int = 0) -> list[Place]:
    return list(inspect_data([address], seed=seed))


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def test_few_vectors_are_read_whole_without_their_values(service: Service) -> None:
    places = look()
    assert {(each.json_path, each.type, each.count, each.rows) for each in places} == {
        ("$.metadata.text", "email", 30, 30),
        ("$.metadata.who[*]", "email", 30, 30),
    }
    assert {each.reason for each in places} == {"30 vectors, all there are; 1 requests"}
    assert CANARY not in repr(places)
    assert service.paths() == ["/query"]


def test_of_more_the_seed_chooses_among_their_ids(service: Service) -> None:
    service.counts[""] = 2_500

    def fetched(seed: int) -> list[str]:
        service.asked.clear()
        places = look(seed=seed)
        assert (places[0].looked_at, places[0].rows) == (300, 2_500)
        assert places[0].reason == "300 vectors, chosen by the seed of all; 31 requests"
        return [name for each in service.asked if each.path == "/vectors/fetch" for name in each.many["ids"]]

    assert fetched(1) == fetched(1) != fetched(2)
    assert len(set(fetched(1))) == 300


def test_of_many_what_is_nearest_to_random_vectors_is_no_fair_sample(service: Service) -> None:
    service.counts[""] = 1_000_000

    def vectors(seed: int) -> list[Json]:
        service.asked.clear()
        places = look(seed=seed)
        assert "nearest to 20 random vectors of the seed, which is no fair sample of 1,000,000" in (
            places[0].reason or ""
        )
        return [each.body["vector"] for each in service.asked if each.path == "/query"]

    assert vectors(1) == vectors(1) != vectors(2)


def test_sparse_vectors_are_chosen_among_the_first_ids(service: Service) -> None:
    service.about = {"vector_type": "sparse", "spec": {"serverless": {}}}
    service.counts[""] = 20_000
    places = look()
    assert "chosen by the seed of the first 10,000 by name" in (places[0].reason or "")


def test_on_pods_nothing_is_listed(service: Service) -> None:
    service.about["spec"] = {"pod": {"environment": "us-east1-gcp"}}
    service.counts[""] = 2_500
    look()
    assert set(service.paths()) == {"/query"}


def test_metadata_that_is_too_much_for_one_answer_is_fetched_by_ids(service: Service) -> None:
    service.most, service.counts[""] = 100, 900
    places = look()
    assert places[0].reason == "300 vectors, chosen by the seed of all; 16 requests"


def test_long_ids_are_asked_for_in_short_addresses(service: Service) -> None:
    service.long, service.counts[""] = "x" * 480, 1_200
    assert look()[0].looked_at == 300


def test_an_index_is_all_of_its_namespaces(service: Service) -> None:
    assert {each.path for each in look(ADDRESS)} == {f"{ADDRESS}/__default__", f"{ADDRESS}/drafts"}
    service.counts = {}
    assert look(ADDRESS) == []


@pytest.mark.parametrize("path", ["/indexes/letters", "/describe_index_stats", "/query"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, CANARY.encode()), "does not take this key"),
        ((403, {"error": CANARY}), "reading it is denied"),
        ((404, {"error": CANARY}), "no such index or namespace"),
        ((429, {"error": CANARY}), "too busy"),
        ((500, {"error": CANARY}), "answered with an error (500)"),
        ((307, {}), "not followed"),
        ((200, CANARY.encode()), "does not speak as Pinecone does"),
        ((200, {"host": 1, "namespaces": CANARY, "matches": CANARY}), "does not speak as Pinecone does"),
    ],
)
def test_what_goes_wrong_is_refused_and_quotes_nothing(
    service: Service, path: str, answer: tuple[int, Json | bytes], words: str
) -> None:
    service.errors[path] = answer
    ((_, state, told),) = states(look())
    assert state == "refused"
    assert words in (told or "")
    assert CANARY not in (told or "")
    assert "/elsewhere" not in service.paths()


def test_without_a_key_nothing_is_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PINECONE_API_KEY")
    assert states(look()) == [(f"{ADDRESS}/__default__", "refused", "there is no key: PINECONE_API_KEY")]
    assert service.asked == []


def test_the_key_goes_to_pinecone_only(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of the control plane may not send it elsewhere, nor over an open network."""
    service.host = "index.example"
    monkeypatch.setattr(pinecone, "CONTROL", os.environ["PINECONE_CONTROLLER_HOST"])
    monkeypatch.delenv("PINECONE_CONTROLLER_HOST")
    ((_, _, told),) = states(look())
    assert told == "its host is not one of Pinecone's: it does not get the key"
    monkeypatch.setenv("PINECONE_CONTROLLER_HOST", "http://control.example")
    ((_, _, told),) = states(look())
    assert "by https" in (told or "")


def test_the_key_is_in_no_result(service: Service) -> None:
    service.errors["/query"] = 403, {"message": service.key}
    assert service.key not in repr(look())


def test_an_answer_without_end_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 2_000)
    ((_, _, told),) = states(look())
    assert told == "an answer of Pinecone is larger than 2,000 bytes"


def test_the_budget_ends_the_reading(service: Service) -> None:
    service.counts[""] = 2_500
    places = list(inspect_data([f"{ADDRESS}/__default__"], budget=Budget(requests=28)))
    assert (
        places[0].reason
        == "150 vectors, chosen by the seed of all; the budget of 28 requests is used up; 28 requests"
    )
    (place,) = inspect_data([f"{ADDRESS}/__default__"], budget=Budget(requests=3))
    assert place.state == "never looked at"
    service.counts[""] = 1_000_000
    (first, *_) = inspect_data([f"{ADDRESS}/__default__"], budget=Budget(requests=2))
    assert "nearest to 2 random vectors" in (first.reason or "")
    assert "the budget of 2 requests is used up" in (first.reason or "")


def test_an_empty_namespace_and_one_that_is_not_there(service: Service) -> None:
    service.counts[""] = 0
    assert states(look()) == [(f"{ADDRESS}/__default__", "clean", "it is empty")]
    assert states(look(f"{ADDRESS}/none")) == [
        (f"{ADDRESS}/none", "refused", "there is no such index or namespace")
    ]


def test_names_of_namespaces_are_data_too(service: Service) -> None:
    service.counts = {f"{CANARY}@clinic.example": 3}
    places = look(ADDRESS)
    assert len(places) == 2
    assert CANARY not in repr(places)


@pytest.mark.parametrize(
    ("count", "cost"),
    [
        (30, databases.Cost(30 * 2_048, 1)),
        (2_500, databases.Cost(25 * 4_000 + 300 * (2_048 + 88), 31)),
        (50_000, databases.Cost(2_000 * 2_048, 20)),
    ],
)
def test_a_plan_reads_no_vector(service: Service, count: int, cost: databases.Cost) -> None:
    service.counts[""] = count
    assert databases.plan(f"{ADDRESS}/__default__", Sampler(0)) == databases.Planned(1, 1, cost)
    assert service.paths() == []


@pytest.mark.parametrize("address", ["pinecone://", "pinecone://A", "pinecone://a/", "pinecone://a.b/c"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    ((_, state, told),) = states(look(address))
    assert (state, told) == ("refused", pinecone.FORM)
