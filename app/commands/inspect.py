"""crownpath inspect: what is inside files, with no cloud and no graph. Values are never shown."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.faults import BadInput
from app.screen import line, say, table
from app.text import plural

if TYPE_CHECKING:
    from collectors.inspect.data import Place
    from collectors.inspect.model_signature import Key
    from collectors.inspect.models import ModelResult

ALWAYS = ("path", "type", "label", "count", "looked_at", "share", "share_low", "share_high", "confidence")
"""Fields of every line of JSON; the others are left out where there is nothing to say."""


REQUEST = 0.0004 / 1000
"""Dollars for one GET of S3 Standard in us-east-1 (https://aws.amazon.com/s3/pricing/)."""


def data(
    *,
    paths: list[str],
    seed: int,
    files: int | None,
    megabytes: int | None,
    plan: bool,
    as_json: bool,
) -> int:
    from collectors.inspect.data import inspect_data
    from collectors.inspect.places import SCHEMES, Budget, Unreachable

    _all_there([Path(path) for path in paths if not path.startswith(SCHEMES)])
    budget = Budget(None if megabytes is None else megabytes * 1_000_000)
    states: Counter[str] = Counter()
    rows: list[Place] = []
    try:
        if plan:
            return _plan(paths, seed, files)
        for place in inspect_data(paths, seed=seed, each=files, budget=budget):
            states[place.state] += 1
            if as_json and place.state != "clean":
                line(_json(place))
            elif place.state != "clean":
                rows.append(place)
    except Unreachable as reason:
        raise BadInput(f"{reason} Check the address, the credentials and AWS_ENDPOINT_URL.") from None
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if not as_json:
        _show(rows)
    _sum_up(states)
    say(f"{budget.bytes / 1e6:,.1f} MB were read in {plural(budget.requests, 'request')}.")
    return 0


def _plan(paths: list[str], seed: int, files: int | None) -> int:
    """What would be read at most, before anything is: a reader stops at its sample."""
    from collectors.inspect.data import choose
    from collectors.inspect.places import CHUNK, store_of
    from collectors.inspect.readers.tables import EVERY
    from collectors.inspect.sampling import Sampler

    sampler = Sampler(seed)
    rows: list[tuple[str, ...]] = []
    for path in paths:
        listed, chosen = choose(store_of(path), sampler, files)
        most = sum(min(each.size, EVERY) for each in chosen)
        requests = sum(min(each.size, EVERY) // CHUNK + 2 for each in chosen)
        cost = f"${requests * REQUEST:.4f}" if path.startswith("s3://") else ""
        rows.append((path, f"{len(chosen):,} of {listed:,}", f"{most / 1e6:,.1f}", f"{requests:,}", cost))
    table("", ("path", "files", "MB at most", "requests at most", "cost of requests"), rows)
    say("Nothing was read. Traffic out of the store's region costs extra: run it beside the data.")
    return 0


def secrets(*, paths: list[Path], home: Path | None, as_json: bool) -> int:
    from app import settings
    from collectors.inspect.sample import Refusal
    from collectors.inspect.secrets import inspect_secrets
    from collectors.redaction import Redactor

    _all_there(paths)
    chosen = settings.load(home=home)
    redactor = Redactor(settings.fingerprint_key(chosen.home))
    rows: list[tuple[str, ...]] = []
    refused = found = 0
    try:
        for each in inspect_secrets(paths, redactor, cache_folder=chosen.home / "cache" / "secret-rules"):
            refused += isinstance(each, Refusal)
            found += not isinstance(each, Refusal)
            if as_json:
                line(msgspec.json.encode(each).decode())
            elif isinstance(each, Refusal):
                rows.append((each.path, "", "", "not read", each.reason, ""))
            else:
                where = each.path, str(each.line), each.commit[:12]
                rows.append((*where, each.provider, each.rule, str(each.places)))
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if rows:
        table("", ("file", "line", "commit", "provider", "rule", "places"), rows)
    told = f"{plural(found, 'secret')}, {refused:,} not read."
    say(f"{told} No secret was tried, shown or kept: only its keyed fingerprint.")
    return 0


def models(*, paths: list[str], key: Path | None, megabytes: int | None, as_json: bool) -> int:
    from collectors.inspect.models import inspect_models
    from collectors.inspect.places import SCHEMES, Budget, Unreachable

    _all_there([Path(path) for path in paths if not path.startswith(SCHEMES)])
    budget = Budget(None if megabytes is None else megabytes * 1_000_000)
    verdicts: Counter[str] = Counter()
    rows: list[tuple[str, ...]] = []
    try:
        for each in inspect_models(paths, key=_key(key), budget=budget):
            verdicts[each.verdict] += 1
            if as_json:
                line(msgspec.json.encode(each).decode())
            else:
                rows.append(_model_row(each))
    except Unreachable as reason:
        raise BadInput(f"{reason} Check the address, the credentials and AWS_ENDPOINT_URL.") from None
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if rows:
        table("", ("file", "format", "verdict", "why", "data of persons", "signature"), rows)
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    say(f"{plural(verdicts.total(), 'file')}: {told or 'no model files'}. None was loaded.")
    if budget.requests:
        say(f"{budget.bytes / 1e6:,.1f} MB were fetched in {plural(budget.requests, 'request')}.")
    return 0


def _key(path: Path | None) -> "Key | None":
    """The key that signatures are checked with."""
    from collectors.inspect.model_signature import Key, UnusableKey

    try:
        return None if path is None else Key(path.read_bytes())
    except (OSError, UnusableKey) as error:
        says = str(error) if isinstance(error, UnusableKey) else f"{path} cannot be read."
        raise BadInput(f"{says} --key takes a public key or a certificate in PEM.") from None


def _model_row(each: "ModelResult") -> tuple[str, ...]:
    found = ", ".join(f"{one.type} ({one.count:,} in {one.place})" for one in each.findings)
    left = f"; not looked at: {', '.join(each.not_looked_at)}" if each.not_looked_at else ""
    signature = "" if each.signature == "none" else f"{each.signature}: {each.signature_reason}"
    return each.path, each.format, each.verdict, "; ".join(each.reasons), f"{found}{left}", signature


def _all_there(paths: list[Path]) -> None:
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path} does not exist. Name files or folders that are there.")


def _json(place: "Place") -> str:
    fields = msgspec.to_builtins(place)
    told = {
        name: value
        for name, value in fields.items()
        if name in ALWAYS or (value is not None and value != "found")
    }
    return msgspec.json.encode(told).decode()


def _show(rows: Iterable["Place"]) -> None:
    found = [
        (
            each.path,
            each.column or each.json_path or "",
            each.type or each.state,
            each.label or "",
            f"{each.count:,} of {each.looked_at:,}" if each.count is not None else each.reason or "",
            f"{each.share_low:.0%} to {each.share_high:.0%}" if each.share_low is not None else "",
        )
        for each in rows
    ]
    if found:
        columns = ("file", "where", "type", "label", "seen", "share, 95 % sure")
        table("", columns, found)  # type: ignore[arg-type]  # the strings are all there


def _sum_up(states: Counter[str]) -> None:
    looked = [plural(states["found"], "place") + " with sensitive data"]
    if states["clean"]:
        looked.append(plural(states["clean"], "file") + " without")
    if states["refused"] or states["never looked at"]:
        looked.append(f"{states['refused'] + states['never looked at']:,} not looked at")
    say(", ".join(looked) + ". Values were neither shown nor kept.")
