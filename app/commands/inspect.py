"""crownpath inspect: what is inside files, with no cloud and no graph. Values are never shown."""

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app import settings
from app.faults import BadInput
from app.reports import origins_of, reporting
from app.screen import line, say, table
from app.text import plural

if TYPE_CHECKING:
    from collectors.inspect.data import Place
    from collectors.inspect.model_signature import Key
    from collectors.inspect.models import ModelResult
    from collectors.inspect.sampling import Sampler

ALWAYS = ("path", "type", "label", "count", "looked_at", "share", "share_low", "share_high", "confidence")
"""Fields of every line of JSON; the others are left out where there is nothing to say."""


def data(
    *,
    paths: list[str],
    seed: int,
    files: int | None,
    megabytes: int | None,
    requests: int | None,
    dollars: float | None,
    plan: bool,
    names: str,
    home: Path | None,
    out: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    from collectors.inspect import databases
    from collectors.inspect.data import inspect_data
    from collectors.inspect.names import Unusable, load
    from collectors.inspect.places import SCHEMES, Budget, Unreachable

    _all_there([Path(path) for path in paths if not path.startswith((*SCHEMES, *databases.SCHEMES))])
    most = None if megabytes is None else megabytes * 1_000_000
    budget = Budget(most, requests=requests, dollars=dollars)
    model = load(names)
    if names and isinstance(model, Unusable):
        raise BadInput(f"--names {names}: {model.reason}.")
    states: Counter[str] = Counter()
    rows: list[Place] = []
    try:
        if plan:
            return _plan(paths, seed, files)
        with reporting("data", paths, settings.load(home=home), out=out, keep=keep, seed=seed) as write:
            known = None if isinstance(model, Unusable) else model
            for place in inspect_data(paths, seed=seed, each=files, budget=budget, names=known):
                write(place)
                states[place.state] += 1
                if as_json and place.state != "clean":
                    line(_json(place))
                elif place.state != "clean":
                    rows.append(place)
    except Unreachable as reason:
        raise BadInput(f"{reason} Check the address and the credentials.") from None
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if not as_json:
        _show(rows)
    _sum_up(states)
    if isinstance(model, Unusable):
        say(f"Names of persons in free text were not looked at: {model.reason}.")
    cost = f", for about ${budget.dollars:,.4f}" if budget.dollars else ""
    say(f"{budget.bytes / 1e6:,.1f} MB were read in {plural(budget.requests, 'request')}{cost}.")
    _kept(out, keep=keep)
    return 0


def _plan(paths: list[str], seed: int, files: int | None) -> int:
    """What would be read at most, before anything is: a reader stops at its sample."""
    from collectors.inspect import databases
    from collectors.inspect.data import choose
    from collectors.inspect.places import most_of, store_of
    from collectors.inspect.sampling import Sampler

    sampler = Sampler(seed)
    rows: list[tuple[str, ...]] = []
    sources: dict[str, None] = {}
    for path in paths:
        if path.startswith(databases.SCHEMES):
            rows.append(_planned(path, sampler, files))
            continue
        store = store_of(path)
        listed, chosen = choose(store, sampler, files)
        most = [most_of(each) for each in chosen]
        bytes_read, requests = sum(each for each, _ in most), sum(each for _, each in most)
        dollars = requests * store.price.read + store.lists * store.price.list
        requests += store.lists
        cost = f"${dollars:.4f}" if store.price.page else ""
        megabytes = f"{bytes_read / 1e6:,.1f}"
        rows.append((path, f"{len(chosen):,} of {len(listed):,}", megabytes, f"{requests:,}", cost))
        if store.price.page:
            sources[f"Prices: {store.price.of}, as of {store.price.as_of} ({store.price.page})."] = None
    table("", ("path", "files or tables", "MB at most", "requests at most", "cost of requests"), rows)
    for source in sources:
        say(source)
    say("Nothing was read. Traffic out of the store's region costs extra: run it beside the data.")
    return 0


def _planned(address: str, sampler: "Sampler", tables: int | None) -> tuple[str, ...]:
    """What looking into the tables of an address would take at most."""
    from collectors.inspect import databases

    try:
        planned = databases.plan(address, sampler, tables)
    except databases.Closed as closed:
        raise BadInput(f"{address}: {closed}.") from None
    cost = planned.cost
    dollars = "" if cost.dollars is None else f"${cost.dollars:.4f}"
    chosen = f"{planned.chosen:,} of {planned.listed:,}"
    return address, chosen, f"{cost.bytes / 1e6:,.1f}", f"{cost.requests:,}", dollars


def secrets(
    *,
    paths: list[str],
    home: Path | None,
    github_url: str,
    forks: bool,
    archived: bool,
    out: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    from collectors.inspect.sample import Refusal
    from collectors.inspect.secret_place import SecretPlace
    from collectors.inspect.secret_sources.access import Access
    from collectors.inspect.secrets import inspect_secrets, is_remote
    from collectors.redaction import Redactor

    _all_there([Path(path.removeprefix("file://")) for path in paths if not is_remote(path)])
    chosen = settings.load(home=home)
    redactor = Redactor(settings.fingerprint_key(chosen.home))
    access = Access(
        git_token=os.environ.get("CROWNPATH_GIT_TOKEN", ""),
        github_token=os.environ.get("GITHUB_TOKEN", ""),
        github_url=github_url,
        registry_user=os.environ.get("CROWNPATH_REGISTRY_USER", ""),
        registry_password=os.environ.get("CROWNPATH_REGISTRY_PASSWORD", ""),
        forks=forks,
        archived=archived,
    )
    cache = chosen.home / "cache" / "secret-rules"
    rows: list[tuple[str, ...]] = []
    seen: Counter[str] = Counter()
    try:
        with (
            reporting("secrets", paths, chosen, out=out, keep=keep) as write,
            closing(inspect_secrets(paths, redactor, cache_folder=cache, access=access)) as found,
        ):
            for each in found:
                write(each)
                seen[type(each).__name__] += 1
                if as_json:
                    line(msgspec.json.encode(each).decode())
                elif isinstance(each, Refusal):
                    rows.append((each.path, "", "", "not read", each.reason, "", ""))
                elif isinstance(each, SecretPlace):
                    opens = ", ".join(name.value for name in each.opens if name.kind != "provider")
                    where = each.path, str(each.line), each.commit[:12]
                    rows.append((*where, each.provider, each.rule, str(each.places), opens))
    except KeyboardInterrupt:
        say("Stopped. What was found until then is told.")
    if rows:
        table("", ("file", "line", "commit", "provider", "rule", "places", "opens"), rows)
    read = f"{plural(seen['RepositorySeen'], 'repository')}, {plural(seen['ImageSeen'], 'image')}"
    told = f"{plural(seen['SecretPlace'], 'secret')}, {seen['Refusal']:,} not read; {read}."
    say(f"{told} No secret was tried, shown or kept: only its keyed fingerprint.")
    _kept(out, keep=keep)
    return 0


def models(
    *,
    paths: list[str],
    key: Path | None,
    megabytes: int | None,
    home: Path | None,
    out: Path | None,
    keep: bool,
    as_json: bool,
) -> int:
    from collectors.inspect.models import inspect_models
    from collectors.inspect.places import SCHEMES, Budget, Unreachable

    _all_there([Path(path) for path in paths if not path.startswith(SCHEMES)])
    budget = Budget(None if megabytes is None else megabytes * 1_000_000)
    verdicts: Counter[str] = Counter()
    rows: list[tuple[str, ...]] = []
    try:
        chosen, origins = settings.load(home=home), origins_of(paths)
        with reporting("models", paths, chosen, out=out, keep=keep, origins=origins) as write:
            for each in inspect_models(paths, key=_key(key), budget=budget):
                write(each)
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
    _kept(out, keep=keep)
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


def _kept(out: Path | None, *, keep: bool) -> None:
    if out is not None:
        say(f"What was found is written down in {out}: `crownpath scan --inspected {out}` takes it in.")
    elif keep:
        say("What was found is kept: the next `crownpath scan` takes it in.")


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
    if states["in part"]:
        looked.append(plural(states["in part"], "file") + " looked at in part")
    if states["refused"] or states["never looked at"]:
        looked.append(f"{states['refused'] + states['never looked at']:,} not looked at")
    say(", ".join(looked) + ". Values were neither shown nor kept.")
