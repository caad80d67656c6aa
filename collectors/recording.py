"""Recorded calls in place of a provider: the same collectors, no network.

A recording is JSON, `{"calls": [{service, operation, account, region, parameters, response | error}]}`,
with the SDK's own names (`docs/recordings.md`). The output of `aws iam get-account-authorization-details`
is one too. A call that was not recorded is not an empty answer: it ends as `not_recorded`.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import msgspec

from collectors.source import CallFailed, Page
from graph.model import Call, Coverage, Json, Outcome

TOKENS = frozenset(
    {
        "nexttoken",
        "marker",
        "continuationtoken",
        "pagetoken",
        "maxresults",
        "maxitems",
        "pagesize",
        "skiptoken",
    }
)


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recorded call; `items` points at the list of items, where the recorder knew it."""

    service: str
    operation: str
    provider: str = "aws"
    account: str = ""
    region: str = ""
    parameters: dict[str, Json] = msgspec.field(default_factory=dict)
    response: Json | msgspec.UnsetType = msgspec.UNSET
    error: dict[str, Json] | None = None


class _File(msgspec.Struct, frozen=True):
    calls: list[Recorded]


class BadRecording(Exception):
    """A recording that cannot be read; the message names the file and what is wrong with it."""


class ReplayDoor:
    """Answers the calls of one provider from recordings."""

    def __init__(self, provider: str, calls: Iterable[Recorded]) -> None:
        self.provider = provider
        self._calls: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self._accounts: set[str] = set()
        self._regions: dict[str, set[str]] = defaultdict(set)
        for call in calls:
            if call.provider == provider:
                for name in _names(call.operation):
                    self._calls[_plain(call.service), name].append(call)
                self._accounts.add(call.account)
                self._regions[call.account].add(call.region)

    def accounts(self) -> Sequence[str]:
        return sorted(self._accounts - {""}) or [""]

    def regions(self, account: str) -> Sequence[str]:
        found = self._regions[account] | self._regions[""]
        return sorted(found - {""}) or [""]

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        wanted = _without_tokens(parameters)
        found = [
            c
            for c in self._calls.get((_plain(call.client), _plain(call.operation)), ())
            if _same_place(c, account, region) and _without_tokens(c.parameters) == wanted
        ]
        if not found:
            place = " ".join(part for part in (account, region) if part)
            raise CallFailed(
                "not_recorded",
                f"The recordings hold no answer to {call.id}"
                + (f" for {place}" if place else "")
                + (f" with {json.dumps(wanted, sort_keys=True)}" if wanted else "")
                + ". Record it, or scan live.",
            )
        for recorded in found:
            if recorded.error is not None:
                raise _failure(call, recorded.error)
            if recorded.response is not msgspec.UNSET:
                yield Page(recorded.response)


def recorded(coverage: Iterable[Coverage], documents: Mapping[str, bytes]) -> list[Recorded]:
    """The calls of a scan as a recording: redacted as they were kept, failures included."""
    return [call for record in coverage if not record.carried for call in _of(record, documents)]


def write_recording(folder: Path, name: str, calls: Iterable[Recorded]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.encode(_File(list(calls)), order="deterministic")
    (folder / f"{name}.json").write_bytes(msgspec.json.format(data, indent=1) + b"\n")


def read_recordings(paths: Iterable[Path]) -> list[Recorded]:
    """The calls of recordings: files, or folders of files."""
    found: list[Recorded] = []
    for path in paths:
        if not path.exists():
            raise BadRecording(f"{path} does not exist. Name a recording, a folder of them, or a snapshot.")
        files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        if not files:
            raise BadRecording(f"{path} holds no .json files, so there is nothing to replay.")
        for file in files:
            found.extend(_read(file))
    return found


def _read(path: Path) -> list[Recorded]:
    data = path.read_bytes()
    try:
        if b'"RoleDetailList"' in data and b'"calls"' not in data[:200]:
            return [_authorization_details(path, msgspec.json.decode(data))]
        return msgspec.json.decode(data, type=_File).calls
    except msgspec.MsgspecError as fault:
        raise BadRecording(f"{path} is not a recording: {fault}. See docs/recordings.md.") from fault


def _authorization_details(path: Path, details: Json) -> Recorded:
    """The bare output of `aws iam get-account-authorization-details`, one account a file."""
    account = re.search(r'"arn:aws[\w-]*:iam::(\d{12}):', json.dumps(details))
    if account is None:
        raise BadRecording(f"{path} names no account in any ARN, so nobody knows whose details they are.")
    return Recorded("iam", "get_account_authorization_details", account=account[1], response=details)


def _of(record: Coverage, documents: Mapping[str, bytes]) -> Iterator[Recorded]:
    provider, service, operation = record.call.split(":", 2)
    call = Recorded(
        service,
        _sdk_name(provider, record.call, operation),
        provider,
        record.account,
        record.region,
        dict(record.parameters),
    )
    if not record.complete:
        error: dict[str, Json] = {"Code": record.outcome, "Message": record.sentence}
        yield msgspec.structs.replace(call, error=error)
        return
    for digest in record.documents:
        yield msgspec.structs.replace(call, response=msgspec.json.decode(documents[digest]))
    if not record.documents:
        yield call


def _sdk_name(provider: str, call: str, operation: str) -> str:
    """The SDK's own name of a call: botocore's method, or the full name that the provider's table holds."""
    if provider == "aws":
        partial = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", operation)
        return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", partial).lower()
    methods: Mapping[str, str] = import_module(f"collectors.{provider}.calls").SDK_METHODS
    return methods.get(call, operation)


def _names(operation: str) -> set[str]:
    """What an operation may be called in a call id: its name, the end of its full name, its last two."""
    parts = operation.split(".")
    return {_plain(operation), _plain(parts[-1]), _plain("".join(parts[-2:]))}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _without_tokens(parameters: Mapping[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in parameters.items() if v is not None and _plain(k) not in TOKENS}


def _same_place(call: Recorded, account: str, region: str) -> bool:
    same_account = not call.account or not account or call.account == account
    return same_account and (not call.region or not region or call.region == region)


_OUTCOMES: Sequence[tuple[str, Outcome]] = (
    (
        r"^(denied|throttled|unsupported|failed|not_recorded|no_credentials|expired|region_off|interrupted)$",
        "failed",
    ),
    (r"accessdenied|unauthorized|forbidden|permission|notauthorized|authorizationfailed", "denied"),
    (r"expired", "expired"),
    (r"throttl|toomanyrequests|slowdown|requestlimit|resourceexhausted", "throttled"),
    (r"nosuch|notfound|doesnotexist|resourcegone", "vanished"),
    (r"optin|regiondisabled|invalidclienttokenid", "region_off"),
)


def _failure(call: Call, error: Mapping[str, Json]) -> CallFailed:
    code = str(error.get("Code") or error.get("code") or "")
    said = str(error.get("Message") or error.get("message") or "") or "no message was recorded"
    plain = code.lower() if "_" in code else _plain(code)
    outcome: Outcome = "failed"
    for pattern, meaning in _OUTCOMES:
        if re.search(pattern, plain):
            outcome = msgspec.convert(plain, Outcome) if pattern.startswith("^") else meaning
            break
    return CallFailed(outcome, f"{call.id} had failed when it was recorded ({code}): {said}", code)
