"""Models on the Hugging Face Hub: a server that speaks its interface, and one that gives the large files."""

from collections.abc import Iterator, Mapping

import pytest

from collectors.inspect.data import inspect_data
from collectors.inspect.model_result import ModelResult
from collectors.inspect.models import inspect_models
from collectors.inspect.places import Unreachable
from tests.collectors.inspect import crafted
from tests.collectors.inspect.servers import Answer, Server, as_json, running

SHA = "7" * 40
CANARY = "canary-quince"
CARD = b"---\nbase_model: linden/base\nlicense: mit\n---\nWritten by jane.roe@clinic.example\n"
FILES: Mapping[str, bytes] = {
    "README.md": CARD,
    "pytorch_model.bin": crafted.torch_zip(crafted.marking()),
    "large/w.safetensors": crafted.safetensors((0, 300_000), data=300_000),
    "notes.txt": b"nothing",
}


class Files(Server):
    """A network of servers that gives large files to who has the address."""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return part(FILES[path.partition("?")[0].removeprefix("/files/")], headers.get("Range", ""))


def part(data: bytes, wanted: str) -> Answer:
    if not wanted:
        return 200, {}, data
    start, end = (int(each) for each in wanted.removeprefix("bytes=").split("-"))
    told = f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}"
    return 206, {"Content-Range": told, "ETag": "1"}, data[start : end + 1]


class Hub(Server):
    """One model, two files a page; `large/` lies `elsewhere`."""

    def __init__(self, elsewhere: str = "", token: str = "") -> None:
        super().__init__()
        self.elsewhere, self.token, self.sha = elsewhere, token, SHA
        self.names = [*FILES]
        self.following, self.oid = "", ""

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        bare, _, query = path.partition("?")
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            return as_json(401, {"error": CANARY})
        if bare in (f"/api/models/linden/triage/revision/{each}" for each in ("main", "v1", "refs%2Fpr%2F1")):
            return as_json(200, {"sha": self.sha, "author": CANARY, "siblings": []})
        if bare == f"/api/models/linden/triage/tree/{SHA}":
            return self._tree(int(query.partition("cursor=")[2] or 0))
        name = bare.removeprefix(f"/linden/triage/resolve/{SHA}/")
        if name not in FILES:
            return as_json(404, {"error": CANARY})
        if name.startswith("large/"):
            return 302, {"Location": f"{self.elsewhere}/files/{name}?signature={CANARY}"}, b""
        return part(FILES[name], headers.get("Range", ""))

    def _tree(self, start: int) -> Answer:
        rows: list[dict[str, object]] = [{"type": "directory", "path": "large", "size": 0}]
        rows += [
            {"type": "file", "path": each, "size": len(FILES.get(each, b"")), "lfs": {"oid": self.oid}}
            for each in self.names[start : start + 2]
        ]
        following = self.following or f"{self.url}/api/models/linden/triage/tree/{SHA}?cursor={start + 2}"
        more = {"Link": f'<{following}>; rel="next"'} if start + 2 < len(self.names) else {}
        return as_json(200, rows, **more)


@pytest.fixture
def files() -> Iterator[Server]:
    with running(Files()) as server:
        yield server


@pytest.fixture
def hub(files: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    server = Hub(files.url)
    with running(server):
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def looked(address: str) -> dict[str, ModelResult]:
    root = f"hf://linden/triage@{SHA}/"
    return {each.path.removeprefix(root): each for each in inspect_models([address])}


def test_a_model_is_read_at_the_commit_that_its_revision_is_at(hub: Hub) -> None:
    found = looked("hf://linden/triage")
    assert {name: each.verdict for name, each in found.items()} == {
        "README.md": "clean",
        "pytorch_model.bin": "malicious",
        "large/w.safetensors": "clean",
    }
    assert found["large/w.safetensors"].digest.startswith("sha256:")
    told = {(each.says, each.what, each.value) for each in found["large/w.safetensors"].provenance}
    assert told == {
        ("registry", "version", f"hf://linden/triage@{SHA}"),
        ("registry", "source", f"{hub.url}/linden/triage"),
        ("registry", "commit", SHA),
        ("model card", "base_model", "linden/base"),
        ("model card", "license", "mit"),
    }
    assert CANARY not in repr(found)
    assert "jane" not in repr(found)


@pytest.mark.parametrize("address", ["hf://linden/triage@v1", "hf://linden/triage@refs%2Fpr%2F1"])
def test_another_revision(hub: Hub, address: str) -> None:
    assert len(looked(address)) == 3


def test_one_folder_and_one_file(hub: Hub) -> None:
    assert [*looked("hf://linden/triage/large")] == ["large/w.safetensors"]
    assert [*looked("hf://linden/triage@main/notes.txt")] == ["notes.txt"]
    with pytest.raises(Unreachable, match="nothing is there"):
        looked("hf://linden/triage/none")


def test_a_token_goes_to_the_hub_and_not_to_where_it_sends_us(
    hub: Hub, files: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = CANARY
    monkeypatch.setenv("HF_TOKEN", CANARY)
    assert len(looked("hf://linden/triage")) == 3
    assert {headers.get("Authorization") for _, headers in hub.asked} == {f"Bearer {CANARY}"}
    assert files.asked
    assert not any("Authorization" in headers for _, headers in files.asked)


@pytest.mark.parametrize(
    ("elsewhere", "reason"),
    [
        ("http://cdn.example", "not safe"),
        ("https://127.0.0.1:1", "cannot be asked"),
        ("file://", "not safe"),
        (f"https://u:{CANARY}@cdn.example", "an address that is none"),
    ],
)
def test_where_it_may_not_send_us(hub: Hub, elsewhere: str, reason: str) -> None:
    hub.elsewhere = elsewhere
    found = looked("hf://linden/triage/large")["large/w.safetensors"]
    assert found.verdict == "unreadable"
    assert reason in found.reasons[0]
    assert CANARY not in repr(found)


def test_other_bytes_than_the_pointer_says_are_not_judged(hub: Hub) -> None:
    hub.oid = "0" * 64
    (found,) = looked("hf://linden/triage/pytorch_model.bin").values()
    assert (found.verdict, found.reasons) == (
        "unreadable",
        ("it is not what its digest in the registry says",),
    )


def test_round_and_round_ends(hub: Hub) -> None:
    hub.elsewhere = f"{hub.url}/linden/triage/resolve/{SHA}/large/w.safetensors?"
    assert looked("hf://linden/triage/large")["large/w.safetensors"].verdict == "unreadable"
    assert len(hub.asked) < 30


@pytest.mark.parametrize("name", ["../x.pkl", "/etc/passwd", "a/../x.pkl", "x\ny.pkl"])
def test_a_name_that_leads_out_is_refused(hub: Hub, name: str) -> None:
    hub.names = [name, "notes.txt"]
    (found,) = looked("hf://linden/triage").values()
    assert "leads out" in found.reasons[0]
    assert found.path.isprintable()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha": "main"}, "which commit"),
        ({"following": "https://elsewhere.example/x"}, "another server"),
        ({"token": CANARY}, "wants credentials"),
    ],
)
def test_what_is_wrong_is_a_sentence(hub: Hub, change: Mapping[str, str], reason: str) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    with pytest.raises(Unreachable, match=reason) as raised:
        looked("hf://linden/triage")
    assert CANARY not in str(raised.value)


@pytest.mark.parametrize("address", ["hf://", "hf://a", "hf://a/../b", "hf://a/b@c@d", f"hf://{CANARY}@x/b"])
def test_an_address_that_is_none(hub: Hub, address: str) -> None:
    with pytest.raises(Unreachable, match=r"An address of the Hugging Face Hub is|cannot be listed"):
        looked(address)


def test_a_missing_model_and_a_wrong_endpoint(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="not there"):
        looked("hf://linden/nothing")
    monkeypatch.setenv("HF_ENDPOINT", "ftp://x")
    with pytest.raises(Unreachable, match="HF_ENDPOINT"):
        looked("hf://linden/triage")


def test_sensitive_data_is_looked_for_there_too(hub: Hub) -> None:
    found = {each.path: each.type for each in inspect_data(["hf://linden/triage/README.md"])}
    assert found == {f"hf://linden/triage@{SHA}/README.md": "email"}
