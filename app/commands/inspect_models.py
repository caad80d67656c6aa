"""crownpath inspect models: what model files are, run and hold. None is loaded."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app import settings
from app.faults import BadInput
from app.reports import all_there, kept, origins_of, reporting
from app.screen import line, say, table
from app.text import plural

if TYPE_CHECKING:
    from collectors.inspect.model_result import ModelResult
    from collectors.inspect.model_signature import Key


def run(
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
    from collectors.inspect.secret_process import Secrets
    from collectors.redaction import Redactor

    all_there([Path(path) for path in paths if not path.startswith(SCHEMES)])
    budget = Budget(None if megabytes is None else megabytes * 1_000_000)
    verdicts: Counter[str] = Counter()
    rows: list[tuple[str, ...]] = []
    try:
        chosen, origins = settings.load(home=home), origins_of(paths)
        redactor = Redactor(settings.fingerprint_key(chosen.home))
        secrets = Secrets(redactor, chosen.home / "cache" / "secret-rules")
        with reporting("models", paths, chosen, out=out, keep=keep, origins=origins) as write:
            for each in inspect_models(paths, key=_key(key), budget=budget, secrets=secrets):
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
        table("", ("file", "format", "verdict", "why", "data of persons and keys", "signature"), rows)
    told = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    say(f"{plural(verdicts.total(), 'file')}: {told or 'no model files'}. None was loaded.")
    if budget.requests:
        say(f"{budget.bytes / 1e6:,.1f} MB were fetched in {plural(budget.requests, 'request')}.")
    kept(out, keep=keep)
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
    keys = [f"{one.provider or 'a'} key ({one.place})" for one in each.secrets]
    found = ", ".join([*(f"{one.type} ({one.count:,} in {one.place})" for one in each.findings), *keys])
    left = f"; not looked at: {', '.join(each.not_looked_at)}" if each.not_looked_at else ""
    signature = "" if each.signature == "none" else f"{each.signature}: {each.signature_reason}"
    return each.path, each.format, each.verdict, "; ".join(each.reasons), f"{found}{left}", signature
