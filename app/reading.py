"""What the app shows: the latest snapshot and its results, read once and kept until there are newer ones.

Nothing here knows Streamlit, so that pages, downloads and tests read the same thing the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from graph.derivation import read_derived, read_evidence, read_graph
from graph.model import Asset, Coverage, Derived, Evidence, Json, Value
from graph.snapshot import Snapshot, SnapshotProblem, list_snapshots
from queries import results as results_of
from queries.results import PathStep, Result, ResultsError, worst_first


class Place(msgspec.Struct, frozen=True):
    """Where the app reads: the home folder with snapshots and results, and the graph store's address."""

    home: Path
    store: str


class NothingToShow(Exception):
    """There is no snapshot or no result that could be shown; the message says what to run."""


class Proof(msgspec.Struct, frozen=True):
    """Evidence with the call that brought it; `document` is None when the snapshot does not hold it."""

    evidence: Evidence
    document: Json
    account: str = ""
    region: str = ""
    at: datetime | None = None


class View:
    """One snapshot with its results. Immutable; what takes time is worked out when first asked for."""

    def __init__(self, snapshot: Snapshot, results: Sequence[Result], problem: str = "") -> None:
        self.snapshot, self.problem = snapshot, problem
        self.results = tuple(worst_first(results))

    @property
    def paths(self) -> tuple[Result, ...]:
        """Open attack paths, the worst first."""
        return tuple(result for result in self.results if result.state == "FAIL" and result.steps)

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        return {asset.id: asset for asset in self.snapshot.assets()}

    def properties(self, identifier: str) -> Mapping[str, Value]:
        """What is known of an asset, derived properties included; empty when nobody collected it."""
        if known := self._nodes.get(identifier):
            return known
        asset = self.assets.get(identifier)
        return asset.properties if asset else {}

    @cached_property
    def jewels(self) -> frozenset[str]:
        return frozenset(
            identifier
            for identifier in {*self.assets, *self._nodes}
            if self.properties(identifier).get("crown_jewel") is True
        )

    @cached_property
    def _nodes(self) -> Mapping[str, Mapping[str, Value]]:
        kept = self._derivation("nodes.jsonl")
        return {node.id: node.properties for node in read_graph(kept).nodes} if kept else {}

    @cached_property
    def coverage(self) -> tuple[Coverage, ...]:
        return tuple(self.snapshot.coverage())

    def path(self, identifier: str) -> Result | None:
        """The path of this id, when there is one."""
        return next((result for result in self.paths if result.id == identifier), None)

    def clouds(self, result: Result) -> tuple[str, ...]:
        """The providers whose assets are on the path."""
        found = {self.properties(node.id).get("provider") for node in result.nodes}
        return tuple(sorted(str(each) for each in found if each))

    def proofs_of_step(self, step: PathStep) -> list[Proof]:
        """The evidence behind a step: its own first, then that of everything it was worked out from."""
        reasons = [each for alternative in step.because for each in alternative]
        return self._proofs([*step.evidence, *reasons, step.id])

    def proofs_of_guards(self, guards: Iterable[str]) -> list[Proof]:
        return self._proofs(guards)

    def proofs_of_asset(self, identifier: str) -> list[Proof]:
        return self._proofs([identifier])

    def proofs_of_path(self, path: Result) -> list[Proof]:
        """All of it, each once, in the order of the steps."""
        found = [proof for step in path.steps for proof in self.proofs_of_step(step)]
        return list({proof.evidence: proof for proof in found}.values())

    def proofs_of_result(self, result: Result) -> list[Proof]:
        """What a result rests on; failing that, what is known of its subject."""
        return self._proofs(result.evidence) or self.proofs_of_asset(result.subject)

    def _proofs(self, identifiers: Iterable[str]) -> list[Proof]:
        """Ids of relations and assets stand for the evidence they carry, derived edges for why they hold."""
        found: dict[Evidence, None] = {}
        todo, seen = list(identifiers), set[str]()
        while todo:
            identifier = todo.pop(0)
            if identifier in seen:
                continue
            seen.add(identifier)
            found.update(dict.fromkeys(self._evidence.get(identifier, ())))
            if edge := self.derived.get(identifier):
                todo += [each for alternative in edge.because for each in alternative]
        return [self._proof(each) for each in found]

    def _proof(self, evidence: Evidence) -> Proof:
        text = self.snapshot.document(evidence.document)
        document: Json = msgspec.json.decode(text) if text is not None else None
        key = (evidence.call, evidence.document)
        brought = self._brought.get(key) or self._brought.get(("", evidence.document))
        if brought is None:
            return Proof(evidence, document)
        return Proof(evidence, document, brought.account, brought.region, brought.at)

    @cached_property
    def _brought(self) -> Mapping[tuple[str, str], Coverage]:
        """The call that brought a document, by call and digest, and by digest alone."""
        found: dict[tuple[str, str], Coverage] = {}
        for record in self.coverage:
            for digest in (*record.documents, *record.parts):
                found.setdefault((record.call, digest), record)
                found.setdefault(("", digest), record)
        return found

    @cached_property
    def _evidence(self) -> Mapping[str, tuple[Evidence, ...]]:
        """Evidence by its own id, and by the id of the relation or asset that carries it."""
        kept = self._derivation("evidence.jsonl")
        found: dict[str, tuple[Evidence, ...]] = (
            {name: (each,) for name, each in read_evidence(kept).items()} if kept else {}
        )
        for asset in self.assets.values():
            found[asset.id] = asset.evidence
            found.update((each.id, (each,)) for each in asset.evidence)
        for relation in self.snapshot.relations():
            found[relation.id] = relation.evidence
            found.update((each.id, (each,)) for each in relation.evidence)
        for policy in self.snapshot.policies():
            found[policy.evidence.id] = (policy.evidence,)
        return found

    @cached_property
    def derived(self) -> Mapping[str, Derived]:
        """Derived edges by id, those that something stops included."""
        kept = self._derivation("derived.jsonl")
        return {edge.id: edge for edge in read_derived(kept)} if kept else {}

    def blocked(self, assets: Iterable[str]) -> list[Derived]:
        """What would lead to one of the assets from elsewhere, but for its guards."""
        targets = set(assets)
        return [
            edge
            for edge in self.derived.values()
            if edge.guards and edge.target in targets and edge.source not in targets
        ]

    def _derivation(self, name: str) -> Path | None:
        """The folder with what was derived, when that file is in it."""
        folder = self.snapshot.folder.parent.parent / "results" / self.snapshot.id
        return folder if (folder / name).is_file() else None


class ChokePoint(msgspec.Struct, frozen=True):
    """One edge and the paths that pass over it; other ways around it may remain."""

    step: PathStep
    paths: tuple[str, ...]


def choke_points(paths: Sequence[Result]) -> list[ChokePoint]:
    """The edges of the paths, those that most paths share first."""
    steps: dict[str, PathStep] = {}
    passing: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        for step in path.steps:
            steps.setdefault(step.id, step)
            if path.id not in passing[step.id]:
                passing[step.id].append(path.id)
    ranked = sorted(steps, key=lambda each: (-len(passing[each]), each))
    return [ChokePoint(steps[each], tuple(passing[each])) for each in ranked]


_place: list[Place] = []


def use(place: Place) -> None:
    """Read from there from now on; the command that starts the app calls it."""
    _place[:] = [place]


def place() -> Place:
    if not _place:
        raise NothingToShow(
            "The app was started without saying where to read. Start it with `crownpath app`."
        )
    return _place[0]


def view() -> View:
    """The latest snapshot with its results; NothingToShow when there is none."""
    home = place().home
    try:
        snapshots = list_snapshots(home)
    except SnapshotProblem as problem:
        raise NothingToShow(str(problem)) from problem
    if not snapshots:
        raise NothingToShow(
            f"There is no snapshot in {home} yet. `crownpath demo` shows a practice estate, "
            "`crownpath scan` collects from your own clouds."
        )
    latest = snapshots[-1]
    written = home / "results" / latest.id / results_of.FILE
    return _view(latest.folder, latest.id, written.stat().st_mtime_ns if written.is_file() else 0)


@lru_cache(maxsize=2)
def _view(folder: Path, identifier: str, written_at: int) -> View:
    """One snapshot and one state of its results; both are part of the key, so newer ones are read anew."""
    snapshot = next(each for each in list_snapshots(folder.parent.parent) if each.id == identifier)
    try:
        found = results_of.read(folder.parent.parent / "results" / identifier) if written_at else []
    except ResultsError as problem:
        return View(snapshot, [], str(problem))
    missing = "" if written_at else "This snapshot has no results yet. Run `crownpath check`."
    return View(snapshot, found, missing)
