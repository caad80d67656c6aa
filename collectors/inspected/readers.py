"""Who can read the repositories that a look inside read, as facts: people, groups, and what each may read."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from collectors.inspect.secret_place import GroupSeen, Reader, RepositorySeen, SecretPlace
from collectors.inspected.places import on_github, repository
from collectors.inspected.report import Report
from graph.model import Asset, Call, Coverage, Evidence, Fact, Policy, Relation, Value

READ = Call(
    "inspect:secrets:Readers",
    lists=("User", "Group"),
    fills=("MEMBER_OF", "policy:readers", "Identity.low_trust"),
)
UNASKED = "nobody asked the server that it comes from: inspect it as github:OWNER/NAME"


def facts(reports: Iterable[Report]) -> Iterator[Fact | Coverage]:
    """People, groups and policies; the newest report that tells of a group or repository counts."""
    told: set[str] = set()
    people: dict[str, Asset] = {}
    for report in reports:
        reading = _Reading(report, people)
        fresh: set[str] = set()
        for number, result in enumerate(report.results):
            evidence = Evidence(READ.id, report.digest, f"/results/{number}")
            if isinstance(result, GroupSeen) and result.group not in told:
                fresh.add(result.group)
                yield from reading.group(result, evidence)
            elif isinstance(result, RepositorySeen) and (identifier := _id_of(result)) not in told:
                fresh.add(identifier)
                yield from reading.repository(result, identifier, evidence)
        told |= fresh
    yield from people.values()


def _id_of(seen: RepositorySeen) -> str:
    return repository(seen.url or f"file://{seen.path}")


class _Reading:
    """One report; `people` grows by those it names."""

    def __init__(self, report: Report, people: dict[str, Asset]) -> None:
        self._report, self._people = report, people
        self._groups = {each.group for each in report.results if isinstance(each, GroupSeen)}
        self._with_keys = {each.repository for each in report.results if isinstance(each, SecretPlace)}

    def group(self, seen: GroupSeen, evidence: Evidence) -> Iterator[Fact | Coverage]:
        stamp = {"service": "git", "native_kind": seen.why, "provider": _provider(seen.group)}
        yield Asset(id=seen.group, kind="Group", name=seen.name, properties=stamp, evidence=(evidence,))
        for member in seen.members:
            yield Relation("MEMBER_OF", member, seen.group, evidence=(evidence,))
            if member not in self._groups:
                self._people.setdefault(member, _person(member, evidence))
        for url in seen.reads:
            yield Policy(repository(url), "readers", seen.group, evidence)
        if seen.unknown:
            yield self._gap(seen.group, f"Who is in {seen.name} is not known as a whole: {seen.unknown}.")

    def repository(
        self, seen: RepositorySeen, identifier: str, evidence: Evidence
    ) -> Iterator[Fact | Coverage]:
        for number, reader in enumerate(seen.readers):
            piece = Evidence(READ.id, self._report.digest, f"{evidence.pointer}/readers/{number}")
            yield Policy(identifier, "readers", reader.account, piece)
            if reader.outside or reader.account not in self._people:
                self._people[reader.account] = _person(reader.account, piece, reader)
        reasons = seen.readers_unknown
        if seen.visibility is None and seen.path in self._with_keys:
            reasons = (UNASKED,)
        if reasons:
            name = identifier.partition("://")[2].partition("/")[2]
            said = f"Who can read {name} is not known as a whole: {'; '.join(reasons)}."
            yield self._gap(identifier, said)

    def _gap(self, parent: str, sentence: str) -> Coverage:
        at = self._report.header.at
        return Coverage(call=READ.id, parent=parent, outcome="unsupported", sentence=sentence, at=at)


def _person(account: str, evidence: Evidence, reader: Reader | None = None) -> Asset:
    """Somebody with an account; a guest of the organisation is trusted less than its members."""
    properties: dict[str, Value] = {
        "service": "git",
        "native_kind": "user",
        "provider": _provider(account),
    }
    supports: tuple[str, ...] = ()
    if reader is not None and reader.outside is not None:
        properties["low_trust"] = reader.outside
        supports = ("low_trust",)
    piece = Evidence(evidence.call, evidence.document, evidence.pointer, supports)
    name = urlsplit(account).path.rpartition("/")[2]
    return Asset(id=account, kind="User", name=name, properties=properties, evidence=(piece,))


def _provider(address: str) -> str:
    """GitHub and servers that speak its API; only they tell who can read."""
    return "github" if on_github(address) else "git"
