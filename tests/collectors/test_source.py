"""Source: every page, every failure and every document is accounted for."""

import hashlib
import json
import threading
import time
from itertools import islice

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from collectors.source import CallFailed, Page, Source
from graph.model import Call, Coverage, Json, Outcome, at_pointer
from tests.collectors.door import NOW, source_of

LIST = Call("aws:bedrock:ListGuardrails", lists=("Guardrail",))
GET = Call("aws:bedrock:GetGuardrail", fills=("Guardrail.mode",))
POLICY = Call("aws:s3:GetBucketPolicy", fills=("policy:resource",), empty_on=("NoSuchBucketPolicy",))

DENIED = CallFailed("denied", "ListGuardrails was denied: allow bedrock:ListGuardrails.", "AccessDenied")


def page(*names: str) -> Page:
    return Page({"guardrails": [{"name": name} for name in names]}, "/guardrails")


def only(source: Source) -> Coverage:
    (record,) = source.record.coverage()
    return record


def kept(source: Source, digest: str) -> Json:
    document: Json = json.loads(source.record.documents[digest])
    return document


def test_a_listing_gives_the_items_of_all_its_pages_in_order() -> None:
    source = source_of({LIST.id: [page("a", "b"), page(), page("c")]})
    assert [row.text("/name") for row in source.pages(LIST)] == ["a", "b", "c"]
    record = only(source)
    assert (record.outcome, record.pages, record.items) == ("ok", 3, 3)
    assert record.at == NOW
    assert record.complete


def test_answers_gives_one_answer_a_page() -> None:
    source = source_of({LIST.id: [page("a", "b"), page("c")]})
    assert [len(list(answer.items("/guardrails"))) for answer in source.answers(LIST)] == [2, 1]


def test_a_listing_whose_door_cannot_say_where_the_items_are_takes_the_one_list() -> None:
    source = source_of({LIST.id: [Page({"rows/all": [{"name": "a"}], "count": 1})]})
    assert [row.text("/name") for row in source.pages(LIST)] == ["a"]


def test_a_listing_with_two_lists_and_no_word_which_is_refused() -> None:
    source = source_of({LIST.id: [Page({"a": [], "b": []})]})
    with pytest.raises(ValueError, match="ListGuardrails answers with several lists"):
        list(source.pages(LIST))


def test_a_page_that_fails_in_the_middle_keeps_the_pages_before_and_is_not_complete() -> None:
    source = source_of({LIST.id: [page("a"), DENIED, page("never seen")]})
    assert [row.text("/name") for row in source.pages(LIST)] == ["a"]
    record = only(source)
    assert (record.outcome, record.pages, record.items, record.complete) == ("denied", 1, 1, False)
    assert record.sentence == DENIED.sentence
    assert len(record.documents) == 1


@pytest.mark.parametrize(
    "outcome",
    ["denied", "throttled", "unsupported", "failed", "not_recorded", "no_credentials", "region_off"],
)
def test_a_failed_call_is_an_answer_that_is_not_ok_and_a_sentence_in_the_coverage(outcome: Outcome) -> None:
    source = source_of({GET.id: [CallFailed(outcome, "It did not answer: try again later.", "Some")]})
    answer = source.call(GET, guardrailIdentifier="g")
    assert not answer.ok
    assert not answer.vanished
    assert answer.json == {}
    assert answer.evidence(mode="/mode") == ()
    assert answer.document("/policy").evidence() == ()
    record = only(source)
    assert (record.outcome, record.sentence) == (outcome, "It did not answer: try again later.")
    assert record.parameters == {"guardrailIdentifier": "g"}
    assert not record.complete
    assert not source.record.documents


def test_what_vanished_between_listing_and_asking_is_said_and_is_no_failure() -> None:
    source = source_of({GET.id: [CallFailed("vanished", "It is gone.", "ResourceNotFoundException")]})
    answer = source.call(GET)
    assert answer.vanished
    assert not answer.ok
    assert only(source).complete


def test_a_code_that_means_there_is_none_is_an_answer_and_no_failure() -> None:
    missing = CallFailed("vanished", "The bucket policy does not exist.", "NoSuchBucketPolicy")
    source = source_of({POLICY.id: [missing]})
    answer = source.call(POLICY, Bucket="b")
    assert answer.ok
    assert answer.json == {}
    assert (only(source).outcome, only(source).sentence) == ("ok", "There is none.")
    assert list(source.pages(POLICY, Bucket="b")) == []
    assert [record.complete for record in source.record.coverage()] == [True, True]


def test_a_call_that_gives_no_page_at_all_is_empty() -> None:
    source = source_of({GET.id: []})
    assert source.call(GET).ok
    assert only(source).outcome == "ok"


def test_a_reader_that_stops_early_leaves_an_interrupted_call() -> None:
    source = source_of({LIST.id: [page("a"), page("b")]})
    assert [row.text("/name") for row in islice(source.pages(LIST), 1)] == ["a"]
    assert only(source).outcome == "interrupted"
    assert not only(source).complete


def test_within_records_the_parent_and_names_it_in_listings() -> None:
    source = source_of({LIST.id: [page("a")], GET.id: [Page({})]})
    (row,) = source.within("arn:parent").pages(LIST)
    source.call(GET)
    assert row.listed_by[0].parent == "arn:parent"
    assert [record.parent for record in source.record.coverage()] == ["arn:parent", ""]
    assert source.record.coverage()[0].listing == row.listed_by[0]


def test_a_whole_listing_is_all_of_it_or_nothing() -> None:
    source = source_of({LIST.id: [page("a", "b"), page("c")]})
    assert [row.text("/name") for row in source.whole(LIST) or ()] == ["a", "b", "c"]
    assert (only(source).items, only(source).pages) == (3, 2)
    assert source_of({LIST.id: [page("a"), DENIED]}).whole(LIST) is None
    assert source_of({LIST.id: [page()]}).whole(LIST) == ()


def test_each_keeps_the_order_of_the_items() -> None:
    source = source_of({}, threads=8)

    def slow_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * 2

    assert list(source.each(slow_first, range(50))) == [n * 2 for n in range(50)]


def test_each_never_runs_more_at_once_than_its_threads_and_takes_items_as_it_goes() -> None:
    source = source_of({}, threads=3)
    lock, running, most, taken = threading.Lock(), [0], [0], [0]

    def items() -> "list[int]":
        return list(range(60))

    def counted(number: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002)
        with lock:
            running[0] -= 1
        return number

    def lazily() -> "object":
        for item in items():
            taken[0] += 1
            yield item

    results = source.each(counted, lazily())  # type: ignore[arg-type]  # a generator of ints
    next(results)
    assert taken[0] <= 12
    list(results)
    assert 1 < most[0] <= 3


def test_a_fault_in_each_is_raised_and_ends_what_has_not_begun() -> None:
    source = source_of({}, threads=1)
    done: list[int] = []

    def breaks(number: int) -> None:
        if number == 0:
            raise KeyError("what")
        time.sleep(0.01)
        done.append(number)

    with pytest.raises(KeyError):
        list(source.each(breaks, range(4)))
    assert len(done) < 3


def test_evidence_leads_to_the_value_in_the_kept_document() -> None:
    source = source_of({LIST.id: [Page({"a/b": {"c~d": [{"mode": "block"}]}})]})
    (answer,) = source.answers(LIST)
    (row,) = answer.items("/a~1b/c~0d")
    (evidence,) = row.evidence(mode="/mode")
    assert evidence.supports == ("mode",)
    assert evidence.call == LIST.id
    assert at_pointer(kept(source, evidence.document), evidence.pointer) == "block"
    assert evidence.document in only(source).documents


def test_evidence_groups_properties_by_pointer() -> None:
    source = source_of({GET.id: [Page({"x": 1, "y": 2})]})
    answer = source.call(GET)
    told = [(e.pointer, e.supports) for e in answer.evidence(b="/x", a="/x", c="/y")]
    assert told == [("/x", ("a", "b")), ("/y", ("c",))]
    assert [e.pointer for e in answer.evidence()] == [""]


def test_values_are_read_by_type_and_absent_ones_are_unknown() -> None:
    source = source_of({GET.id: [Page({"n": "-42", "f": True, "t": "x", "bad": "--4", "object": {"k": 1}})]})
    answer = source.call(GET)
    assert (answer.number("/n"), answer.number("/f"), answer.number("/bad")) == (-42, None, None)
    assert (answer.flag("/f"), answer.flag("/t")) == (True, None)
    assert (answer.text("/t"), answer.text("/n/deeper"), answer.get("/none")) == ("x", None, None)
    assert [item.get("") for item in answer.items("/object")] == [1]
    assert list(answer.items("/none")) == []


def test_a_policy_in_a_string_is_a_document_with_its_own_digest() -> None:
    text = '{"Statement": [{"Effect": "Allow"}], "Version": "2012-10-17"}'
    source = source_of({POLICY.id: [Page({"Policy": text})]})
    answer = source.call(POLICY)
    policy = answer.document("/Policy")
    (evidence,) = policy.at("/Statement/0").evidence()
    assert evidence.document == hashlib.sha256(rfc8785.dumps(policy.json)).hexdigest()
    assert evidence.document != answer.evidence()[0].document
    assert at_pointer(kept(source, evidence.document), evidence.pointer) == {"Effect": "Allow"}
    assert only(source).parts == (evidence.document,)


def test_a_policy_as_object_and_the_same_as_text_are_one_document() -> None:
    source = source_of({POLICY.id: [Page({"text": '{"a": 1}', "object": {"a": 1}})]})
    answer = source.call(POLICY)
    assert answer.document("/text").evidence() == answer.document("/object").evidence()
    assert len(only(source).parts) == 1


@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_a_policy_that_is_escaped_twice_is_the_same_document(slash: str) -> None:
    text = json.dumps({"Statement": [{"Resource": "arn:aws:execute-api:eu-central-1:1:a/*"}]})
    escaped = json.dumps(text)[1:-1].replace("/", slash)
    source = source_of({POLICY.id: [Page({"Policy": escaped})]})
    document = source.call(POLICY).document("/Policy")
    assert document.text("/Statement/0/Resource") == "arn:aws:execute-api:eu-central-1:1:a/*"


def test_a_policy_that_is_url_encoded_is_the_same_document() -> None:
    encoded = "%7B%22a%22%3A%20%7B%22b%22%3A%20%22%25%22%7D%7D"
    source = source_of({POLICY.id: [Page({"encoded": encoded, "object": {"a": {"b": "%"}}})]})
    answer = source.call(POLICY)
    assert answer.document("/encoded").evidence() == answer.document("/object").evidence()


@pytest.mark.parametrize("text", ["not json", "%7Bnot json", "[" * 100_000, '{"a": '])
def test_text_that_is_no_json_stays_a_document_that_is_text(text: str) -> None:
    source = source_of({POLICY.id: [Page({"Policy": text})]})
    document = source.call(POLICY).document("/Policy")
    assert document.ok
    assert document.get("") == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_a_digest_is_the_sha_256_of_the_canonical_json_of_what_the_collector_sees(value: Json) -> None:
    source = source_of({GET.id: [Page({"value": value})]})
    answer = source.call(GET)
    digest = answer.evidence()[0].document
    assert source.record.documents[digest] == rfc8785.dumps(answer.json)
    assert hashlib.sha256(source.record.documents[digest]).hexdigest() == digest


def test_what_canonical_json_cannot_hold_becomes_text() -> None:
    odd: Json = {"big": 2**60, "nan": float("nan"), "half": "a\ud800b", "\udc00": 1}
    answer = source_of({GET.id: [Page(odd)]}).call(GET)
    assert answer.json == {"big": str(2**60), "nan": "nan", "half": "a\ufffdb", "\ufffd": 1}
    assert answer.number("/big") == 2**60


def test_the_same_answers_leave_the_same_record_whatever_the_threads_do() -> None:
    def run() -> list[Coverage]:
        source = source_of({LIST.id: [page(*"abcdefgh")]}, threads=4)
        rows = list(source.pages(LIST))
        list(source.each(lambda row: row.document("/name"), rows))
        return list(source.record.coverage())

    assert run() == run()
