"""estate.yaml: what it may say, what wins, and what it says to whoever wrote it wrongly."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from collectors.declared.document import EstateError
from collectors.declared.estate import READ, Declarations, apply, facts, read, remarks
from collectors.declared.file import Declared, Match, System
from collectors.redaction import Redactor
from graph.model import Asset, Evidence, Relation, Value, at_pointer

PAGE = Path(__file__).parents[3] / "docs" / "estate-yaml.md"
BUCKET = "arn:aws:s3:::letters"
Write = Callable[[str], Declarations]
SAID = "reason: because, date: 2026-11-20"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Reads a file with this text."""

    def reader(text: str) -> Declarations:
        (tmp_path / "estate.yaml").write_text(text)
        return read(tmp_path / "estate.yaml")

    return reader


def bucket(**properties: Value) -> Asset:
    return Asset(id=BUCKET, kind="Bucket", name="letters", properties=properties)


def one(declarations: Declarations, asset: Asset) -> Asset:
    (applied,) = apply(declarations, [asset])
    return applied


def test_an_id_gets_what_is_said_of_it(write: Write) -> None:
    declarations = write(f"assets: [{{id: '{BUCKET}', set: {{jurisdiction: EU}}, {SAID}}}]")
    other = msgspec.structs.replace(bucket(), id="arn:aws:s3:::other")
    assert [a.get("jurisdiction") for a in apply(declarations, [bucket(), other])] == ["EU", None]


@pytest.mark.parametrize(
    "match",
    [
        "{kind: Bucket}",
        "{kind: Data}",
        "{name: 'lett*'}",
        "{tag: 'team=*'}",
        "{account: '1111*', provider: aws, region: eu-central-1}",
    ],
)
def test_a_match_fits_by_all_its_keys(write: Write, match: str) -> None:
    asset = bucket(tags=("team=ml",), account="111122223333", provider="aws", region="eu-central-1")
    assert one(write(f"assets: [{{match: {match}, set: {{owner: x}}, {SAID}}}]"), asset).get("owner") == "x"


@pytest.mark.parametrize(
    "match", ["{kind: Dataset}", "{name: letter}", "{tag: team}", "{kind: Bucket, name: x}"]
)
def test_a_match_that_does_not_fit_says_nothing(write: Write, match: str) -> None:
    asset = bucket(tags=("team=ml",))
    assert one(write(f"assets: [{{match: {match}, set: {{owner: x}}, {SAID}}}]"), asset) == asset


def test_what_people_decide_wins_over_what_was_seen(write: Write) -> None:
    declarations = write(f"assets: [{{id: '{BUCKET}', set: {{data_classes: [], environment: dev}}, {SAID}}}]")
    applied = one(declarations, bucket(data_classes=("health",), environment="prod"))
    assert (applied.get("data_classes"), applied.get("environment")) == ((), "dev")


def test_what_the_provider_answered_stands(write: Write) -> None:
    declarations = write(f"assets: [{{id: '{BUCKET}', set: {{versioning: true}}, {SAID}}}]")
    assert one(declarations, bucket()).get("versioning") is True
    assert one(declarations, bucket(versioning=False)).get("versioning") is False
    assert remarks(declarations, [bucket()]) == []
    (remark,) = remarks(declarations, [bucket(versioning=False)])
    assert "the provider answers it" in remark


def test_an_id_wins_over_a_match_and_later_over_earlier(write: Write) -> None:
    declarations = write(
        f"""
assets:
- {{id: '{BUCKET}', set: {{owner: by-id}}, {SAID}}}
- {{match: {{kind: Bucket}}, set: {{owner: general, jurisdiction: EU}}, {SAID}}}
- {{match: {{kind: Data}}, set: {{jurisdiction: CH}}, {SAID}}}
"""
    )
    applied = one(declarations, bucket())
    assert (applied.get("owner"), applied.get("jurisdiction")) == ("by-id", "CH")


def test_azure_ids_are_the_same_in_any_case(write: Write) -> None:
    asset = Asset(id="/subscriptions/1/resourcegroups/g", kind="ResourceGroup", name="g")
    declarations = write(f"assets: [{{id: /subscriptions/1/resourceGroups/G, set: {{owner: x}}, {SAID}}}]")
    assert one(declarations, asset).get("owner") == "x"


def test_a_name_is_given_to_what_has_none(write: Write) -> None:
    declarations = write(f"assets: [{{match: {{kind: User}}, set: {{name: Mara}}, {SAID}}}]")
    nameless = Asset(id="entra:1", kind="User")
    named = Asset(id="entra:2", kind="User", name="Known")
    assert [asset.name for asset in apply(declarations, [nameless, named])] == ["Mara", "Known"]


def test_times_and_lists_become_values(write: Write) -> None:
    declarations = write(
        f"""
assets:
- {{match: {{kind: Dataset}}, set: {{withdrawn_at: 2026-11-20, data_classes: [health]}}, {SAID}}}
"""
    )
    applied = one(declarations, Asset(id="d/", kind="Dataset"))
    assert applied.get("withdrawn_at") == datetime(2026, 11, 20, tzinfo=UTC)
    assert applied.get("data_classes") == ("health",)


def test_evidence_opens_the_very_line(write: Write) -> None:
    declarations = write(f"assets: [{{id: '{BUCKET}', set: {{jurisdiction: EU}}, {SAID}}}]")
    (evidence,) = one(declarations, bucket()).evidence
    assert evidence == Evidence(READ.id, declarations.digest, "/assets/0/set/jurisdiction", ("jurisdiction",))
    document = msgspec.json.decode(declarations.documents[evidence.document])
    assert at_pointer(document, evidence.pointer) == "EU"
    assert declarations.coverage(datetime.now(UTC)).documents == (evidence.document,)


def test_systems_have_parts_by_id_and_by_match(write: Write) -> None:
    declarations = write(
        f"""
systems:
- id: letters
  name: Letters
  purpose: Writes letters.
  risk_class: high
  parts: ['{BUCKET}', {{kind: Endpoint}}, unseen]
  {SAID.replace(", ", chr(10) + "  ")}
"""
    )
    known = [bucket(), Asset(id="e", kind="Endpoint"), Asset(id="u", kind="User")]
    found = list(facts(declarations, known))
    (system,) = (fact for fact in found if isinstance(fact, Asset))
    assert (system.id, system.kind, system.get("risk_class")) == ("system:letters", "AISystem", "high")
    ends = {(f.source, f.type, f.target) for f in found if isinstance(f, Relation)}
    assert ends == {(BUCKET, "PART_OF", "system:letters"), ("e", "PART_OF", "system:letters")}
    assert remarks(declarations, known) == [
        "estate.yaml, line 7: nobody has seen unseen. Ids are written as the app shows them."
    ]


def test_owners_are_people_or_groups(write: Write) -> None:
    declarations = write(f"assets: [{{id: '{BUCKET}', owned_by: {{kind: Group, id: 'g'}}, {SAID}}}]")
    (owned,) = (fact for fact in facts(declarations, [bucket()]) if isinstance(fact, Relation))
    assert (owned.type, owned.source, owned.target, owned.target_kind) == ("OWNED_BY", BUCKET, "g", "Group")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("asets: []", 1, "unknown key `asets`. There are: assets, systems."),
        ("- a", 1, "keys with values are expected here."),
        ("assets:\n- {id: x", 2, "not valid YAML"),
        (
            f"assets:\n- id: x\n  sett: {{owner: a}}\n  {SAID.replace(', ', chr(10) + '  ')}",
            3,
            "unknown key `sett`",
        ),
        (
            f"assets:\n- {{id: x, id: y, set: {{owner: a}}, {SAID}}}",
            2,
            "the key `id` stands here a second time",
        ),
        ("assets:\n- {id: x, set: {owner: a}, date: 2026-11-20}", 2, "the key `reason` is missing."),
        ("assets:\n- {id: x, set: {owner: a}, reason: r, date: soon}", 2, "a date is written 2026-11-20."),
        ("assets:\n- {id: x, set: {owner: a}, reason: '', date: 2026-11-20}", 2, "there is no text here."),
        (f"assets:\n- {{set: {{owner: a}}, {SAID}}}", 2, "give either `id`"),
        (f"assets:\n- {{id: x, {SAID}}}", 2, "nothing is said of the asset"),
        (
            f"assets:\n- {{match: {{}}, set: {{owner: a}}, {SAID}}}",
            2,
            "an empty match would fit every asset.",
        ),
        (f"assets:\n- {{match: {{kind: Buket}}, set: {{owner: a}}, {SAID}}}", 2, "no kind or family `Buket`"),
        (f"assets:\n- {{id: x, set: {{ownr: a}}, {SAID}}}", 2, "Is `owner` meant?"),
        (f"assets:\n- {{id: x, set: {{account: a}}, {SAID}}}", 2, "`account` is recorded"),
        (
            f"assets:\n- {{match: {{kind: Bucket}}, set: {{low_trust: true}}, {SAID}}}",
            2,
            "Bucket has no property",
        ),
        (
            f"assets:\n- {{id: x, set: {{environment: live}}, {SAID}}}",
            2,
            "one of prod, staging, dev, sandbox.",
        ),
        (f"assets:\n- {{id: x, set: {{low_trust: 1}}, {SAID}}}", 2, "`low_trust` is true or false."),
        (f"assets:\n- {{id: x, set: {{withdrawn_at: soon}}, {SAID}}}", 2, "`withdrawn_at` is a date or time"),
        (f"assets:\n- {{id: x, set: {{crown_jewel: true}}, {SAID}}}", 2, "say in `crown_jewel_why`"),
        (f"assets:\n- {{id: x, set: {{transformation: aggregated}}, {SAID}}}", 2, "say in `attested_by`"),
        (f"assets:\n- {{id: x, set: {{transformation: blurred}}, {SAID}}}", 2, "is one of pseudonymised,"),
        (f"systems:\n- {{id: A b, name: n, purpose: p, {SAID}}}", 2, "an id is made of lower-case letters"),
        (
            f"systems:\n- {{id: a, name: n, purpose: p, {SAID}}}\n- {{id: a, name: n, purpose: p, {SAID}}}",
            3,
            "two systems",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(write: Write, text: str, line: int, sentence: str) -> None:
    with pytest.raises(EstateError, match=re.escape(f"estate.yaml, line {line}: ")) as caught:
        write(text)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(EstateError, match="can't be read"):
        read(tmp_path / "nowhere.yaml")


def test_an_empty_file_declares_nothing(write: Write) -> None:
    declarations = write("# nothing yet\n")
    assert list(apply(declarations, [bucket()])) == [bucket()]
    assert list(facts(declarations, [bucket()])) == []


def test_a_secret_in_the_file_is_redacted_as_anywhere(tmp_path: Path) -> None:
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    path = tmp_path / "estate.yaml"
    path.write_text(f"assets: [{{id: x, set: {{owner: '{secret}'}}, {SAID}}}]")
    declarations = read(path, Redactor(b"practice" * 4))
    assert secret.encode() not in declarations.document


def test_the_example_of_the_page_is_valid(write: Write) -> None:
    example, attested = re.findall(r"```yaml\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(write(f"assets:\n{attested}").assets) == 1
    declarations = write(example)
    assert (len(declarations.assets), len(declarations.systems)) == (3, 1)


def test_the_page_explains_every_key() -> None:
    text = PAGE.read_text("utf-8")
    for struct in (Declared, Match, System):
        for key in struct.__struct_fields__:
            assert f"`{key}`" in text
