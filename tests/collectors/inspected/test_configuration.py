"""Keys in the configuration that collectors saw: whose it is, where they stand, and which key it is."""

import json

from collectors.inspected import configuration
from collectors.redaction import Redactor
from graph.model import Asset, Coverage, Evidence, Json, Relation

REDACTOR = Redactor(b"k" * 32)
CALL = "aws:lambda:ListFunctions"


def environment(**variables: str) -> dict[str, Json]:
    return {"Environment": {"Variables": dict(variables)}}


def facts(
    document: Json,
    *pointers: str,
    kind: str = "Function",
    items: str = "",
    keys: dict[str, str] | None = None,
) -> set[tuple[str, str, object]]:
    redacted = REDACTOR.redact(CALL, document)
    assets = {
        f"x{n}": Asset(id=f"x{n}", kind=kind, evidence=(Evidence(CALL, "d", pointer, ("name",)),))
        for n, pointer in enumerate(pointers)
    }
    record = Coverage(call=CALL, documents=("d",), items_at=items)
    found = configuration.facts(assets, [record], {"d": json.dumps(redacted).encode()}, keys or {})
    return {(f.source, f.target, f.properties["place"]) for f in found if isinstance(f, Relation)}


def hashed(word: str) -> str:
    return REDACTOR.fingerprint("", word).rpartition(":")[2]


TOKEN = "hf_" + "Zq9" * 12


def test_a_key_in_a_functions_environment() -> None:
    document = environment(TOKEN=TOKEN, LOG_LEVEL="debug mode", DB_PASSWORD="correct horse")
    assert facts(document, "/FunctionName") == {
        ("x0", f"credential:{hashed(TOKEN)}", "environment"),
        ("x0", f"credential:{hashed('correct horse')}", "environment"),
    }


def test_what_is_hidden_for_its_place_alone_is_no_key() -> None:
    assert facts(environment(GREETING="good morning, ward 3b"), "/FunctionName") == set()


def test_of_a_list_only_the_own_item_counts() -> None:
    document: Json = {"Functions": [environment(TOKEN=TOKEN), environment(LEVEL="x")]}
    pointers = ("/Functions/0/FunctionName", "/Functions/1/FunctionName")
    assert {source for source, _, _ in facts(document, *pointers, items="/Functions")} == {"x0"}


def test_the_same_key_elsewhere_is_the_same_asset() -> None:
    known = {hashed(TOKEN): "credential:gcp:abc"}
    assert facts(environment(TOKEN=TOKEN), "/FunctionName", keys=known) == {
        ("x0", "credential:gcp:abc", "environment")
    }


def test_a_key_id_stands_for_the_key_where_it_is_known() -> None:
    key_id = "AKIA" + "Q" * 16
    document = environment(AWS_ACCESS_KEY_ID=key_id)
    assert facts(document, "/FunctionName") == set()
    known = {hashed(key_id): f"credential:aws:{key_id}"}
    assert facts(document, "/FunctionName", keys=known) == {("x0", f"credential:aws:{key_id}", "environment")}


def test_who_has_no_configuration_holds_no_key() -> None:
    assert facts(environment(TOKEN=TOKEN), "/FunctionName", kind="Bucket") == set()
