"""Derived properties: each with a case that has it and one that has not; what is declared wins."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module

import msgspec
import pytest

from graph import ontology
from graph.derive import builds_on, derive
from graph.facts import Facts
from graph.marks import data_classes
from graph.model import Asset, Derived, Evidence, Json, Mark, Relation, Value

TAGS = Evidence("aws:s3:GetBucketTagging", "d", "/TagSet", ("tags",))


def asset(identifier: str, kind: str, **properties: Value) -> Asset:
    return Asset(id=identifier, kind=kind, name=identifier, properties=properties, evidence=(TAGS,))


def tagged(identifier: str, kind: str, *tags: str, **properties: Value) -> Asset:
    return asset(identifier, kind, tags=tags, **properties)


def marks_of(
    name: str, assets: Iterable[Asset], *links: Relation | Derived, given: Iterable[Mark] = ()
) -> list[Mark]:
    facts = Facts.of_records(assets, [link for link in links if isinstance(link, Relation)])
    for link in links:
        if isinstance(link, Derived):
            facts.add(link)
    for mark in given:
        facts.mark(mark)
    found: list[Mark] = list(import_module(f"graph.marks.{name}").derive(facts))
    return found


def values(marks: Iterable[Mark]) -> dict[tuple[str, str], Value]:
    return {(mark.asset, mark.property): mark.value for mark in marks}


def exposes(
    target: str,
    auth: str,
    source: str = "internet:",
    *,
    limit: bool | None = None,
    conditions: tuple[str, ...] = (),
) -> Derived:
    properties: dict[str, Value] = {"auth": auth, **({} if limit is None else {"throttled": limit})}
    return Derived(
        type="EXPOSES",
        source=source,
        target=target,
        because=(("r:1",),),
        properties=properties,
        conditions=conditions,
    )


@pytest.mark.parametrize(
    ("thing", "environment"),
    [
        (tagged("x", "Bucket", "env=prod"), "prod"),
        (tagged("x", "Bucket", "Environment=Production"), "prod"),
        (tagged("x", "Bucket", "stage=UAT"), "staging"),
        (tagged("x-prod", "Bucket", "env=dev"), "dev"),
        (tagged("x", "Bucket", "env=prod", "stage=dev"), None),
        (tagged("x", "Bucket", "env="), None),
        (tagged("x", "Bucket", "colour=prod"), None),
        (asset("notes-prod-eu", "Bucket"), "prod"),
        (asset("product-notes", "Bucket"), None),
        (asset("test-notes", "Bucket"), None),
        (asset("prod-to-dev", "Bucket"), None),
        (asset("x-prod", "Bucket", environment="sandbox"), None),
    ],
    ids=lambda thing: thing.id if isinstance(thing, Asset) else str(thing),
)
def test_environment_is_what_tags_say_else_a_word_of_the_name(thing: Asset, environment: str | None) -> None:
    found = values(marks_of("environment", [thing]))
    assert found == ({(thing.id, "environment"): environment} if environment else {})


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        (["Owner=ada"], "ada"),
        (["team=radiology", "contact=x"], "radiology"),
        (["cost=1"], None),
        (["owner="], None),
    ],
)
def test_owner_is_what_the_first_tag_that_names_one_says(tags: list[str], owner: str | None) -> None:
    marks = marks_of("owner", [tagged("x", "Bucket", *tags)])
    assert [(mark.value, mark.because) for mark in marks] == ([(owner, (TAGS.id,))] if owner else [])


@pytest.mark.parametrize(
    ("tags", "level"),
    [
        (["data-class=internal"], "internal"),
        (["DataClassification=Highly Confidential"], "regulated"),
        (["DataClassification=confidential, internal"], "confidential"),
        (["sensitivity=phi", "classification=public"], "regulated"),
        (["classification=purple"], None),
    ],
)
def test_data_class_is_the_strictest_that_tags_say(tags: list[str], level: str | None) -> None:
    found = [mark.value for mark in marks_of("data_class", [tagged("x", "Bucket", *tags)])]
    assert found == ([level] if level else [])
    assert marks_of("data_class", [tagged("x", "Role", *tags)]) == []


R = Relation
LINEAGE = (
    [
        tagged("b", "Bucket", "data=none", "contains=phi"),
        asset("d", "Dataset"),
        asset("job", "TrainingJob"),
        asset("m", "Model"),
        asset("m2", "Model"),
        asset("e", "Endpoint"),
        asset("kb", "KnowledgeBase"),
        asset("a", "Agent"),
        asset("log", "LogStore"),
        asset("other", "Dataset"),
        asset("acct", "Account"),
    ],
    [
        R("CONTAINS", "b", "d"),
        R("TRAINED_ON", "job", "d"),
        R("PRODUCED", "job", "m"),
        R("DERIVED_FROM", "m2", "m"),
        R("SERVES", "e", "m2"),
        R("INDEXES", "kb", "d"),
        R("RETRIEVES_FROM", "a", "kb"),
        R("LOGS_TO", "e", "log"),
        R("CONTAINS", "acct", "other"),
        R("TRAINED_ON", "job", "other"),
    ],
)


def test_data_classes_go_from_a_bucket_to_the_endpoint_and_the_agent_and_nowhere_else() -> None:
    marks = marks_of("data_classes", LINEAGE[0], *LINEAGE[1])
    classes = [mark for mark in marks if mark.property == "data_classes"]
    assert {mark.asset for mark in classes} == {"b", "d", "job", "m", "m2", "e", "log", "kb", "a"}
    assert {mark.value for mark in classes} == {("health",)}
    because = {mark.asset: mark.because for mark in classes}
    assert because["b"] == (TAGS.id,)
    assert because["d"] == (LINEAGE[1][0].id,)


def test_data_classes_that_are_declared_win_over_inherited_ones() -> None:
    assets = [a if a.id != "m" else asset("m", "Model", data_classes=()) for a in LINEAGE[0]]
    found = values(marks_of("data_classes", assets, *LINEAGE[1]))
    assert {identifier for identifier, name in found if name == "data_classes"} == {
        "b",
        "d",
        "job",
        "kb",
        "a",
    }
    assets = [a if a.id != "d" else asset("d", "Dataset", data_classes=("payment",)) for a in LINEAGE[0]]
    found = values(marks_of("data_classes", assets, *LINEAGE[1]))
    assert found["d", "data_classes"] == found["e", "data_classes"] == ("payment",)
    assert found["b", "data_classes"] == ("health", "payment")


def test_a_container_holds_what_its_contents_hold_and_its_other_contents_do_not() -> None:
    assets = [
        tagged("p", "Dataset", "contains=phi"),
        asset("b", "Bucket"),
        asset("q", "Dataset"),
        asset("w", "Dataset"),
    ]
    kb = asset("kb", "KnowledgeBase")
    relations = [
        R("CONTAINS", "b", "w"),
        R("CONTAINS", "w", "p"),
        R("CONTAINS", "w", "q"),
        R("INDEXES", "kb", "w"),
    ]
    marks = marks_of("data_classes", [*assets, kb], *relations)
    assert {mark.asset for mark in marks} == {"p", "w", "b", "kb"}


def test_data_classes_of_several_sources_add_up_also_in_a_circle() -> None:
    assets = [tagged("d1", "Dataset", "contains=phi,pci"), tagged("d2", "Dataset", "contains=pii")]
    circle = [R("DERIVED_FROM", "d1", "d2"), R("DERIVED_FROM", "d2", "d1")]
    found = values(marks_of("data_classes", assets, *circle))
    assert {value for (_, name), value in found.items() if name == "data_classes"} == {
        ("health", "payment", "personal")
    }


def test_each_step_of_the_way_says_why() -> None:
    marks = values(marks_of("data_classes", LINEAGE[0], *LINEAGE[1]))
    assert marks["b", "data_classes_why"] == ("health: a tag says so",)
    assert marks["d", "data_classes_why"] == ("health: b holds it; a tag of b says so",)
    assert marks["e", "data_classes_why"] == ("health: m2 is served by it; a tag of b says so",)


def seen(identifier: str, *kinds: str, **more: Value) -> Asset:
    """A dataset that somebody looked into."""
    sentences = tuple(f"{kind}: in a column of a file" for kind in kinds)
    return asset(identifier, "Dataset", detected_classes=kinds, detected=sentences, **more)


def test_what_a_look_inside_found_adds_to_tags_and_goes_along() -> None:
    thing = msgspec.structs.replace(
        seen("d", "health"), properties={**seen("d", "health").properties, "tags": ("contains=pci",)}
    )
    links = [R("TRAINED_ON", "j", "d"), R("PRODUCED", "j", "m")]
    found = values(marks_of("data_classes", [thing, asset("j", "TrainingJob"), asset("m", "Model")], *links))
    assert found["m", "data_classes"] == ("health", "payment")
    assert found["d", "data_classes_why"] == (
        "health: a look inside found it (in a column of a file)",
        "payment: a tag says so",
    )


def test_what_was_found_in_a_part_is_not_in_the_other_parts() -> None:
    bucket = asset("b", "Bucket", detected_classes=("health",))
    things = [bucket, asset("d", "Dataset"), asset("j", "TrainingJob")]
    found = values(marks_of("data_classes", things, R("CONTAINS", "b", "d"), R("TRAINED_ON", "j", "d")))
    assert {identifier for identifier, name in found if name == "data_classes"} == {"b"}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("aws:macie2:GetFindings", "Amazon Macie's findings say so"),
        ("gcp:dlp:ListTableDataProfiles", "Sensitive Data Protection's profiles say so"),
        ("inspect:data:Read", "a look inside found it"),
    ],
)
def test_who_found_it_is_told(call: str, says: str) -> None:
    piece = Evidence(call, "d", "/x", ("detected_classes",))
    thing = Asset(id="d", kind="Dataset", properties={"detected_classes": ("health",)}, evidence=(piece,))
    assert values(marks_of("data_classes", [thing]))["d", "data_classes_why"] == (f"health: {says}",)


def test_nothing_found_says_nothing() -> None:
    assert marks_of("data_classes", [seen("d")]) == []


def test_what_lies_in_a_model_file_is_in_the_model_and_not_in_its_bucket() -> None:
    file = asset("f", "ModelFile", detected_classes=("personal",))
    links = [R("STORED_IN", "m", "f"), R("CONTAINS", "b", "f"), R("SERVES", "e", "m")]
    things = [file, asset("m", "Model"), asset("b", "Bucket"), asset("e", "Endpoint")]
    found = values(marks_of("data_classes", things, *links))
    assert {k for k, name in found if name == "data_classes"} == {"b", "m", "e"}
    clean = [asset("f", "ModelFile"), *things[1:]]
    assert marks_of("data_classes", clean, *links) == []


def test_a_log_holds_what_was_said_beside_other_things() -> None:
    things = [seen("d", "health"), asset("kb", "KnowledgeBase"), asset("a", "Agent")]
    things += [asset("l", "Bucket"), asset("other", "Dataset")]
    links = [R("INDEXES", "kb", "d"), R("RETRIEVES_FROM", "a", "kb"), R("LOGS_TO", "a", "l")]
    links += [R("CONTAINS", "l", "other")]
    found = values(marks_of("data_classes", things, *links))
    assert {k for k, name in found if name == "data_classes"} == {"d", "kb", "a", "l"}


ATTESTED: dict[str, Value] = {"attested_by": "Dr. Roth", "attested_on": datetime(2026, 3, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("transformation", "classes"),
    [
        (None, ("health", "personal")),
        ("pseudonymised", ("pseudonymised_health", "pseudonymised_personal")),
        ("aggregated", None),
        ("synthetic", None),
    ],
)
def test_an_attested_transformation_lowers_what_is_taken_over_and_is_shown(
    transformation: str | None, classes: tuple[str, ...] | None
) -> None:
    given: dict[str, Value] = {"transformation": transformation, **ATTESTED} if transformation else {}
    things = [seen("raw", "health", "personal"), asset("d", "Dataset", **given)]
    things += [asset("j", "TrainingJob"), asset("m", "Model")]
    links = [R("DERIVED_FROM", "d", "raw"), R("TRAINED_ON", "j", "d"), R("PRODUCED", "j", "m")]
    found = values(marks_of("data_classes", things, *links))
    assert found.get(("d", "data_classes")) == classes
    assert found.get(("m", "data_classes")) == classes
    why = found["d", "data_classes_why"]
    assert isinstance(why, tuple)
    shown = f"{transformation}, as Dr. Roth attests since 2026-03-01"
    assert all((shown in str(one)) is bool(transformation) for one in why)
    assert len(why) == 2


@pytest.mark.parametrize(
    ("transformation", "classes"),
    [
        ("pseudonymised", ("personal", "pseudonymised_health")),
        ("aggregated", ("health", "personal")),
        ("synthetic", None),
    ],
)
def test_what_a_look_inside_finds_stands_against_the_attestation_but_in_made_up_data(
    transformation: str, classes: tuple[str, ...] | None
) -> None:
    thing = seen("d", "health", "personal", transformation=transformation, **ATTESTED)
    assert values(marks_of("data_classes", [thing])).get(("d", "data_classes")) == classes


def test_what_people_say_is_shown_with_their_reason_and_date() -> None:
    entry: dict[str, Json] = {
        "set": {"data_classes": ["personal"]},
        "reason": "Contract.",
        "date": "2026-02-01",
    }
    piece = Evidence("declared:estate:Read", "doc", "/assets/0/set/data_classes", ("data_classes",))
    thing = Asset(
        id="d", kind="Dataset", name="d", properties={"data_classes": ("personal",)}, evidence=(piece,)
    )
    facts = Facts.of_records([thing], documents={"doc": {"assets": [entry]}})
    marks = {mark.property: mark.value for mark in data_classes.derive(facts)}
    assert marks["data_classes_why"] == ("personal: estate.yaml says so (2026-02-01: Contract.)",)


CLASSES = [Mark("d", "data_classes", ("health",)), Mark("m", "data_classes", ("health", "personal"))]


def test_sensitive_data_that_feeds_ai_and_models_that_are_served_are_crown_jewels_and_say_why() -> None:
    assets = [
        asset("d", "Dataset"),
        asset("m", "Model"),
        asset("kb", "KnowledgeBase"),
        asset("e", "Endpoint"),
    ]
    links = [R("INDEXES", "kb", "d"), R("SERVES", "e", "m")]
    found = values(marks_of("crown_jewel", assets, *links, given=CLASSES))
    assert found == {
        ("d", "crown_jewel"): True,
        ("d", "crown_jewel_why"): "holds health data and feeds AI",
        ("m", "crown_jewel"): True,
        ("m", "crown_jewel_why"): "holds health and personal data and is served",
    }


def test_what_nobody_uses_or_holds_nothing_sensitive_or_is_declared_is_no_derived_jewel() -> None:
    unused = [asset("d", "Dataset"), asset("m", "Model")]
    assert marks_of("crown_jewel", unused, given=CLASSES) == []
    used = [*unused, asset("job", "TrainingJob")]
    link = R("TRAINED_ON", "job", "d")
    assert marks_of("crown_jewel", used, link) == []
    declared = [asset("d", "Dataset", crown_jewel=False), asset("job", "TrainingJob")]
    assert marks_of("crown_jewel", declared, link, given=CLASSES) == []


@pytest.mark.parametrize(
    ("auth", "public"), [("none", True), ("key", True), ("iam", False), ("oauth", False), ("unknown", False)]
)
def test_an_endpoint_is_public_behind_a_door_that_asks_for_nothing_or_a_key(auth: str, public: bool) -> None:
    found = values(marks_of("exposure", [asset("e", "Endpoint")], exposes("e", auth)))
    assert found == ({("e", "exposure"): "public"} if public else {})


def test_an_endpoint_behind_a_gateway_only_stays_unknown() -> None:
    assert marks_of("exposure", [asset("e", "Endpoint")], exposes("e", "none", source="g")) == []


@pytest.mark.parametrize(
    ("first", "second", "public"),
    [
        ("none", "none", True),
        ("key", "key", True),
        ("none", "iam", False),
        ("iam", "none", False),
        ("custom", "custom", False),
    ],
)
def test_an_endpoint_behind_gateways_is_as_public_as_all_doors_are(
    first: str, second: str, *, public: bool
) -> None:
    links = (exposes("g", first), exposes("e", second, source="g"))
    found = values(marks_of("exposure", [asset("e", "Endpoint"), asset("g", "ApiGateway")], *links))
    assert found == ({("e", "exposure"): "public"} if public else {})


def test_a_door_that_hangs_on_something_makes_nothing_public() -> None:
    door = exposes("e", "none", conditions=("aws:SourceIp",))
    assert marks_of("exposure", [asset("e", "Endpoint")], door) == []


def test_code_that_asks_the_endpoint_is_no_door_to_it() -> None:
    assets = [asset("e", "Endpoint"), asset("f", "Function")]
    assert marks_of("exposure", assets, exposes("f", "none"), R("CALLS_MODEL", "f", "e")) == []


GATES = [asset("e", "Endpoint"), asset("g", "ApiGateway"), asset("g2", "ApiGateway"), asset("f", "Function")]
OPEN = (exposes("g", "none"), exposes("e", "none", source="g", limit=False))
LIMITED = (exposes("g", "none"), exposes("e", "none", source="g", limit=True))
KEYED = (exposes("g2", "key"), exposes("e", "key", source="g2", limit=True))


@pytest.mark.parametrize(
    ("links", "limit"),
    [
        (OPEN, False),
        (LIMITED, True),
        (KEYED, True),
        ((*LIMITED, *KEYED), True),
        ((*OPEN, *KEYED), False),  # the other way goes around the limit
        ((exposes("g", "none"), exposes("e", "none", source="g")), None),
        ((*KEYED, exposes("g", "none"), exposes("e", "none", source="g")), None),
        ((exposes("e", "none"),), None),  # no gateway says anything: it may have a limit of its own
        ((*LIMITED, exposes("e", "key")), None),
        ((exposes("e", "none", source="g", limit=False),), None),  # the internet does not arrive
        ((exposes("g", "iam"), exposes("e", "iam", source="g", limit=False)), None),
        ((*LIMITED, exposes("g2", "iam"), exposes("e", "iam", source="g2", limit=False)), True),
        ((exposes("g", "unknown"), exposes("e", "unknown", source="g", limit=False)), None),
        ((*LIMITED, exposes("g2", "unknown"), exposes("e", "unknown", source="g2", limit=False)), None),
        ((exposes("g", "none", conditions=("aws:SourceIp",)), OPEN[1]), None),
        # Two gateways one after the other: one limit is enough.
        ((exposes("g2", "none"), exposes("g", "none", source="g2", limit=True), OPEN[1]), True),
        ((exposes("g2", "none"), exposes("g", "none", source="g2", limit=False), OPEN[1]), False),
        # Code in between may limit, or not.
        (
            (exposes("g", "none"), exposes("f", "none", source="g", limit=True), R("CALLS_MODEL", "f", "e")),
            True,
        ),
        (
            (exposes("g", "none"), exposes("f", "none", source="g", limit=False), R("CALLS_MODEL", "f", "e")),
            None,
        ),
        ((*LIMITED, exposes("f", "none"), R("CALLS_MODEL", "f", "e")), None),
        ((), None),
    ],
)
def test_an_endpoint_is_limited_when_each_way_in_is(
    links: tuple[Relation | Derived, ...], *, limit: bool | None
) -> None:
    found = values(marks_of("throttled", GATES, *links))
    assert found == ({} if limit is None else {("e", "throttled"): limit})


def test_a_gateway_speaks_for_its_ways_where_these_say_nothing() -> None:
    gates = [asset("e", "Endpoint"), asset("g", "ApiGateway", throttled=False)]
    links = (exposes("g", "none"), exposes("e", "none", source="g"))
    assert values(marks_of("throttled", gates, *links)) == {("e", "throttled"): False}
    assert values(marks_of("throttled", gates, *LIMITED)) == {("e", "throttled"): True}


def test_doors_that_lead_in_a_circle_end() -> None:
    links = (*OPEN, exposes("g2", "none", source="g"), exposes("g", "none", source="g2"))
    assert values(marks_of("throttled", GATES, *links)) == {("e", "throttled"): False}


def test_the_limit_says_over_which_ways() -> None:
    (mark,) = marks_of("throttled", GATES, *OPEN, *KEYED)
    assert set(mark.because) == {link.id for link in OPEN}


def test_agents_and_endpoints_of_foundation_models_write_text() -> None:
    assets = [
        asset("a", "Agent"),
        asset("e", "Endpoint"),
        asset("e2", "Endpoint"),
        asset("fm", "FoundationModel"),
        asset("m", "Model"),
    ]
    links = [R("SERVES", "e", "fm"), R("SERVES", "e2", "m")]
    assert values(marks_of("generative", assets, *links)) == {
        ("a", "generative"): True,
        ("e", "generative"): True,
    }


@pytest.mark.parametrize(
    ("identifier", "native", "ours"),
    [
        ("arn:aws:iam::111122223333:root", "account", True),
        ("arn:aws:iam::999988887777:root", "account", False),
        ("arn:aws:sts::111122223333:assumed-role/x/y", "account", True),
        ("//iam.googleapis.com/projects/linden-imaging/serviceAccounts/a@b", "account", True),
        ("//iam.googleapis.com/projects/stranger/serviceAccounts/a@b", "account", False),
        ("google:user:ada@example.org", "account", False),
        ("federated:https://ci.example/repo:*", "federated", False),
        ("anyone:", "anyone", False),
        ("service:aws:lambda.amazonaws.com", "cloud_service", None),
    ],
)
def test_an_outsider_is_one_of_ours_when_its_account_is(
    identifier: str, native: str, ours: bool | None
) -> None:
    assets = [
        asset("a1", "Account", account="111122223333"),
        asset("a2", "Account", account="linden-imaging"),
        asset("a3", "Account", account="999988887777", missing=True),
        asset(identifier, "ExternalPrincipal", native_kind=native),
    ]
    found = values(marks_of("in_organization", assets)).get((identifier, "in_organization"))
    assert found is ours


def test_an_identity_that_only_jobs_act_as_is_a_pipelines() -> None:
    service = asset("service:aws:x", "ExternalPrincipal", native_kind="cloud_service")
    person = asset("u", "User")
    assets = [asset("r", "Role"), asset("job", "TrainingJob"), asset("n", "Notebook"), service, person]
    runs = R("RUNS_AS", "job", "r")
    (mark,) = marks_of("is_pipeline", assets, runs, R("TRUSTS", "r", "service:aws:x"))
    assert (mark.asset, mark.value, mark.because) == ("r", True, (runs.id,))
    for spoiler in (R("TRUSTS", "r", "u"), R("RUNS_AS", "n", "r")):
        assert marks_of("is_pipeline", assets, runs, spoiler) == []
    assert marks_of("is_pipeline", assets) == []


def test_a_credential_that_lies_open_is_leaked() -> None:
    leak = Derived(type="LEAKS", source="repo", target="c", because=(("r:1",),))
    assets = [asset("c", "Credential"), asset("c2", "Credential"), asset("repo", "Repository")]
    (mark,) = marks_of("leaked", assets, leak)
    assert (mark.asset, mark.because) == ("c", (leak.id,))


def test_what_is_declared_wins_in_the_end() -> None:
    declared = tagged("b", "Bucket", "owner=ada", "env=prod", owner="grace", environment="dev")
    facts = Facts.of_records([declared])
    derive(facts)
    assert facts.value("b", "owner") == "grace"
    assert facts.value("b", "environment") == "dev"


MARKS = sorted(name.removeprefix("*.") for name in builds_on() if name.startswith("*."))


TOLD = {"ApiGateway.throttled"}
"""What providers say themselves of one kind, and a mark works out for another."""


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_is_a_property_of_the_ontology_that_may_be_derived(name: str) -> None:
    kinds = [kind for kind in ontology.KINDS if name in ontology.properties_of(kind)]
    kinds = [kind for kind in kinds if f"{kind}.{name}" not in TOLD]
    assert kinds
    assert {ontology.properties_of(kind)[name].origin for kind in kinds} <= {"derived", "declared", "scanned"}


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_builds_only_on_what_there_is(name: str) -> None:
    for need in builds_on()[f"*.{name}"]:
        kind, _, prop = need.partition(".")
        if not prop:
            assert kind in ontology.RELATIONS
        elif kind == "*":
            assert prop in ontology.ALL or f"*.{prop}" in builds_on()
        else:
            assert all(prop in ontology.properties_of(each) for each in ontology.expand(kind))
