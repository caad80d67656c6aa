"""Recorded calls in place of a provider: the same collectors, no network.

A recording is JSON, `{"calls": [{service, operation, account, region, parameters, response | error}]}`,
with the SDK's own names (`docs/recordings.md`). The output of `aws iam get-account-authorization-details`
is one too. A call that was not recorded is not an empty answer: it ends as `not_recorded`.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import get_args

import msgspec

from collectors.scan import PROVIDERS
from collectors.source import CallFailed, Page
from graph.model import Call, Coverage, Json, Outcome

PROVIDED = tuple(f"{provider}:" for provider in PROVIDERS)
TOKENS = frozenset(
    {
        "nexttoken",
        "marker",
        "continuationtoken",
        "pagetoken",
        "maxresults",
        "maxitems",
        "pagesize",
        "maxkeys",
        "skiptoken",
    }
)


NONE: Mapping[str, Json] = {"Code": "none", "Message": "There is none."}
"""Recorded in place of an answer that says that there is nothing (no policy on a bucket)."""


class Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recorded call; `items` points at the list of items, where the recorder knew it."""

    service: str
    operation: str
    provider: str = "aws"
    account: str = ""
    region: str = ""
    parameters: dict[str, Json] = msgspec.field(default_factory=dict)
    items: str = ""
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
        own = {msgspec.json.encode(c, order="deterministic"): c for c in calls if c.provider == provider}
        for call in own.values():  # what two collectors asked alike counts once
            for name in _names(call.operation):
                self._calls[_plain(call.service), name].append(call)
            if "." in call.operation:  # a full name says by itself whose it is
                self._calls["", _plain(call.operation)].append(call)
            self._accounts.add(call.account)
            self._regions[call.account].add(call.region)

    def accounts(self) -> Sequence[str]:
        """The accounts that the recorded scan was told to look at, as far as the recordings show it.

        Where the caller asked whose credentials it had (account ""), the accounts in that answer are meant.
        """
        asked = self._scope_calls()
        named = {call.account for call in asked}
        answers = b"".join(
            msgspec.json.encode(c.response) for c in asked if not c.account and c.error is None
        )
        others = {account for account in self._accounts - named - {""} if account.encode() not in answers}
        return sorted(named | others) or [""]

    def _scope_calls(self) -> list[Recorded]:
        """The recorded calls that find out which accounts there are."""
        scopes = import_module(f"collectors.{self.provider}.scopes")
        calls = [value for value in vars(scopes).values() if isinstance(value, Call)]
        return [c for call in calls if "Account" in call.lists for c in self._recorded(call)]

    def _recorded(self, call: Call) -> list[Recorded]:
        named = self._calls.get((_plain(call.client), _plain(call.operation)))
        full = _sdk_name(self.provider, call.id, call.operation)
        return named or self._calls.get(("", _plain(full)), [])

    def regions(self, account: str) -> Sequence[str]:
        found = self._regions[account] | self._regions[""]
        return sorted(found - {""}) or [""]

    def pages(self, call: Call, parameters: Mapping[str, Json], account: str, region: str) -> Iterator[Page]:
        wanted = _without_tokens(parameters)
        found = [
            c
            for c in self._recorded(call)
            if _same_place(c, account, region) and _without_tokens(c.parameters) == wanted
        ]
        found = [c for c in found if c.account == account] or found
        found = [c for c in found if c.region == region] or found
        if not found:
            place = " ".join(part for part in (account, region) if part)
            raise CallFailed(
                "not_recorded",
                f"The recordings hold no answer to {call.id}"
                + (f" for {place}" if place else "")
                + (f" with {json.dumps(wanted, sort_keys=True)}" if wanted else "")
                + ". Record it, or scan live.",
            )
        for recorded in sorted(found, key=lambda c: c.error is not None):
            if recorded.error == NONE:
                return
            if recorded.error is not None:
                raise _failure(call, recorded.error)
            if recorded.response is not msgspec.UNSET:
                yield Page(_without_transport(recorded.response), recorded.items or None)


def recorded(coverage: Iterable[Coverage], documents: Mapping[str, bytes]) -> list[Recorded]:
    """The calls of a scan as a recording: redacted as they were kept, failures included."""
    calls = [record for record in coverage if not record.carried and record.call.startswith(PROVIDED)]
    return [call for record in calls for call in _of(record, documents)]


def write_recording(folder: Path, name: str, calls: Iterable[Recorded]) -> None:
    """Write `folder/name.json`, readable by its owner only: it shows the estate as a snapshot does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = msgspec.json.encode(_File(list(calls)), order="deterministic")
    path = folder / f"{name}.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(data, indent=1) + b"\n")


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
    try:
        content: Json = msgspec.json.decode(path.read_bytes())
        if isinstance(content, dict) and "RoleDetailList" in content and "calls" not in content:
            return [_authorization_details(path, content)]
        calls = msgspec.convert(content, _File).calls
    except (msgspec.MsgspecError, ValueError) as fault:
        raise BadRecording(f"{path} is not a recording: {fault}. See docs/recordings.md.") from fault
    for number, call in enumerate(calls):
        if call.response is msgspec.UNSET and call.error is None:
            raise BadRecording(
                f"{path}: call {number} ({call.service} {call.operation}) has neither response nor error."
            )
    return [msgspec.structs.replace(call, provider=_provider(call)) for call in calls]


def _provider(call: Recorded) -> str:
    """Whose call it is: full names of Google's and Azure's methods say so themselves."""
    packages = {"google": "gcp", "azure": "azure"}
    return packages.get(call.operation.partition(".")[0], call.provider)


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
    for digest in record.documents:
        response: Json = msgspec.json.decode(documents[digest])
        yield msgspec.structs.replace(call, items=record.items_at, response=response)
    if record.outcome != "ok":
        error: dict[str, Json] = {"Code": record.outcome, "Message": record.sentence}
        yield msgspec.structs.replace(call, error=error)
    elif not record.documents:
        yield msgspec.structs.replace(call, error=dict(NONE))


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


def _without_transport(response: Json) -> Json:
    """An answer as a snapshot keeps it: without what botocore says of the exchange itself."""
    if isinstance(response, dict) and "ResponseMetadata" in response:
        return {name: value for name, value in response.items() if name != "ResponseMetadata"}
    return response


def _same_place(call: Recorded, account: str, region: str) -> bool:
    same_account = not call.account or not account or call.account == account
    return same_account and (not call.region or not region or call.region == region)


_OUTCOMES: Sequence[tuple[str, Outcome]] = (
    (r"accessdenied|unauthorized|forbidden|permission|notauthorized|authorizationfailed|^40[13]$", "denied"),
    (r"expired", "expired"),
    (r"throttl|toomanyrequests|slowdown|requestlimit|resourceexhausted|^429$", "throttled"),
    (r"nosuch|notfound|doesnotexist|resourcegone|^404$", "vanished"),
    (r"optin|regiondisabled|invalidclienttokenid", "region_off"),
)


def _failure(call: Call, error: Mapping[str, Json]) -> CallFailed:
    code = str(error.get("Code") or error.get("code") or "")
    said = str(error.get("Message") or error.get("message") or "") or "no message was recorded"
    outcome: Outcome = "failed"
    if code in get_args(Outcome):  # our own recordings name the outcome
        outcome = msgspec.convert(code, Outcome)
    else:
        found = (meaning for pattern, meaning in _OUTCOMES if re.search(pattern, _plain(code)))
        outcome = next(found, outcome)
    return CallFailed(outcome, f"{call.id} had failed when it was recorded ({code}): {said}", code)
