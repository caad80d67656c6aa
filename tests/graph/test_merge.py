"""Merging, carrying forward and resolving: what may be said of an estate when calls failed."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.merge import KindConflict, carry_forward, kind_of_id, merge, named_only, resolve
from graph.model import Asset, Coverage, Evidence, Listing, Outcome, Policy, Relation, Shard, Value
from graph.snapshot import Contents, Snapshot, write_snapshot

DAY = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3, 4)]
LIST, DESCRIBE, POLICY = "aws:s3:ListBuckets", "aws:s3:GetBucket", "aws:s3:GetBucketPolicy"
HERE = Listing(LIST, "1", "eu")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def document(text: str) -> tuple[str, bytes]:
    data = f'"{text}"'
    return digest(data), data.encode()


def bucket(name: str, *listings: Listing, **properties: Value) -> Asset:
    piece = Evidence(LIST, document("list")[0], f"/{name}", ("name",))
    return Asset(
        id=name,
        kind="Bucket",
        name=name,
        listed_by=listings or (HERE,),
        properties=properties,
        evidence=(piece,),
    )


def call(
    name: str = LIST, parent: str = "", outcome: Outcome = "ok", documents: Iterable[str] = ()
) -> Coverage:
    return Coverage(
        call=name, account="1", region="eu", parent=parent, outcome=outcome, documents=tuple(documents)
    )


def shard(
    unit: str, *facts: Asset | Relation | Policy, coverage: Iterable[Coverage] = (), **texts: str
) -> Shard:
    return Shard(
        unit=unit,
        assets=tuple(f for f in facts if isinstance(f, Asset)),
        relations=tuple(f for f in facts if isinstance(f, Relation)),
        policies=tuple(f for f in facts if isinstance(f, Policy)),
        coverage=tuple(coverage),
        documents=dict(document(text) for text in texts.values()),
    )


# Merge


def test_one_id_of_two_kinds_is_an_error_that_names_both_collectors() -> None:
    shards = [shard("aws.s3 on 1", bucket("b")), shard("aws.lambda on 1", Asset(id="b", kind="Function"))]
    with pytest.raises(KindConflict) as fault:
        merge(shards)
    assert "b is a Function for aws.lambda on 1 and a Bucket for aws.s3 on 1" in str(fault.value)
    assert "mend the collector" in str(fault.value)


def test_of_two_values_the_first_is_kept_and_the_conflict_recorded() -> None:
    one, other = shard("a", bucket("b", versioning=True)), shard("z", bucket("b", versioning=False))
    for shards in ([one, other], [other, one]):
        merged = merge(shards)
        assert [asset.get("versioning") for asset in merged.assets] == [True]
        (conflict,) = merged.conflicts
        assert (conflict.asset, conflict.property) == ("b", "versioning")
        assert (conflict.values, conflict.calls) == (("True", "False"), ("a", "z"))


def test_what_one_collector_does_not_know_the_other_fills_in() -> None:
    merged = merge([shard("a", bucket("b", versioning=True)), shard("z", bucket("b", immutable=False))])
    assert merged.assets[0].properties == {"versioning": True, "immutable": False}
    assert merged.conflicts == ()


def test_evidence_and_listings_of_all_who_saw_it_are_joined() -> None:
    other = Listing("aws:sagemaker:DescribeTrainingJob", "1", "eu", "job")
    seen = msgspec.structs.replace(bucket("b", other), name="", evidence=(Evidence("c", "d"),))
    (asset,) = merge([shard("a", seen), shard("z", bucket("b"))]).assets
    assert asset.listed_by == tuple(sorted((HERE, other)))
    assert len(asset.evidence) == 2
    assert asset.name == "b"


def test_a_relation_seen_twice_is_one_with_the_evidence_of_both() -> None:
    one = Relation("CONTAINS", "b", "b/p/", {}, (Evidence("c", "1"),))
    other = Relation("CONTAINS", "b", "b/p/", {}, (Evidence("c", "2"),), "Dataset")
    (relation,) = merge([shard("a", one), shard("z", other)]).relations
    assert [e.document for e in relation.evidence] == ["1", "2"]
    assert relation.target_kind == "Dataset"


def test_what_is_seen_from_two_places_belongs_to_neither() -> None:
    shards = [shard("a", bucket("b", region="eu")), shard("z", bucket("b", region="us"))]
    merged = merge(shards)
    assert "region" not in merged.assets[0].properties
    assert merged.conflicts == ()


def test_a_relation_whose_ends_are_wrong_for_another_collector_is_left_out_and_told() -> None:
    wrong = Relation("SERVES", "e", "b")
    merged = merge([shard("a", Asset(id="e", kind="Endpoint"), wrong), shard("z", bucket("b"))])
    assert merged.relations == ()
    (conflict,) = merged.conflicts
    assert (conflict.asset, conflict.property, conflict.values) == ("e", "SERVES", ("Endpoint e", "Bucket b"))


def test_merging_does_not_depend_on_the_order_of_the_shards() -> None:
    shards = [
        shard(f"u{n}", bucket(f"b{n}"), bucket("all"), coverage=[call()], text=str(n)) for n in range(4)
    ]
    first, second = merge(shards), merge(shards[::-1])
    assert (first.assets, first.documents) == (second.assets, second.documents)


# Carry forward


def snapshot_of(home: Path, name: str, contents: Contents, day: int) -> Snapshot:
    return write_snapshot(home, name, contents, taken_at=DAY[day], tool="test", fingerprint_key="k")


def scans(home: Path, *days: Shard) -> list[Contents]:
    """One scan a day, each carried forward from the one before, as it was written."""
    told: list[Contents] = []
    predecessor: Snapshot | None = None
    for day, seen in enumerate(days):
        contents = resolve(carry_forward(merge([seen]), predecessor, DAY[day]))
        predecessor = snapshot_of(home, f"s{day}", contents, day)
        told.append(contents)
    return told


def by_id(contents: Contents) -> Mapping[str, Asset]:
    return {asset.id: asset for asset in contents.assets}


DETAIL = Evidence(DESCRIBE, document("detail")[0], "/Key", ("target",))
KEYED = Relation("ENCRYPTED_WITH", "b", "key", {}, (DETAIL,), "EncryptionKey")
HELD = Policy("b", "resource", "policy", Evidence(POLICY, document("policy")[0]))
FULL = shard(
    "u",
    bucket("b"),
    KEYED,
    HELD,
    coverage=[
        call(documents=[document("list")[0]]),
        call(DESCRIBE, "b", documents=[document("detail")[0]]),
        call(POLICY, "b", documents=[document("policy")[0]]),
    ],
    a="list",
    b="detail",
    c="policy",
)
LISTED = msgspec.structs.replace(FULL, relations=(), policies=(), coverage=FULL.coverage[:1])


@pytest.mark.parametrize("outcome", ["denied", "throttled", "failed", "not_recorded", "interrupted"])
def test_what_a_failed_listing_once_saw_is_kept_and_marked_stale(tmp_path: Path, outcome: Outcome) -> None:
    _, second = scans(tmp_path, FULL, shard("u", coverage=[call(outcome=outcome)]))
    kept = by_id(second)["b"]
    assert kept.get("stale_since") == DAY[1]
    assert (kept.get("first_seen"), kept.get("last_seen")) == (DAY[0], DAY[0])


def test_what_a_listing_that_was_not_made_once_saw_is_kept(tmp_path: Path) -> None:
    _, second = scans(tmp_path, FULL, shard("u"))
    assert by_id(second)["b"].get("stale_since") == DAY[1]


def test_what_a_completed_listing_does_not_see_is_gone_with_all_that_hangs_on_it(tmp_path: Path) -> None:
    child = bucket("b/child", Listing(DESCRIBE, "1", "eu", "b"))
    first = msgspec.structs.replace(FULL, assets=(*FULL.assets, child))
    _, second = scans(tmp_path, first, shard("u", coverage=[call()]))
    assert not {"b", "b/child", "key"} & set(by_id(second))
    assert second.relations == ()
    assert second.policies == ()
    assert not any(record.carried for record in second.coverage)


def test_an_asset_is_gone_only_when_each_of_its_listings_completed_without_it(tmp_path: Path) -> None:
    other = Listing("aws:sagemaker:DescribeTrainingJob", "1", "eu")
    first = shard("u", bucket("b", HERE, other), coverage=[call()])
    failed = Coverage(call=other.call, account="1", region="eu", outcome="denied")
    _, second = scans(tmp_path / "1", first, shard("u", coverage=[call(), failed]))
    assert "b" in by_id(second)
    done = msgspec.structs.replace(failed, outcome="ok")
    _, second = scans(tmp_path / "2", first, shard("u", coverage=[call(), done]))
    assert "b" not in by_id(second)


def test_a_listing_of_which_one_call_failed_is_not_complete(tmp_path: Path) -> None:
    _, second = scans(tmp_path, FULL, shard("u", coverage=[call(), call(outcome="throttled")]))
    assert "b" in by_id(second)


def test_a_collector_that_broke_off_loses_nothing_of_its_unit(tmp_path: Path) -> None:
    broken = [call(DESCRIBE, outcome="failed"), call(POLICY, outcome="failed"), call(outcome="failed")]
    calls = [call(), call(DESCRIBE, "b"), call(POLICY, "b")]
    _, second = scans(tmp_path, FULL, shard("u", coverage=[*calls, *broken]))
    assert "b" in by_id(second)
    assert [relation.type for relation in second.relations] == ["ENCRYPTED_WITH"]
    assert second.policies == (HELD,)


def test_a_failed_describe_call_keeps_the_relation_it_gave(tmp_path: Path) -> None:
    denied = msgspec.structs.replace(
        LISTED, coverage=(*LISTED.coverage, call(DESCRIBE, "b", "denied"), call(POLICY, "b"))
    )
    _, second = scans(tmp_path, FULL, denied)
    (relation,) = second.relations
    assert (relation.type, relation.properties["stale_since"]) == ("ENCRYPTED_WITH", DAY[1])
    assert second.policies == ()
    assert "stale_since" not in by_id(second)["b"].properties


def test_a_failed_policy_call_keeps_the_policy(tmp_path: Path) -> None:
    denied = msgspec.structs.replace(
        LISTED, coverage=(*LISTED.coverage, call(DESCRIBE, "b"), call(POLICY, "b", "denied"))
    )
    _, second = scans(tmp_path, FULL, denied)
    assert second.policies == (HELD,)
    assert second.relations == ()


def test_a_policy_that_another_asset_shares_goes_with_the_call_of_its_own(tmp_path: Path) -> None:
    same = [Policy(name, "resource", "policy", HELD.evidence) for name in ("b", "c")]
    reads = [call(POLICY, name, documents=[HELD.evidence.document]) for name in ("b", "c")]
    first = shard("u", bucket("b"), bucket("c"), *same, coverage=[call(), *reads], a="list", b="policy")
    again = [call(), call(POLICY, "b"), call(POLICY, "c", "denied")]
    _, second = scans(tmp_path, first, shard("u", bucket("b"), bucket("c"), coverage=again, a="list"))
    assert [policy.on for policy in second.policies] == ["c"]


def test_what_was_carried_once_is_carried_again_although_another_call_gave_the_same_document(
    tmp_path: Path,
) -> None:
    same = [Policy(name, "resource", "policy", HELD.evidence) for name in ("b", "c")]
    seen = [HELD.evidence.document]
    reads = [call(POLICY, name, documents=seen) for name in ("b", "c")]
    first = shard("u", bucket("b"), bucket("c"), *same, coverage=[call(), *reads], a="list", b="policy")
    later = shard(
        "u",
        bucket("b"),
        bucket("c"),
        same[0],
        coverage=[call(), reads[0], call(POLICY, "c", "denied")],
        a="list",
        b="policy",
    )
    told = scans(tmp_path, first, later, later)
    assert [sorted(p.on for p in contents.policies) for contents in told] == [["b", "c"]] * 3


def test_a_second_failing_scan_keeps_the_first_stale_since(tmp_path: Path) -> None:
    denied = shard("u", coverage=[call(outcome="denied")])
    *_, last = scans(tmp_path, FULL, denied, denied)
    assert by_id(last)["b"].get("stale_since") == DAY[1]
    assert by_id(last)["b"].get("first_seen") == DAY[0]
    assert last.relations[0].properties["stale_since"] == DAY[1]
    assert {record.carried for record in last.coverage} == {"", "s0"}


def test_what_is_seen_again_is_stale_no_longer_and_keeps_its_first_day(tmp_path: Path) -> None:
    *_, last = scans(tmp_path, FULL, shard("u", coverage=[call(outcome="denied")]), FULL)
    asset = by_id(last)["b"]
    assert "stale_since" not in asset.properties
    assert (asset.get("first_seen"), asset.get("last_seen")) == (DAY[0], DAY[2])


def test_the_documents_of_carried_facts_are_there_and_the_coverage_says_carried(tmp_path: Path) -> None:
    _, second = scans(tmp_path, FULL, shard("u", coverage=[call(outcome="denied")]))
    assert {e.document for r in second.relations for e in r.evidence} <= set(second.documents)
    assert second.policies[0].evidence.document in second.documents
    assert all(e.document in second.documents for e in by_id(second)["b"].evidence)
    assert {r.call for r in second.coverage if r.carried == "s0"} == {LIST, DESCRIBE, POLICY}
    assert [r.outcome for r in second.coverage if not r.carried] == ["denied"]


def test_an_asset_without_a_listing_goes_by_the_call_that_named_it(tmp_path: Path) -> None:
    named = Asset(id="b/p/", kind="Dataset", evidence=(DETAIL,))
    first = msgspec.structs.replace(FULL, assets=(*FULL.assets, named))
    denied = msgspec.structs.replace(LISTED, coverage=(call(), call(DESCRIBE, "b", "denied")))
    assert "b/p/" in by_id(scans(tmp_path / "1", first, denied)[1])
    done = msgspec.structs.replace(LISTED, coverage=(call(), call(DESCRIBE, "b")))
    assert "b/p/" not in by_id(scans(tmp_path / "2", first, done)[1])


OUTCOMES: st.SearchStrategy[Outcome | None] = st.sampled_from(["ok", "denied", "interrupted", None])
NAMES = ["p", "q"]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_nothing_a_completed_listing_did_not_list_is_shown_and_nothing_of_a_failed_one_is_lost(
    data: st.DataObject,
) -> None:
    """Two parents and their children, over three scans, against the rule as it is written."""

    def scan_of_a_day() -> tuple[set[str], dict[Listing, Outcome | None]]:
        outcomes: dict[Listing, Outcome | None] = {HERE: data.draw(OUTCOMES)}
        seen: set[str] = set()
        for parent in NAMES:
            if outcomes[HERE] is None or not data.draw(st.booleans()):
                continue
            seen.add(parent)
            at = Listing(DESCRIBE, "1", "eu", parent)
            outcomes[at] = data.draw(OUTCOMES)
            if outcomes[at] is not None:
                seen |= {f"{parent}/{c}" for c in "xy" if data.draw(st.booleans())}
        return seen, outcomes

    def at(name: str) -> Listing:
        parent = name.partition("/")[0]
        return HERE if name == parent else Listing(DESCRIBE, "1", "eu", parent)

    days = [scan_of_a_day() for _ in range(3)]
    shards = [
        shard(
            "u",
            *(msgspec.structs.replace(bucket(name, at(name)), evidence=()) for name in sorted(seen)),
            coverage=[call(made.call, made.parent, o) for made, o in outcomes.items() if o],
        )
        for seen, outcomes in days
    ]
    with TemporaryDirectory() as home:
        told = scans(Path(home), *shards)
    shown: set[str] = set()
    for (seen, outcomes), contents in zip(days, told, strict=True):
        before, shown = shown, {a.id for a in contents.assets if a.kind == "Bucket"}
        expected = set(seen)
        for name in sorted(before, key=len):
            parent = name.partition("/")[0]
            if outcomes.get(at(name)) != "ok" and (name == parent or parent in expected):
                expected.add(name)
        assert shown == expected


# Resolve


def resolved(*facts: Asset | Relation) -> Contents:
    return resolve(merge([shard("u", *facts)]))


def test_an_id_that_nobody_collected_becomes_a_node_marked_missing() -> None:
    contents = resolved(bucket("b"), Relation("ENCRYPTED_WITH", "b", "key"))
    key = by_id(contents)["key"]
    assert (key.kind, key.get("missing")) == ("EncryptionKey", True)


def test_the_relation_says_what_a_missing_node_is() -> None:
    found = by_id(resolved(Relation("CONTAINS", "b", "b/p/model.tar.gz", target_kind="ModelFile")))
    assert (found["b/p/model.tar.gz"].kind, found["b"].kind) == ("ModelFile", "Bucket")


@pytest.mark.parametrize(
    ("identifier", "native", "name"),
    [
        ("arn:aws:iam::999988887777:root", "account", "AWS account 999988887777"),
        ("service:aws:sagemaker.amazonaws.com", "cloud_service", "sagemaker.amazonaws.com"),
        ("federated:https://ci.example/repo:a/b", "federated", "https://ci.example/repo:a/b"),
        ("anyone:", "anyone", "Anyone, signed in or not"),
        ("anyone:aws", "anyone", "Anyone with an AWS account"),
    ],
)
def test_an_outsider_whom_a_trust_names_becomes_an_external_principal(
    identifier: str, native: str, name: str
) -> None:
    role = Asset(id="role", kind="Role")
    outsider = by_id(resolved(role, Relation("TRUSTS", "role", identifier)))[identifier]
    assert (outsider.kind, outsider.get("native_kind"), outsider.name) == ("ExternalPrincipal", native, name)
    assert outsider.get("missing") is None


def test_the_internet_and_anyone_are_always_there() -> None:
    found = by_id(resolved())
    assert {i: a.kind for i, a in found.items()} == {"internet:": "Internet", "anyone:": "ExternalPrincipal"}
    assert kind_of_id("arn:aws:s3:::b") is None
    assert named_only("internet:", "Internet").properties == {}


def test_a_prefix_is_contained_in_the_longest_prefix_above_it() -> None:
    prefixes = ["b/", "b/a/", "b/a/x/", "b/a/x/y/z/", "b/ab/", "c/"]
    files = ["b/a/x/model.bin", "b/a.bin", "d/model.bin"]
    assets = [Asset(id=i, kind="Dataset") for i in prefixes] + [Asset(id=i, kind="ModelFile") for i in files]
    nested = {(r.source, r.target) for r in resolved(*assets).relations if r.type == "CONTAINS"}
    assert nested == {
        ("b/", "b/a/"),
        ("b/a/", "b/a/x/"),
        ("b/a/x/", "b/a/x/y/z/"),
        ("b/", "b/ab/"),
        ("b/a/x/", "b/a/x/model.bin"),
        ("b/", "b/a.bin"),
    }


paths = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(lambda p: "/".join(p) + "/")


@given(st.sets(paths, max_size=8))
def test_nesting_is_what_a_search_for_the_longest_prefix_finds(prefixes: set[str]) -> None:
    nested = {
        r.target: r.source
        for r in resolved(*(Asset(id=i, kind="Dataset") for i in prefixes)).relations
        if r.type == "CONTAINS"
    }
    for prefix in prefixes:
        above = [p for p in prefixes if p != prefix and prefix.startswith(p)]
        assert nested.get(prefix) == (max(above, key=len) if above else None)


def test_an_account_contains_what_is_its_own_and_nothing_else_contains() -> None:
    account = Asset(id="aws://1", kind="Account", properties={"account": "1"})
    group = Asset(id="rg", kind="ResourceGroup", properties={"account": "1"})
    inner = Asset(id="b/p/", kind="Dataset", properties={"account": "1"})
    deeper = Asset(id="b/p/q/", kind="Dataset", properties={"account": "1"})
    foreign = Asset(id="other", kind="Bucket", properties={"account": "2"})
    nobody = Asset(id="nobody", kind="Bucket")
    held = Relation("CONTAINS", "b", "b/p/")
    contents = resolved(account, group, bucket("b", account="1"), inner, deeper, foreign, nobody, held)
    owned = {r.target for r in contents.relations if r.source == "aws://1"}
    assert owned == {"b", "rg"}


def test_an_account_without_a_number_contains_nothing() -> None:
    contents = resolved(Asset(id="acct", kind="Account"), Asset(id="b", kind="Bucket"))
    assert [r for r in contents.relations if r.source == "acct"] == []


def test_what_a_bucket_holds_is_where_the_bucket_is() -> None:
    held = Asset(id="b/p/", kind="Dataset", properties={"account": "2", "region": "us"})
    contents = resolved(bucket("b", account="1", region="eu"), held, Relation("CONTAINS", "b", "b/p/"))
    place = by_id(contents)["b/p/"]
    assert (place.get("account"), place.get("region")) == ("1", "eu")


def test_resolving_again_changes_nothing(tmp_path: Path) -> None:
    once = resolved(
        bucket("b", account="1"), KEYED, Asset(id="aws://1", kind="Account", properties={"account": "1"})
    )
    assert resolve(once) == once
    later = DAY[0] + timedelta(days=1)
    assert carry_forward(once, None, later).assets[0].get("first_seen") == later
