"""JSON: keys that are data, texts that are JSON or base64, the formats of AI services."""

import base64
import gzip
import json
from pathlib import Path

from collectors.inspect.data import inspect_data
from collectors.inspect.data_place import Place

PEOPLE = [f"person{number}@clinic.example" for number in range(40)]


def look(path: Path) -> list[Place]:
    return list(inspect_data([str(path)]))


def found(path: Path) -> set[tuple[str | None, str | None]]:
    return {(each.json_path or each.column, each.type) for each in look(path) if each.state == "found"}


def lines(path: Path, *values: object) -> None:
    path.write_text("".join(json.dumps(each) + "\n" for each in values))


def test_keys_that_are_addresses_are_found_and_not_shown(tmp_path: Path) -> None:
    users = {each: {"visits": number} for number, each in enumerate(PEOPLE)}
    (tmp_path / "a.json").write_text(json.dumps({"users": users}))
    places = look(tmp_path)
    assert [(each.json_path, each.type, each.count) for each in places] == [("$.users.*~", "email", 40)]
    assert "person1" not in repr(places)


def test_a_single_key_that_is_an_address_is_found(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", {PEOPLE[0]: {"visits": 1}})
    assert found(tmp_path) == {("$.*~", "email")}


def test_members_of_a_map_share_a_path(tmp_path: Path) -> None:
    users = {f"u{number:05}": {"contact": each} for number, each in enumerate(PEOPLE * 5)}
    (tmp_path / "a.json").write_text(json.dumps(users))
    assert found(tmp_path) == {("$.*.contact", "email")}


def test_keys_that_are_names_of_fields_are_no_column(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", {"contact": PEOPLE[0], "Date of birth": "x"})
    assert found(tmp_path) == {("$.contact", "email")}


def test_names_of_columns_that_are_addresses_are_found(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({each: [1] for each in PEOPLE}), tmp_path / "a.parquet")
    places = look(tmp_path)
    assert [(each.column, each.type) for each in places] == [("column names", "email")]


def test_data_capture_of_sagemaker(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html"""

    def captured(data: str, encoding: str, kind: str) -> dict[str, object]:
        sent = {"observedContentType": kind, "mode": "INPUT", "data": data, "encoding": encoding}
        return {
            "captureData": {"endpointInput": sent},
            "eventMetadata": {"eventId": "e", "inferenceTime": "2026-01-01T00:00:00Z"},
            "eventVersion": "0",
        }

    in_json = json.dumps({"patient": {"contact": PEOPLE[0]}})
    path = "$.captureData.endpointInput.data"
    for name, each, where in (
        ("csv", captured(f"34,{PEOPLE[0]},1", "CSV", "text/csv"), f"{path}[*].column 2"),
        ("json", captured(in_json, "JSON", "application/json"), f"{path}.patient.contact"),
        (
            "base64",
            captured(base64.b64encode(in_json.encode()).decode(), "BASE64", "application/json"),
            f"{path}.patient.contact",
        ),
        (
            "base64csv",
            captured(base64.b64encode(f"34,{PEOPLE[0]}".encode()).decode(), "BASE64", "text/csv"),
            f"{path}[*].column 2",
        ),
    ):
        (tmp_path / name).mkdir()
        lines(tmp_path / name / "a.jsonl", *[each] * 9)
        assert found(tmp_path / name) == {(where, "email")}, name


def test_captured_bytes_are_not_clean(tmp_path: Path) -> None:
    sent = {"data": base64.b64encode(bytes(range(256))).decode(), "encoding": "BASE64"}
    lines(tmp_path / "a.jsonl", {"captureData": {"endpointInput": sent}})
    assert [(each.state, each.reason) for each in look(tmp_path)] == [
        ("in part", "not looked at: 1 values of bytes")
    ]


def test_invocation_log_of_bedrock(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html"""
    records = [
        {
            "schemaType": "ModelInvocationLog",
            "schemaVersion": "1.0",
            "operation": "InvokeModel",
            "modelId": "anthropic.claude",
            "input": {
                "inputContentType": "application/json",
                "inputBodyJson": {"messages": [{"role": "user", "content": f"please write to {each} now"}]},
            },
            "output": {"outputBodyJson": {"content": [{"type": "text", "text": "I do as you say, wait."}]}},
        }
        for each in PEOPLE
    ]
    text = "\n".join(map(json.dumps, records))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text.encode()))
    assert found(tmp_path) == {("$.input.inputBodyJson.messages[*].content", "email")}


def test_model_data_collector_of_azure(tmp_path: Path) -> None:
    """https://learn.microsoft.com/azure/machine-learning/how-to-collect-production-data"""
    lines(
        tmp_path / "instance.jsonl",
        *(
            {
                "specversion": "1.0",
                "type": "azureml.inference.inputs",
                "datacontenttype": "application/json",
                "time": "2026-01-01T00:00:00Z",
                "data": [{"age": 34, "contact": each}],
                "correlationid": "c",
            }
            for each in PEOPLE
        ),
    )
    assert found(tmp_path) == {("$.data[*].contact", "email")}


def test_chats_and_instructions(tmp_path: Path) -> None:
    text = "thank you, please write to {} as soon as you can"
    chats = [{"messages": [{"role": "user", "content": text.format(each)}]} for each in PEOPLE]
    blocks = [{"messages": [{"content": [{"type": "text", "text": text.format(each)}]}]} for each in PEOPLE]
    instructions = [{"instruction": "answer", "output": text.format(each)} for each in PEOPLE]
    for name, rows in (("chats", chats), ("blocks", blocks), ("instructions", instructions)):
        (tmp_path / name).mkdir()
        lines(tmp_path / name / "a.jsonl", *rows)
    assert found(tmp_path / "chats") == {("$.messages[*].content", "email")}
    assert found(tmp_path / "blocks") == {("$.messages[*].content[*].text", "email")}
    assert found(tmp_path / "instructions") == {("$.output", "email")}


def test_half_characters_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"note": "\\ud800", "contact": "ana@clinic.example", "\\udc00": 1}\n' * 3
    )
    assert found(tmp_path) == {("$.contact", "email")}


def test_a_share_of_a_list_is_of_its_values(tmp_path: Path) -> None:
    """Of 20,000 lines a tenth is looked at: five values in each do not make that everything."""
    rows = [{"to": [PEOPLE[0], "x", "x", "x", "x"]}] * 20_000
    lines(tmp_path / "a.jsonl", *rows)
    (place,) = look(tmp_path)
    assert (place.json_path, place.looked_at, place.rows) == ("$.to[*]", 10_000, 100_000)
    assert place.share_low is not None
    assert place.share_high is not None
    assert place.share_low < 0.2 < place.share_high


def test_values_of_partitions_are_values_and_masked(tmp_path: Path) -> None:
    for number in range(3):
        folder = tmp_path / "year=2026" / f"name=Anna{number}" / f"contact=anna{number}@clinic.example"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("word\nfox\n")
    places = look(tmp_path)
    assert [(each.column, each.type, each.count) for each in places if each.state == "found"] == [
        ("contact", "email", 3),
        ("name", "person_name", 3),
    ]
    told = repr(places)
    assert "nna" not in told
    assert "year=2026/name=[value]/contact=[value]/a.csv" in told
