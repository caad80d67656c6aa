"""Facts as lines: the same facts give the same bytes, and come back as they were."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import codec
from graph.model import Asset, Coverage, Evidence, Listing, Policy, Relation, Shard

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
evidence = st.builds(
    Evidence,
    texts,
    texts,
    texts,
    st.lists(texts, max_size=2).map(lambda names: tuple(sorted(set(names)))),
)
listings = st.builds(Listing, texts, texts, texts, texts)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
assets = st.builds(
    Asset,
    id=texts,
    kind=st.just("Endpoint"),
    name=texts,
    listed_by=st.sets(listings, max_size=3).map(lambda found: tuple(sorted(found))),
    properties=st.fixed_dictionaries(
        {},
        optional={
            "tags": st.lists(texts, max_size=3).map(tuple),
            "throttled": st.booleans(),
            "instances": st.integers(-(2**62), 2**62),
            "first_seen": times,
            "last_evaluated_at": times,
            "exposure": texts,
        },
    ),
    evidence=st.sets(evidence, max_size=3).map(
        lambda found: tuple(sorted(found, key=lambda e: (e.call, e.document, e.pointer, e.supports)))
    ),
)
relations = st.builds(
    Relation,
    st.just("SERVES"),
    texts,
    texts,
    st.fixed_dictionaries({}, optional={"stale_since": times, "conditional": st.booleans()}),
    st.just(()),
    st.sampled_from(["", "Model"]),
)
policies = st.builds(Policy, texts, st.just("resource"), texts, evidence)


@given(assets)
def test_an_asset_comes_back_as_it_was(asset: Asset) -> None:
    assert codec.decode_asset(codec.encode(asset)) == asset


@given(relations)
def test_a_relation_comes_back_as_it_was(relation: Relation) -> None:
    assert codec.decode_relation(codec.encode(relation)) == relation


@given(policies)
def test_a_policy_comes_back_as_it_was(policy: Policy) -> None:
    assert codec.decode_policy(codec.encode(policy)) == policy


@given(assets, st.randoms())
def test_the_same_asset_gives_the_same_line_in_whatever_order_it_was_made(
    asset: Asset, chance: Random
) -> None:
    twice = [*asset.evidence, *asset.evidence]
    other = msgspec.structs.replace(
        asset,
        properties=dict(chance.sample(list(asset.properties.items()), len(asset.properties))),
        evidence=tuple(chance.sample(twice, len(twice))),
        listed_by=tuple(chance.sample(asset.listed_by, len(asset.listed_by))),
    )
    assert codec.encode(other) == codec.encode(asset)


def test_a_line_has_no_line_break_whatever_a_name_holds() -> None:
    assert b"\n" not in codec.encode(Asset(id="a\nb\u2028", kind="Model", name="x\r\ny"))


def test_a_time_is_written_in_utc() -> None:
    berlin = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert codec.iso(berlin) == codec.iso(NOON) == "2026-03-01T12:00:00Z"
    assert codec.encode(Asset(id="a", kind="Model", properties={"first_seen": berlin})) == codec.encode(
        Asset(id="a", kind="Model", properties={"first_seen": NOON})
    )


def test_a_text_that_looks_like_a_time_stays_a_text() -> None:
    asset = Asset(id="a", kind="Endpoint", properties={"protocol": "2026-03-01T12:00:00Z"})
    assert codec.decode_asset(codec.encode(asset)) == asset


def test_coverage_comes_back_as_it_was() -> None:
    record = Coverage(
        call="aws:s3:ListBuckets",
        account="1",
        outcome="denied",
        sentence="No.",
        at=NOON,
        seconds=0.25,
        parameters={"b": [1, {"z": None, "a": 1.5}], "a": "x"},
        documents=("d",),
        parts=("p",),
        items_at="/Buckets",
    )
    assert codec.decode_coverage(codec.encode(record)) == record


@given(st.lists(assets, max_size=3), st.lists(relations, max_size=3), st.lists(policies, max_size=2))
def test_a_shard_comes_back_as_it_was_with_its_documents_to_the_byte(
    some: list[Asset], joined: list[Relation], held: list[Policy]
) -> None:
    shard = Shard(
        unit="aws.s3 on 1",
        assets=tuple(some),
        relations=tuple(joined),
        policies=tuple(held),
        coverage=(Coverage(call="c", at=NOON),),
        documents={"d1": b'{"a":1.0,"b":[]}', "d2": b'"text"', "d3": b"null"},
    )
    assert codec.decode_shard(codec.encode_shard(shard)) == shard


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"id":"a","kind":"Gizmo"}', "unknown kind 'Gizmo'"),
        (b'{"id":"a","kind":"Model","colour":1}', "unknown field"),
        (b'{"id":"a"}', "missing required field"),
        (b'{"id":5,"kind":"Model"}', "Expected `str`"),
        (b"{", "truncated"),
    ],
)
def test_a_line_that_is_no_asset_is_an_error_that_says_why(line: bytes, told: str) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError), match=told):
        codec.decode_asset(line)


def test_a_line_with_an_unknown_relation_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown relation 'LIKES'"):
        codec.decode_relation(b'{"type":"LIKES","source":"a","target":"b"}')
