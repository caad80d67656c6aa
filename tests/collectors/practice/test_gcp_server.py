"""The practice server for Google Cloud behaves as the services do, and refuses what they could not say."""

from collections.abc import Iterator

import msgspec
import pytest

from collectors.gcp.client import GcpDoor
from collectors.practice.estate.gcp import ESTATE, LOCATION, MODELS
from collectors.practice.gcp import SERVICES, Estate, Fault, GcpServer, GrpcServer, methods
from collectors.practice.gcp_storage import StorageServer
from collectors.source import CallFailed, Page
from graph.model import Call, Json

LIST_MODELS = "google.cloud.aiplatform.v1.ModelService/ListModels"
PARENT = f"projects/linden-imaging/locations/{LOCATION}"


@pytest.fixture
def server() -> Iterator[GcpServer]:
    with GcpServer(ESTATE, page_size=3) as server:
        yield server


def ask(server: GcpServer, call: str, **parameters: Json) -> list[Page]:
    settings = msgspec.structs.replace(server.settings(), timeout=2.0)
    return list(GcpDoor(settings).pages(Call(call), parameters, "linden-imaging", LOCATION))


class Models(msgspec.Struct):
    """A page of models."""

    models: list[dict[str, Json]] = []


def answer(page: Page) -> Models:
    return msgspec.convert(page.json, Models)


def changed(**answers: object) -> Estate:
    return msgspec.structs.replace(ESTATE, answers={**ESTATE.answers, **answers})


def test_the_methods_are_those_of_the_client_packages() -> None:
    paths = {method.path for service in SERVICES for method in methods(service)}
    assert {f"/{path}" for path in ESTATE.answers} <= paths
    assert len(paths) > 100


def test_rows_come_back_unchanged_in_pages(server: GcpServer) -> None:
    pages = [answer(page) for page in ask(server, "gcp:aiplatform:ListModels", parent=PARENT)]
    assert [row for page in pages for row in page.models] == list(MODELS)
    assert [len(page.models) for page in pages] == [3, 1]


def test_a_project_answers_by_number_too(server: GcpServer) -> None:
    by_number = f"projects/310000000042/locations/{LOCATION}"
    assert len(ask(server, "gcp:aiplatform:ListModels", parent=by_number)) == 2


def test_rows_of_other_parents_stay_out(server: GcpServer) -> None:
    assert (
        ask(server, "gcp:aiplatform:ListModels", parent=f"projects/other/locations/{LOCATION}")[0].json == {}
    )


def test_nothing_seeded_is_a_denial() -> None:
    answers = {path: seed for path, seed in ESTATE.answers.items() if path != LIST_MODELS}
    estate = msgspec.structs.replace(ESTATE, answers=answers)
    with GcpServer(estate) as server, pytest.raises(CallFailed) as failure:
        ask(server, "gcp:aiplatform:ListModels", parent=PARENT)
    assert failure.value.outcome == "denied"


def test_a_fault_is_answered_once(server: GcpServer) -> None:
    server.grpc.fault(LIST_MODELS, Fault("INTERNAL", "boom"))
    with pytest.raises(CallFailed, match="boom"):
        ask(server, "gcp:aiplatform:ListModels", parent=PARENT)
    assert ask(server, "gcp:aiplatform:ListModels", parent=PARENT)


def test_an_answer_that_the_service_could_not_send_is_refused() -> None:
    with pytest.raises(Exception, match="artefactUri"):
        GrpcServer(changed(**{LIST_MODELS: [{"name": "m", "artefactUri": "gs://b"}]}))


def test_a_method_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="ListModles"):
        GrpcServer(changed(**{"google.cloud.aiplatform.v1.ModelService/ListModles": []}))


def test_a_bucket_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="lables"):
        StorageServer({"p": [{"name": "b", "lables": {}}]}, {})


def test_what_storage_does_not_have_is_not_found() -> None:
    storage = StorageServer({"p": [{"name": "b"}]}, {})
    assert storage.answer("/storage/v1/b/b")[0] == 200
    assert storage.answer("/storage/v1/b/c")[0] == 404
    assert storage.answer("/storage/v2/b")[0] == 404
    assert storage.answer("/storage/v1/b/b/iam")[0] == 403
