"""crownpath inspect secrets: keys in files, whole histories and images, as fingerprints."""

import os
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

from app import settings
from app.reports import all_there, kept, reporting
from app.screen import line, say, table
from app.text import plural


def run(
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

    all_there([Path(path.removeprefix("file://")) for path in paths if not is_remote(path)])
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
    if seen["GroupSeen"]:
        read += f" ({plural(seen['GroupSeen'], 'group')} of people read them)"
    told = f"{plural(seen['SecretPlace'], 'secret')}, {seen['Refusal']:,} not read; {read}."
    say(f"{told} No secret was tried, shown or kept: only its keyed fingerprint.")
    kept(out, keep=keep)
    return 0
