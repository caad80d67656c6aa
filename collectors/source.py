"""The door between collectors and providers: paging, redaction, evidence and coverage for every call.

A collector gets a `Source` and asks it; behind it stands a `Door`, a live client or a recording, and the
collector doesn't know which. Whatever a door answers is redacted here before anything else sees it, kept
as a document by digest, and recorded in the coverage, also when it failed.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol, TypeVar
from urllib.parse import unquote

import msgspec
import rfc8785

from collectors.redaction import Redactor
from graph.model import Call, Coverage, Evidence, Json, Listing, Outcome, at_pointer, pointer_token

Item = TypeVar("Item")
Result = TypeVar("Result")


ENCODED_BRACE = "%7B"
"""How a document begins that is URL-encoded, as IAM sends policies."""

ESCAPED_BRACE = '{\\"'
"""How a document begins that is JSON text escaped once more, as API Gateway sends policies."""

NOT_OFFERED = "NotOffered"
"""The code of a failure that means: the service is not offered or not switched on here, so there is none."""


class CallFailed(Exception):
    """A call that did not answer: how it ended, a sentence for people, the provider's own code."""

    def __init__(self, outcome: Outcome, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.outcome: Outcome = outcome
        self.sentence = sentence
        self.code = code


class Page(msgspec.Struct, frozen=True):
    """One answer in wire JSON; `items` points at the list of items when the operation has one."""

    json: Json
    items: str | None = None


class Door(Protocol):
    """A provider's client, or a recording of one. Errors of the SDK leave it as `CallFailed` only."""

    @property
    def provider(self) -> str: ...

    def accounts(self) -> Sequence[str]:
        """The accounts, projects or subscriptions to look at; "" is the caller's own."""
        ...

    def regions(self, account: str) -> Sequence[str]: ...

    def pages(
        self, call: Call, parameters: Mapping[str, Json], account: str, region: str
    ) -> Iterator[Page]: ...


class Record:
    """What one unit's calls left behind: documents by digest, and the coverage."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self._calls: list[_CallRecord] = []
        self._lock = Lock()

    def begin(self, call: Call, source: "Source", parameters: Mapping[str, Json]) -> "_CallRecord":
        given = source.redacted(call.id, dict(parameters))
        told = given if isinstance(given, dict) else {}
        record = _CallRecord(call.id, source, told)
        with self._lock:
            self._calls.append(record)
        return record

    def keep(self, document: Json) -> str:
        """Store a document once; its digest is the SHA-256 of its canonical JSON."""
        data = canonical(document)
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            self.documents.setdefault(digest, data)
        return digest

    def coverage(self) -> tuple[Coverage, ...]:
        return tuple(record.frozen() for record in self._calls)


class _CallRecord:
    """A coverage record while its call is still under way; interrupted unless it ends otherwise."""

    def __init__(self, call: str, source: "Source", parameters: Mapping[str, Json]) -> None:
        self.call, self.parameters, self._source = call, parameters, source
        self.account, self.region, self.parent = source.account, source.region, source.parent
        self.at = source.now()
        self.outcome: Outcome = "interrupted"
        self.sentence = "The call was not finished: the scan was stopped, or its reader stopped early."
        self.items = 0
        self.items_at = ""
        self.documents: list[str] = []
        self.parts: list[str] = []
        self._seconds = 0.0

    def end(self, outcome: Outcome, sentence: str = "") -> None:
        self.outcome, self.sentence = outcome, self._source.redacted_text(sentence)
        self._seconds = max(0.0, (self._source.now() - self.at).total_seconds())

    def fail(self, fault: CallFailed, call: Call) -> bool:
        """End with a failure, or with "there is none" (then it is true) where the code means that."""
        if fault.code == NOT_OFFERED:
            self.end("ok", fault.sentence)
        elif fault.code in call.empty_on:
            self.end("ok", "There is none.")
        else:
            self.end(fault.outcome, fault.sentence)
            return False
        return True

    def frozen(self) -> Coverage:
        return Coverage(
            call=self.call,
            account=self.account,
            region=self.region,
            parent=self.parent,
            outcome=self.outcome,
            sentence=self.sentence,
            pages=len(self.documents),
            items=self.items,
            at=self.at,
            seconds=round(self._seconds, 3),
            parameters=self.parameters,
            documents=tuple(self.documents),
            parts=tuple(sorted(set(self.parts))),
            items_at=self.items_at,
        )


class Answer:
    """An answer, or a part of one, that knows where it comes from."""

    def __init__(
        self, source: "Source", record: _CallRecord, document: Json, digest: str, base: str, outcome: Outcome
    ) -> None:
        self._source, self._record = source, record
        self._document, self._digest, self._base = document, digest, base
        self._outcome = outcome

    @property
    def ok(self) -> bool:
        return self._outcome == "ok"

    @property
    def vanished(self) -> bool:
        """It was listed and is gone: yield nothing for it."""
        return self._outcome == "vanished"

    @property
    def json(self) -> dict[str, Json]:
        part = at_pointer(self._document, self._base)
        return part if isinstance(part, dict) else {}

    @property
    def listed_by(self) -> tuple[Listing, ...]:
        record = self._record
        return (Listing(record.call, record.account, record.region, record.parent),)

    def get(self, pointer: str) -> Json:
        """What stands at a JSON pointer below this part; None when nothing does, or it is not known."""
        return at_pointer(self._document, self._base + pointer)

    def text(self, pointer: str) -> str | None:
        value = self.get(pointer)
        return value if isinstance(value, str) else None

    def flag(self, pointer: str) -> bool | None:
        value = self.get(pointer)
        return value if isinstance(value, bool) else None

    def number(self, pointer: str) -> int | None:
        value = self.get(pointer)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):  # protobuf's int64 is text
            return int(value)
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def at(self, pointer: str) -> "Answer":
        """A part of the same document."""
        return Answer(
            self._source, self._record, self._document, self._digest, self._base + pointer, self._outcome
        )

    def items(self, pointer: str = "") -> Iterator["Answer"]:
        """The members of a list, or the values of an object, below this part."""
        part = self.get(pointer)
        if isinstance(part, list):
            for index in range(len(part)):
                yield self.at(f"{pointer}/{index}")
        elif isinstance(part, dict):
            for key in part:
                yield self.at(f"{pointer}/{pointer_token(key)}")

    def document(self, pointer: str = "") -> "Answer":
        """A document inside this one (a policy), with a digest of its own; text is parsed as JSON.

        Text that is not JSON stays a document that is a string, so that whoever reads it can say so.
        """
        if not self.ok:
            return Answer(self._source, self._record, {}, "", "", self._outcome)
        part = self.get(pointer)
        if isinstance(part, str):
            with suppress(ValueError, RecursionError):
                part = self._source.redacted(self._record.call, json.loads(_plain(part)))
        digest = self._source.record.keep(part)
        self._record.parts.append(digest)
        return Answer(self._source, self._record, part, digest, "", self._outcome)

    def evidence(self, **supports: str) -> tuple[Evidence, ...]:
        """Evidence for properties, by the pointer (below this part) that supports each.

        Without arguments, the part itself is the evidence. A failed answer is evidence of nothing.
        """
        if not self.ok:
            return ()
        if not supports:
            return (Evidence(self._record.call, self._digest, self._base),)
        by_pointer: dict[str, list[str]] = {}
        for name, pointer in supports.items():
            by_pointer.setdefault(self._base + pointer, []).append(name)
        return tuple(
            Evidence(self._record.call, self._digest, pointer, tuple(sorted(names)))
            for pointer, names in sorted(by_pointer.items())
        )


class Source:
    """One unit's view of a provider: an account and a region, with calls that never go unrecorded."""

    def __init__(
        self,
        door: Door,
        redactor: Redactor,
        *,
        account: str = "",
        region: str = "",
        parent: str = "",
        record: Record | None = None,
        threads: int = 8,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._door, self._redactor, self._threads = door, redactor, threads
        self.account, self.region, self.parent = account, region, parent
        self.record = Record() if record is None else record
        self.now = now

    @property
    def provider(self) -> str:
        return self._door.provider

    def within(self, parent: str) -> "Source":
        """The same source; its calls are recorded as made for that parent (a bucket, a knowledge base)."""
        return Source(
            self._door,
            self._redactor,
            account=self.account,
            region=self.region,
            parent=parent,
            record=self.record,
            threads=self._threads,
            now=self.now,
        )

    def answers(self, call: Call, **parameters: Json) -> Iterator[Answer]:
        """The answer's pages. A failure ends the iteration and stands in the coverage."""
        for answer, _ in self._pages(call, parameters):
            yield answer

    def pages(self, call: Call, **parameters: Json) -> Iterator[Answer]:
        """The items of a listing, over all its pages. A failure ends the iteration and is recorded."""
        for answer, items in self._pages(call, parameters):
            for item in answer.items(items if items is not None else _only_list(call, answer.json)):
                answer._record.items += 1
                yield item

    def whole(self, call: Call, **parameters: Json) -> tuple[Answer, ...] | None:
        """The items of a listing, all of them; None when it did not answer to its end."""
        record = self.record.begin(call, self, parameters)
        pages = list(self._pages(call, parameters, record))
        if record.outcome != "ok":
            return None
        found = [
            item
            for answer, items in pages
            for item in answer.items(items if items is not None else _only_list(call, answer.json))
        ]
        record.items = len(found)
        return tuple(found)

    def call(self, call: Call, **parameters: Json) -> Answer:
        """One answer. On failure it is not `ok` and empty, and what it fills stays unknown."""
        record = self.record.begin(call, self, parameters)
        try:
            page = next(iter(self._door.pages(call, parameters, self.account, self.region)), Page({}))
        except CallFailed as fault:
            if record.fail(fault, call):
                return self._answer(record, {})
            return Answer(self, record, {}, "", "", fault.outcome)
        answer = self._answer(record, page.json)
        record.end("ok")
        return answer

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """`function` over the items in a bounded pool; results in the order of the items."""
        window: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for item in items:
                    window.append(pool.submit(function, item))
                    if len(window) >= 4 * self._threads:
                        yield window.popleft().result()
                while window:
                    yield window.popleft().result()
            finally:  # a failure, or a reader that stops early: what has not begun need not begin
                pool.shutdown(wait=False, cancel_futures=True)

    def redacted(self, call: str, document: Json) -> Json:
        return self._redactor.redact(call, document)

    def redacted_text(self, text: str) -> str:
        return self._redactor.text(text)

    def _pages(
        self, call: Call, parameters: Mapping[str, Json], record: _CallRecord | None = None
    ) -> Iterator[tuple[Answer, str | None]]:
        record = record or self.record.begin(call, self, parameters)
        try:
            for page in self._door.pages(call, parameters, self.account, self.region):
                record.items_at = page.items or record.items_at
                yield self._answer(record, page.json), page.items
        except CallFailed as fault:
            record.fail(fault, call)
        else:
            record.end("ok")

    def _answer(self, record: _CallRecord, page: Json) -> Answer:
        document = self.redacted(record.call, page)
        digest = self.record.keep(document)
        record.documents.append(digest)
        return Answer(self, record, document, digest, "", "ok")


def _plain(text: str) -> str:
    """The text of a document, whatever it was wrapped in on its way."""
    if text[:3].upper() == ENCODED_BRACE:
        return unquote(text)
    return str(json.loads(f'"{text}"')) if text.startswith(ESCAPED_BRACE) else text


def _only_list(call: Call, page: Mapping[str, Json]) -> str:
    """Where a listing's items are when its door can't say: the one list at the top of the answer."""
    lists = [key for key, value in page.items() if isinstance(value, list)]
    if len(lists) > 1:
        raise ValueError(f"{call.id} answers with several lists ({', '.join(lists)}): use answers()")
    return "/" + pointer_token(lists[0]) if lists else "/-"


def canonical(document: Json) -> bytes:
    """Canonical JSON (RFC 8785) of a document that went through the `Redactor`, or of a file's content."""
    return rfc8785.dumps(document)
