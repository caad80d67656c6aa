"""The attack graph: being able to call a thing is not being able to become it."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import attack
from graph.attack import SMALL_SET, Attack, foothold_id, reachable
from graph.derive import edge_kinds
from graph.facts import Facts
from graph.model import Asset, Derived, Evidence, Mark, Relation, State, Value

AUTH = Evidence("aws:lambda:GetFunctionUrlConfig", "d", "/AuthType", ("auth",))
Step = tuple[str, str]
"""A step as (`state@asset`, `state@asset`)."""


def asset(identifier: str, kind: str, **properties: Value) -> Asset:
    return Asset(id=identifier, kind=kind, properties=properties)


def edge(kind: str, source: str, target: str, **more: object) -> Derived:
    given = {"because": (("r:why",),), **more}
    return Derived(type=kind, source=source, target=target, **given)  # type: ignore[arg-type]  # as given


def exposes(source: str, target: str, auth: str = "none", **more: object) -> Derived:
    return edge("EXPOSES", source, target, properties={"auth": auth}, evidence=(AUTH,), **more)


NET, ANY = asset("internet:", "Internet"), asset("anyone:", "ExternalPrincipal", native_kind="anyone")
KINDS = {
    "f": "Function",
    "w": "Workload",
    "a": "Agent",
    "a2": "Agent",
    "e": "Endpoint",
    "m": "Model",
    "fm": "FoundationModel",
    "t": "Tool",
    "kb": "KnowledgeBase",
    "v": "VectorIndex",
    "d": "Dataset",
    "mf": "ModelFile",
    "n": "Notebook",
    "r": "Role",
    "r2": "Role",
    "u": "User",
    "c": "Credential",
    "repo": "Repository",
    "g": "ApiGateway",
    "j": "TrainingJob",
    "b": "Bucket",
}


def built(*links: Relation | Derived, assets: Iterable[Asset] = ()) -> Attack:
    """The attack graph of these relations; ends are assets of the table, or of `assets`."""
    given = {a.id: a for a in (NET, ANY, *assets)}
    every = [given.pop(i, asset(i, kind)) for i, kind in KINDS.items()] + list(given.values())
    facts = Facts.of_records(every, [link for link in links if isinstance(link, Relation)])
    for link in links:
        if isinstance(link, Derived):
            facts.add(link)
    return attack.build(facts, edge_kinds())


def steps(graph: Attack, kind: str = "STEP") -> set[Step]:
    def short(foothold: str) -> str:
        return foothold.removeprefix("foothold:")

    return {(short(r.source), short(r.target)) for r in graph.relations if r.type == kind}


def held(graph: Attack, *from_footholds: str) -> set[str]:
    """All that steps lead to from these footholds, themselves included."""
    following = steps(graph)
    found, todo = set(from_footholds), list(from_footholds)
    while todo:
        here = todo.pop()
        for start, end in following:
            if start == here and end not in found:
                found.add(end)
                todo.append(end)
    return found


R = Relation
OPEN: list[tuple[Relation | Derived, str, str]] = [
    (R("CALLS_MODEL", "f", "a"), "invoke@f", "steer@a"),
    (R("CALLS_MODEL", "f", "e"), "invoke@f", "query@e"),
    (R("CALLS_MODEL", "w", "fm"), "invoke@w", "invoke@fm"),
    (R("SERVES", "e", "m"), "query@e", "query@m"),
    (R("RETRIEVES_FROM", "a", "kb"), "steer@a", "read@kb"),
    (R("INDEXES", "kb", "d"), "read@kb", "read@d"),
    (R("STORED_IN", "kb", "v"), "read@kb", "read@v"),
    (R("USES_TOOL", "a", "t"), "steer@a", "invoke@t"),
    (R("USES_TOOL", "a", "t", {"needs_approval": False}), "steer@a", "invoke@t"),
    (R("IMPLEMENTED_BY", "t", "f"), "invoke@t", "invoke@f"),
    (R("IMPLEMENTED_BY", "a", "f"), "steer@a", "invoke@f"),
    (R("DELEGATES_TO", "a", "a2"), "steer@a", "steer@a2"),
    (R("RUNS_AS", "n", "r"), "run@n", "act@r"),
    (R("RUNS_AS", "f", "r"), "run@f", "act@r"),
    (R("INDEXES", "kb", "d"), "write@d", "write@kb"),
    (R("RETRIEVES_FROM", "a", "kb"), "write@kb", "steer@a"),
    (R("STORED_IN", "m", "mf"), "read@mf", "read@m"),
    (R("AUTHENTICATES", "c", "u"), "act@c", "act@u"),
    (edge("CAN_READ", "r", "d"), "act@r", "read@d"),
    (edge("CAN_WRITE", "r", "d"), "act@r", "write@d"),
    (edge("CAN_INVOKE", "r", "e"), "act@r", "query@e"),
    (edge("CAN_INVOKE", "r", "a"), "act@r", "steer@a"),
    (edge("CAN_INVOKE", "r", "f"), "act@r", "invoke@f"),
    (edge("CAN_ASSUME", "r", "r2"), "act@r", "act@r2"),
    (edge("CAN_POISON", "r", "m"), "act@r", "write@m"),
    (edge("CAN_REPLACE", "r", "m"), "act@r", "write@m"),
    (edge("CAN_HIJACK", "r", "n"), "act@r", "run@n"),
    (edge("CAN_EXTRACT", "e", "d"), "query@e", "read@d"),
    (edge("LEAKS", "repo", "c"), "read@repo", "act@c"),
    (exposes("internet:", "f"), "reach@internet:", "reach@f"),
    (exposes("internet:", "f"), "reach@f", "invoke@f"),
    (exposes("internet:", "e"), "reach@internet:", "query@e"),
    (exposes("g", "f"), "invoke@g", "invoke@f"),
]


@pytest.mark.parametrize(("link", "start", "end"), OPEN, ids=lambda each: getattr(each, "type", each))
def test_a_passage_leads_from_the_state_it_needs_to_the_one_it_gives(
    link: Relation | Derived, start: str, end: str
) -> None:
    assert (start, end) in steps(built(link))


@pytest.mark.parametrize(
    ("link", "start"),
    [
        (R("RUNS_AS", "f", "r"), "invoke@f"),
        (R("RUNS_AS", "f", "r"), "reach@f"),
        (R("RUNS_AS", "f", "r"), "write@r"),
        (R("RUNS_AS", "a", "r"), "steer@a"),
        (R("RUNS_AS", "a", "r"), "invoke@a"),
        (R("RUNS_AS", "e", "r"), "query@e"),
        (R("RUNS_AS", "e", "r"), "invoke@e"),
        (R("RUNS_AS", "j", "r"), "act@r"),
        (R("CALLS_MODEL", "a", "fm"), "steer@a"),
        (R("CALLS_MODEL", "f", "a"), "reach@f"),
        (R("SERVES", "e", "m"), "reach@e"),
        (R("RETRIEVES_FROM", "a", "kb"), "read@kb"),
        (R("RETRIEVES_FROM", "e", "fs"), "query@e"),
        (R("INDEXES", "kb", "d"), "read@d"),
        (R("STORED_IN", "m", "mf"), "read@m"),
        (R("USES_TOOL", "a", "t"), "invoke@t"),
        (R("USES_TOOL", "a", "t", {"needs_approval": True}), "steer@a"),
        (R("IMPLEMENTED_BY", "e", "w"), "query@e"),
        (R("AUTHENTICATES", "c", "u"), "act@u"),
        (R("CONTAINS", "b", "d"), "read@b"),
        (R("ENCRYPTED_WITH", "d", "k"), "read@d"),
        (edge("CAN_READ", "r", "d"), "read@d"),
        (edge("CAN_WRITE", "r", "d"), "read@d"),
        (edge("CAN_ASSUME", "r", "r2"), "act@r2"),
        (edge("LEAKS", "repo", "c"), "reach@repo"),
        (exposes("internet:", "f", "iam"), "reach@f"),
        (exposes("g", "f"), "reach@g"),
    ],
    ids=lambda each: getattr(each, "type", each),
)
def test_a_passage_leads_nowhere_from_another_state(link: Relation | Derived, start: str) -> None:
    more = [asset("fs", "FeatureStore"), asset("k", "EncryptionKey")]
    assert held(built(link, assets=more), start) == {start}


def test_a_callable_endpoint_with_a_strong_role_gives_nothing_of_the_role() -> None:
    graph = built(
        exposes("internet:", "e"), R("RUNS_AS", "e", "r"), R("SERVES", "e", "m"), edge("CAN_READ", "r", "d")
    )
    assert held(graph, "reach@internet:") == {"reach@internet:", "reach@e", "query@e", "query@m"}


def test_a_steered_agent_uses_what_is_attached_to_it_and_nothing_else_of_its_role() -> None:
    graph = built(
        exposes("internet:", "f"),
        R("CALLS_MODEL", "f", "a"),
        R("RUNS_AS", "a", "r"),
        edge("CAN_READ", "r", "b"),
        R("RETRIEVES_FROM", "a", "kb"),
        R("INDEXES", "kb", "d"),
    )
    reached = held(graph, "reach@internet:")
    assert {"steer@a", "read@kb", "read@d"} <= reached
    assert not {"act@r", "read@b"} & reached


def test_a_door_that_asks_who_is_there_is_a_blocked_step_with_the_evidence_that_it_asks() -> None:
    for auth in ("iam", "oauth", "key"):
        graph = built(exposes("internet:", "f", auth))
        assert ("reach@internet:", "reach@f") in steps(graph)
        assert ("reach@f", "invoke@f") in steps(graph, "BLOCKED_STEP")
        assert "invoke@f" not in held(graph, "reach@internet:")
        blocked = [r for r in graph.relations if r.type == "BLOCKED_STEP"]
        assert {r.properties["guards"] for r in blocked} == {(AUTH.id,)}


def test_a_door_of_which_nobody_knows_whether_it_asks_is_a_step_on_that_condition() -> None:
    graph = built(exposes("internet:", "f", "unknown"))
    (found,) = (
        r
        for r in graph.relations
        if r.type == "STEP" and r.target == "foothold:invoke@f" and r.source == "foothold:reach@internet:"
    )
    assert found.properties["conditional"] is True


def test_what_indexes_a_prefix_gives_away_the_prefixes_below() -> None:
    assets = (
        Asset(id="kb", kind="KnowledgeBase"),
        Asset(id="w/", kind="Dataset"),
        Asset(id="w/p/", kind="Dataset"),
    )
    facts = Facts.of_records(assets, [Relation("INDEXES", "kb", "w/"), Relation("CONTAINS", "w/", "w/p/")])
    found = steps(attack.build(facts, edge_kinds()))
    assert {("read@kb", "read@w/"), ("read@kb", "read@w/p/")} <= found


def test_a_door_that_is_shut_blocks_both_arriving_and_being_served() -> None:
    graph = built(exposes("internet:", "f", guards=("e:private",), because=()))
    assert held(graph, "reach@internet:") == {"reach@internet:"}
    assert ("reach@internet:", "reach@f") in steps(graph, "BLOCKED_STEP")
    assert steps(graph) == set()


def test_a_gateway_that_asks_who_is_there_blocks_the_open_function_behind_it() -> None:
    graph = built(exposes("internet:", "g", "iam"), exposes("g", "f"))
    assert held(graph, "reach@internet:") == {"reach@internet:", "reach@g"}
    graph = built(exposes("internet:", "g"), exposes("g", "f"))
    assert "invoke@f" in held(graph, "reach@internet:")


def test_a_function_behind_an_open_gateway_keeps_the_lock_of_its_own_address() -> None:
    """The function asks nothing of the gateway; what comes straight from the internet it does ask."""
    graph = built(exposes("internet:", "f", "iam"), exposes("internet:", "g", "iam"), exposes("g", "f"))
    assert held(graph, "reach@internet:") == {"reach@internet:", "reach@f", "reach@g"}


def test_of_two_doors_the_open_one_lets_in() -> None:
    graph = built(exposes("internet:", "f", "iam"), exposes("internet:", "f"))
    assert "invoke@f" in held(graph, "reach@internet:")


def test_an_approval_blocks_a_tool_and_is_the_guard() -> None:
    piece = Evidence("aws:bedrock-agent:GetAgentActionGroup", "d", "/x", ("needs_approval",))
    other = Evidence("aws:bedrock-agent:GetAgentActionGroup", "d", "/y", ("target",))
    graph = built(R("USES_TOOL", "a", "t", {"needs_approval": True}, (other, piece)))
    (blocked,) = [r for r in graph.relations if r.type == "BLOCKED_STEP"]
    assert (blocked.source, blocked.target) == (foothold_id("steer", "a"), foothold_id("invoke", "t"))
    assert blocked.properties["guards"] == (piece.id,)


def test_what_a_deny_stops_is_kept_as_a_blocked_step_with_its_guards() -> None:
    graph = built(edge("CAN_READ", "r", "d", guards=("e:deny", "e:other"), because=()))
    assert steps(graph) == set()
    (blocked,) = [r for r in graph.relations if r.type == "BLOCKED_STEP"]
    assert blocked.properties["guards"] == ("e:deny", "e:other")


def test_anyone_who_is_allowed_needs_a_door_too() -> None:
    allowed = edge("CAN_INVOKE", "anyone:", "f")
    no_door = built(allowed)
    (step,) = [r for r in no_door.relations if r.type == "STEP"]
    assert step.properties["conditional"] is True
    assert step.properties["conditions"] == (attack.NO_DOOR_SEEN,)

    opened = built(allowed, exposes("internet:", "f", "iam"))
    step = next(r for r in opened.relations if r.source == foothold_id("act", "anyone:"))
    assert "conditional" not in step.properties

    shut = built(allowed, exposes("internet:", "f", guards=("e:private",), because=()))
    assert ("act@anyone:", "invoke@f") in steps(shut, "BLOCKED_STEP")
    assert ("act@anyone:", "invoke@f") not in steps(shut)


def test_a_door_to_a_container_is_a_door_to_what_it_holds() -> None:
    graph = built(
        edge("CAN_READ", "anyone:aws", "d"), R("CONTAINS", "b", "d"), exposes("internet:", "b", "iam")
    )
    step = next(r for r in graph.relations if r.source == foothold_id("act", "anyone:aws"))
    assert (step.type, "conditional" in step.properties) == ("STEP", False)


def test_a_gateway_that_the_internet_does_not_reach_is_no_door() -> None:
    allowed = edge("CAN_INVOKE", "anyone:", "f")
    for doors, conditional in (([], True), ([exposes("internet:", "g", "iam")], False)):
        graph = built(allowed, exposes("g", "f"), *doors)
        step = next(r for r in graph.relations if r.source == foothold_id("act", "anyone:"))
        assert ("conditional" in step.properties) is conditional


@pytest.mark.parametrize(
    ("who", "marks", "entry"),
    [
        (asset("x", "ExternalPrincipal"), {"in_organization": False}, True),
        (asset("x", "ExternalPrincipal"), {"in_organization": True}, False),
        (asset("x", "ExternalPrincipal"), {}, False),
        (asset("x", "User", low_trust=True), {}, True),
        (asset("x", "User", low_trust=False), {}, False),
        (asset("x", "Role"), {}, False),
    ],
)
def test_attackers_start_as_outsiders_and_people_of_low_trust(
    who: Asset, marks: Mapping[str, Value], entry: bool
) -> None:
    facts = Facts.of_records([who, asset("d", "Dataset")])
    facts.add(edge("CAN_READ", "x", "d"))
    for name, value in marks.items():
        facts.mark(Mark("x", name, value))
    entries = [f.id for f in attack.build(facts, edge_kinds()).footholds if f.get("entry")]
    assert entries == ([foothold_id("act", "x")] if entry else [])


def test_attackers_start_on_the_internet_and_with_leaked_keys() -> None:
    graph = built(exposes("internet:", "f"), edge("LEAKS", "repo", "c"), R("AUTHENTICATES", "c", "u"))
    entries = {f.id.removeprefix("foothold:") for f in graph.footholds if f.get("entry")}
    assert entries == {"reach@internet:", "act@c"}
    assert not [f for f in built(R("AUTHENTICATES", "c", "u")).footholds if f.get("entry")]


def test_who_may_change_code_runs_in_it_and_acts_as_its_identity() -> None:
    for code in ("f", "w"):
        graph = built(edge("CAN_WRITE", "r", code), R("RUNS_AS", code, "r2"))
        assert {f"write@{code}", f"run@{code}", "act@r2"} <= held(graph, "act@r")
    graph = built(edge("CAN_WRITE", "r", "n"), R("RUNS_AS", "n", "r2"))
    assert "act@r2" not in held(graph, "act@r")


@pytest.mark.parametrize(("unsafe", "runs"), [(True, True), (False, False), (None, False)])
def test_an_unsafe_model_file_runs_in_the_endpoint_that_serves_it(unsafe: bool | None, runs: bool) -> None:
    file = asset("mf", "ModelFile", **({} if unsafe is None else {"unsafe_format": unsafe}))
    graph = built(
        edge("CAN_REPLACE", "r", "m"),
        R("STORED_IN", "m", "mf"),
        R("SERVES", "e", "m"),
        R("RUNS_AS", "e", "r2"),
        assets=[file],
    )
    assert ("act@r2" in held(graph, "act@r")) is runs


def test_files_in_the_prefix_that_a_model_is_stored_in_count_as_its_own() -> None:
    file = asset("mf", "ModelFile", unsafe_format=True)
    links: list[Relation | Derived] = [
        edge("CAN_REPLACE", "r", "m"),
        R("STORED_IN", "m", "d"),
        R("SERVES", "e", "m"),
    ]
    inside = [R("CONTAINS", "d", "mf")]
    assert "run@e" in held(built(*links, *inside, assets=[file]), "act@r")
    assert "run@e" not in held(built(*links, assets=[file]), "act@r")


@pytest.mark.parametrize(
    ("verdict", "served", "runs"),
    [
        ("malicious", True, True),
        ("malicious", False, False),
        ("suspicious", True, False),
        ("clean", True, False),
    ],
)
def test_whoever_planted_a_malicious_model_file_runs_in_what_serves_it(
    verdict: str, served: bool, runs: bool
) -> None:
    file = asset("mf", "ModelFile", verdict=verdict, unsafe_format=True)
    serves = [R("SERVES", "e", "m")] if served else []
    graph = built(R("STORED_IN", "m", "mf"), R("RUNS_AS", "e", "r"), *serves, assets=[file])
    entries = {f.id.removeprefix("foothold:") for f in graph.footholds if f.get("entry")}
    assert entries == ({"write@mf"} if runs else set())
    assert ("act@r" in held(graph, "write@mf")) is runs


def test_a_key_in_a_public_repository_is_had_from_the_internet() -> None:
    repository = asset("repo", "Repository", visibility="public")
    links: list[Relation | Derived] = [edge("LEAKS", "repo", "c"), R("AUTHENTICATES", "c", "u")]
    graph = built(exposes("internet:", "repo", "none"), *links, assets=[repository])
    assert "act@u" in held(graph, "reach@internet:")
    assert "act@u" not in held(built(*links, assets=[repository]), "reach@internet:")


@pytest.mark.parametrize(
    ("link", "effective"),
    [
        (edge("CAN_POISON", "r", "m"), "next_run"),
        (edge("CAN_REPLACE", "r", "m"), "next_deployment"),
        (edge("CAN_READ", "r", "d"), "now"),
        (R("RUNS_AS", "f", "r"), "now"),
    ],
)
def test_a_step_says_when_it_takes_effect(link: Relation | Derived, effective: str) -> None:
    (step,) = [r for r in built(link).relations if r.type == "STEP"]
    assert step.properties["effective"] == effective
    assert step.properties["by"] == f"{link.type} {link.id}"


def test_what_is_written_is_indexed_at_the_next_run() -> None:
    graph = built(R("INDEXES", "kb", "d"))
    (step,) = [r for r in graph.relations if r.type == "STEP" and r.source == foothold_id("write", "d")]
    assert step.properties["effective"] == "next_run"


def test_a_step_is_as_sure_as_its_edge_and_names_the_conditions_left_open() -> None:
    link = edge("CAN_READ", "r", "d", confidence="likely", conditions=("aws:SourceIp",))
    (step,) = [r for r in built(link).relations if r.type == "STEP"]
    assert step.properties["confidence"] == "likely"
    assert (step.properties["conditional"], step.properties["conditions"]) == (True, ("aws:SourceIp",))


def many(count: int, kind: str) -> list[Asset]:
    return [asset(f"{kind}-{n:04}", kind, account="1") for n in range(count)]


def graph_over(assets: list[Asset], kind: str, members: list[str]) -> Attack:
    facts = Facts.of_records([asset("r", "Role"), *assets])
    facts.add(edge(kind, "r", facts.set_of(members)))
    return attack.build(facts, edge_kinds())


@pytest.mark.parametrize("count", [2, SMALL_SET, SMALL_SET + 1, 200])
def test_a_set_leads_to_each_of_its_members_and_to_no_other(count: int) -> None:
    assets = many(250, "Dataset")
    members = [a.id for a in assets[3 : 3 + count]]
    graph = graph_over(assets, "CAN_READ", members)
    reached = {f.partition("@")[2] for f in held(graph, "act@r") if f.startswith("read@Dataset")}
    assert sorted(reached) == members


def test_a_large_set_leads_through_the_tree_and_a_small_one_at_once() -> None:
    assets = many(250, "Dataset")
    small = graph_over(assets, "CAN_READ", [a.id for a in assets[:20]])
    assert len(small.footholds) == 2 + 20
    large = graph_over(assets, "CAN_READ", [a.id for a in assets])
    first = [r for r in large.relations if r.type == "STEP" and r.source == foothold_id("act", "r")]
    assert len(first) == 1
    assert max(len([s for s in steps(large) if s[0] == start]) for start, _ in steps(large)) <= SMALL_SET


def test_what_is_served_by_a_set_of_agents_is_steered_one_by_one() -> None:
    assets = many(3, "Agent") + many(2, "Endpoint") + many(2, "Function")
    graph = graph_over(assets, "CAN_INVOKE", [a.id for a in assets])
    reached = held(graph, "act@r")
    assert {"steer@Agent-0000", "query@Endpoint-0001", "invoke@Function-0001"} <= reached
    assert "invoke@Agent-0000" not in reached


def test_every_foothold_stands_on_its_asset_and_tells_its_state() -> None:
    graph = built(exposes("internet:", "f"), R("CALLS_MODEL", "f", "a"))
    on = {r.source: r.target for r in graph.relations if r.type == "ON"}
    for foothold in graph.footholds:
        assert foothold.id == foothold_id(str(foothold.get("state")), on[foothold.id])  # type: ignore[arg-type]
    ends = {end for r in graph.relations if r.type != "ON" for end in (r.source, r.target)}
    assert ends <= set(on)


def test_the_attack_graph_does_not_depend_on_the_order_of_the_facts() -> None:
    links = [link for link, _, _ in OPEN]
    assert built(*links) == built(*links[::-1])


def test_reachable_follows_steps_from_an_asset_and_no_blocked_ones() -> None:
    graph = built(exposes("internet:", "f"), R("CALLS_MODEL", "f", "a"), exposes("internet:", "e", "iam"))
    reached = {f.removeprefix("foothold:") for f in reachable(graph, "internet:")}
    assert reached == {"reach@internet:", "reach@f", "invoke@f", "steer@a", "reach@e"}


GRANTS = ["CAN_READ", "CAN_WRITE", "CAN_INVOKE", "CAN_ASSUME"]


@st.composite
def estates(draw: st.DrawFn) -> tuple[list[Asset], list[Relation], list[tuple[str, str, list[str]]]]:
    """Functions, agents, datasets and roles; structural relations; grants over sets of them."""
    size = draw(st.sampled_from([2, 5, 40]))
    kinds = ("Function", "Agent", "Dataset", "Role")
    assets = [a for kind in kinds for a in many(size, kind)]
    ids = {kind: [a.id for a in assets if a.kind == kind] for kind in kinds}
    pick = {kind: st.sampled_from(ids[kind]) for kind in kinds}
    joined = st.one_of(
        st.tuples(st.just("RUNS_AS"), pick["Function"], pick["Role"]),
        st.tuples(st.just("CALLS_MODEL"), pick["Function"], pick["Agent"]),
        st.tuples(st.just("DELEGATES_TO"), pick["Agent"], pick["Agent"]),
    )
    relations = [Relation(*each) for each in draw(st.lists(joined, max_size=6))]
    grants = []
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(GRANTS))
        over = {
            "CAN_READ": ids["Dataset"],
            "CAN_WRITE": ids["Dataset"] + ids["Function"],
            "CAN_INVOKE": ids["Agent"] + ids["Function"],
            "CAN_ASSUME": ids["Role"],
        }[kind]
        start, stop = sorted((draw(st.integers(0, len(over) - 1)), draw(st.integers(0, len(over) - 1))))
        grants.append((kind, draw(pick["Role"]), over[start : stop + 1]))
    return assets, relations, grants


@settings(deadline=None, max_examples=60)
@given(estates(), st.sampled_from(["act@Role-0000", "invoke@Function-0001"]))
def test_steps_over_sets_reach_what_steps_over_every_pair_reach(
    estate: tuple[list[Asset], list[Relation], list[tuple[str, str, list[str]]]], start: str
) -> None:
    assets, relations, grants = estate
    with_sets, with_pairs = (Facts.of_records(assets, relations) for _ in range(2))
    for kind, source, members in grants:
        with_sets.add(edge(kind, source, with_sets.set_of(members)))
        for member in members:
            with_pairs.add(edge(kind, source, member))

    def reached(facts: Facts) -> set[str]:
        found = held(attack.build(facts, edge_kinds()), start)
        return {foothold for foothold in found if not facts.tree.is_set(foothold.partition("@")[2])}

    assert reached(with_sets) == reached(with_pairs)


def test_every_state_of_a_step_is_one_of_the_eight() -> None:
    states = set(State.__args__)  # type: ignore[attr-defined]  # a Literal has them
    for passage in attack.STRUCTURAL:
        assert {passage.needs, passage.gives} <= states
