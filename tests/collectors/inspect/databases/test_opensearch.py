"""Indexes of OpenSearch over HTTP: documents without vectors, chosen by a seed; who asks, and how."""

import base64
import hashlib
import random
import secrets
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest

from collectors.inspect import databases
from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place
from collectors.inspect.databases import opensearch, web
from collectors.inspect.places import Budget
from collectors.inspect.sampling import Sampler
from graph.model import Json
from tests.collectors.inspect.databases.web import Request, replying

CANARY = "canary.sorrel"
PROPERTIES: dict[str, Json] = {
    "chunk": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
    "vector": {"type": "knn_vector", "dimension": 3},
    "source": {"properties": {"mail": {"type": "keyword"}, "embedding": {"type": "dense_vector"}}},
}


class Cluster:
    """An index with so many documents; what was asked; what goes wrong, by the end of the path."""

    def __init__(self) -> None:
        self.count, self.properties, self.source = 30, PROPERTIES, True
        self.errors: dict[str, tuple[int, Json | bytes]] = {}
        self.takes: tuple[str, ...] = ("seed", "random", "none")
        self.wide = ""
        self.failed = 0
        self.asked: list[Request] = []
        self.address = ""

    def __call__(self, request: Request) -> tuple[int, Json | bytes]:
        self.asked.append(request)
        for end, answer in self.errors.items():
            if request.path.endswith(end):
                return answer
        match request.path:
            case "/_resolve/index/*":
                return 200, LISTED
            case "/letters/_mapping" | "/mail/_mapping":
                mappings: dict[str, Json] = {"properties": self.properties}
                if not self.source:
                    mappings["_source"] = {"enabled": False}
                return 200, {"letters": {"mappings": mappings}}
            case "/letters/_count" | "/mail/_count":
                return 200, {"count": self.count, "_shards": {"total": 1}}
            case "/letters/_search" | "/mail/_search":
                return self._found(request.body)
        return 404, {"error": {"reason": f"no such index [{CANARY}]"}, "status": 404}

    def _found(self, asked: dict[str, Json]) -> tuple[int, Json]:
        query = asked["query"]
        assert isinstance(query, dict)
        scored = query.get("function_score")
        how = "none"
        order = list(range(self.count))
        if isinstance(scored, dict):
            given = scored["random_score"]
            assert isinstance(given, dict)
            how = "seed" if given else "random"
            assert not given or given["field"] == "_seq_no"
            random.Random(int(str(given.get("seed", 7)))).shuffle(order)
        if how not in self.takes:
            return 400, {"error": {"reason": CANARY}, "status": 400}
        start, size = asked["from"], asked["size"]
        assert isinstance(start, int)
        assert isinstance(size, int)
        assert start + size <= 10_000
        hits: list[Json] = [self._hit(number) for number in order[start : start + size]]
        return 200, {
            "took": 1,
            "timed_out": False,
            "_shards": {"total": 5, "successful": 5 - self.failed, "failed": self.failed},
            "hits": {"hits": hits},
        }

    def _hit(self, number: int) -> Json:
        mail = f"{CANARY}{number}@clinic.example"
        source: Json = {
            "chunk": f"Please write to {mail} soon. {self.wide}",
            "source": {"mail": mail, "tags": [{"owner": mail}]},
        }
        return {"_index": "letters", "_id": f"d{number}", "_score": 0.5, "_source": source}

    def searches(self) -> list[Request]:
        return [each for each in self.asked if each.path.endswith("/_search")]


LISTED: Json = {
    "indices": [
        {"name": ".kibana_1", "attributes": ["open", "hidden"]},
        {"name": ".ds-mail-000001", "attributes": ["open", "hidden"], "data_stream": "mail"},
        {"name": "letters", "aliases": ["post"], "attributes": ["open"]},
        {"name": "other", "attributes": ["open"]},
    ],
    "aliases": [{"name": "post", "indices": ["letters"]}],
    "data_streams": [
        {"name": "mail", "backing_indices": [".ds-mail-000001"], "timestamp_field": "@timestamp"}
    ],
}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    for name in ("OPENSEARCH_USERNAME", "OPENSEARCH_PASSWORD", "OPENSEARCH_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(web, "PAUSE", 0)
    cluster = Cluster()
    with replying(cluster) as url:
        cluster.address = f"opensearch://{urlsplit(url).netloc}"
        yield cluster


def look(cluster: Cluster, index: str = "/letters", seed: int = 0) -> list[Place]:
    return list(inspect_data([f"{cluster.address}{index}"], seed=seed))


def states(places: Sequence[Place]) -> list[tuple[str, str, str | None]]:
    return [(each.path, each.state, each.reason) for each in places if each.state != "found"]


def test_documents_are_looked_at_with_what_is_nested_in_them(cluster: Cluster) -> None:
    places = look(cluster)
    assert {(each.json_path, each.type, each.count) for each in places} == {
        ("$.chunk", "email", 30),
        ("$.source.mail", "email", 30),
        ("$.source.tags[*].owner", "email", 30),
    }
    assert {each.reason for each in places} == {"30 documents, all there are; 1 requests"}
    assert CANARY not in repr(places)


def test_no_vector_is_fetched_and_nothing_but_reading_is_asked(cluster: Cluster) -> None:
    look(cluster)
    (search,) = cluster.searches()
    assert search.body["_source"] == {"excludes": ["source.embedding", "vector"]}
    assert {each.method for each in cluster.asked} == {"GET"}
    table = opensearch.database(f"{cluster.address}/letters").table("letters")
    assert [(each.name, each.type) for each in table.columns] == [
        ("chunk", "text"),
        ("source.mail", "keyword"),
    ]


def test_of_a_large_index_the_seed_chooses(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "ROWS", 600)
    cluster.count = 5_000

    def seeds(seed: int) -> list[Json]:
        cluster.asked.clear()
        places = look(cluster, seed=seed)
        assert places[0].looked_at == 600
        assert places[0].reason == "600 documents, chosen by the seed; 3 requests"
        asked = cluster.searches()
        assert [(each.body["from"], each.body["size"]) for each in asked] == [
            (0, 250),
            (250, 250),
            (500, 100),
        ]
        return [each.body["query"]["function_score"]["random_score"]["seed"] for each in asked]

    assert seeds(1) == seeds(1) != seeds(2)
    assert len(set(seeds(1))) == 1


@pytest.mark.parametrize(
    ("takes", "words"), [(("random", "none"), "others each time"), (("none",), "the first in the order")]
)
def test_a_service_that_takes_no_seed_is_said(cluster: Cluster, takes: tuple[str, ...], words: str) -> None:
    cluster.takes, cluster.count = takes, 5_000
    (first, *_) = look(cluster)
    assert first.looked_at == 2_000
    assert words in (first.reason or "")


def test_a_cluster_is_its_indexes_and_streams_each_once(cluster: Cluster) -> None:
    places = look(cluster, "")
    assert {each.path for each in places if each.state == "found"} == {
        f"{cluster.address}/letters",
        f"{cluster.address}/mail",
    }
    assert states(places) == [(f"{cluster.address}/other", "refused", "there is no such index")]


@pytest.mark.parametrize("end", ["/_mapping", "/_search"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {"error": CANARY}), "does not take these credentials"),
        ((403, {"error": CANARY}), "reading it is denied"),
        ((404, {"error": CANARY}), "there is no such index"),
        ((429, {"error": CANARY}), "too busy"),
        ((500, CANARY.encode()), "answered with an error (500)"),
        ((302, {}), "not followed"),
        ((200, f"<html>{CANARY}".encode()), "does not speak as OpenSearch does"),
        ((200, {"hits": CANARY, "letters": CANARY}), "does not speak as OpenSearch does"),
        ((200, b"[" * 100_000), "does not speak as OpenSearch does"),
    ],
)
def test_what_goes_wrong_is_refused_and_quotes_nothing(
    cluster: Cluster, end: str, answer: tuple[int, Json | bytes], words: str
) -> None:
    cluster.errors[end] = answer
    ((path, state, told),) = states(look(cluster))
    assert (path, state) == (f"{cluster.address}/letters", "refused")
    assert words in (told or "")
    assert CANARY not in (told or "")
    assert not [each for each in cluster.asked if each.path == "/elsewhere"]


def test_a_count_that_is_denied_is_none(cluster: Cluster) -> None:
    cluster.errors["/_count"] = 403, {}
    places = look(cluster)
    assert (places[0].count, places[0].rows) == (30, None)


def test_an_answer_without_end_is_given_up(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 50_000)
    cluster.wide = "x" * 10_000
    ((_, state, told),) = states(look(cluster))
    assert (state, told) == ("refused", "an answer of OpenSearch is larger than 50,000 bytes")


def test_shards_that_do_not_answer_are_said(cluster: Cluster) -> None:
    cluster.failed = 2
    places = look(cluster)
    assert places[0].reason == ("30 documents, chosen by the seed; 1 requests; 2 of 5 shards did not answer")


def test_the_budget_ends_the_reading(cluster: Cluster) -> None:
    cluster.count, cluster.wide = 5_000, "x" * 4_000
    for budget in (Budget(300_000), Budget(requests=1)):
        places = list(inspect_data([f"{cluster.address}/letters"], budget=budget))
        assert 0 < (places[0].looked_at or 0) < 400
        assert "is used up" in (places[0].reason or "")
    spent = Budget(10)
    spent.read(10)
    (place,) = inspect_data([f"{cluster.address}/letters"], budget=spent)
    assert place.state == "never looked at"


def test_an_empty_index_and_one_that_keeps_no_documents(cluster: Cluster) -> None:
    cluster.count = 0
    assert states(look(cluster)) == [(f"{cluster.address}/letters", "clean", "it is empty")]
    cluster.source = False
    ((_, state, told),) = states(look(cluster))
    assert (state, "keeps no documents" in (told or "")) == ("refused", True)


def test_names_of_fields_and_indexes_are_data_too(cluster: Cluster) -> None:
    mail = f"{CANARY}@clinic.example"
    cluster.properties = {mail: {"type": "text"}}
    cluster.errors["/_resolve/index/*"] = 200, {"indices": [{"name": mail}]}
    places = [*look(cluster), *look(cluster, "")]
    assert CANARY not in repr(places)


def test_a_plan_reads_no_document(cluster: Cluster) -> None:
    planned = databases.plan(f"{cluster.address}/letters", Sampler(0))
    assert planned == databases.Planned(1, 1, databases.Cost(30 * 4_096, 2))
    assert cluster.searches() == []


# ---- who asks ------------------------------------------------------------------------------------------


def test_a_password_goes_to_the_host_and_nowhere_in_the_results(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = secrets.token_hex(16)
    monkeypatch.setenv("OPENSEARCH_USERNAME", "reader")
    monkeypatch.setenv("OPENSEARCH_PASSWORD", password)
    cluster.errors["/_search"] = 403, {"error": password}
    places = look(cluster)
    said = {each.headers["authorization"] for each in cluster.asked}
    assert said == {f"Basic {base64.b64encode(f'reader:{password}'.encode()).decode()}"}
    assert password not in repr(places)


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("search-a-b.eu-central-1.es.amazonaws.com", "eu-central-1/es"),
        ("abc.us-east-1.aoss.amazonaws.com", "us-east-1/aoss"),
        ("search-a-b.aos.us-west-2.on.aws", "us-west-2/es"),
    ],
)
def test_aws_is_asked_with_a_signature_for_its_own_name(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, host: str, scope: str
) -> None:
    key, secret = "AKIA" + "TEST" * 4, secrets.token_hex(20)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("OPENSEARCH_ENDPOINT", cluster.address.replace("opensearch", "http"))
    places = list(inspect_data([f"opensearch://{host}/letters"]))
    assert {each.path for each in places} == {f"opensearch://{host}/letters"}
    for each in cluster.asked:
        signed = each.headers["authorization"]
        assert signed.startswith(f"AWS4-HMAC-SHA256 Credential={key}/")
        assert f"/{scope}/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date" in signed
        assert each.headers["host"] == host
        assert each.headers["x-amz-content-sha256"] == hashlib.sha256(each.raw).hexdigest()
    assert secret not in repr(places)


@pytest.mark.parametrize(
    "host", ["a.es.amazonaws.com.evil.example", "x.eu-central-1.es.amazonaws.com.evil.example"]
)
def test_a_host_that_only_looks_like_aws_gets_no_signature(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA" + "TEST" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secrets.token_hex(20))
    monkeypatch.setenv("OPENSEARCH_ENDPOINT", cluster.address.replace("opensearch", "http"))
    list(inspect_data([f"opensearch://{host}/letters"]))
    assert not [each for each in cluster.asked if "authorization" in each.headers]


def test_what_is_for_this_machine_goes_through_no_proxy(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert look(cluster)[0].count == 30


def test_nothing_is_sent_over_an_open_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSEARCH_ENDPOINT", "http://search.example:9200")
    ((_, state, told),) = states(list(inspect_data(["opensearch://search.example/letters"])))
    assert (state, "by https" in (told or "")) == ("refused", True)


@pytest.mark.parametrize(
    "address",
    [
        *("opensearch://", "opensearch://host/a/b", "opensearch://host/a,b", "opensearch://host/*"),
        *("opensearch://host/_all", "opensearch://user:pass@host/a", "opensearch://host:99999/a"),
        *("opensearch://host/a?b=c", "opensearch://host/-a"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    ((_, state, told),) = states(list(inspect_data([address])))
    assert (state, told) == ("refused", opensearch.FORM)
