"""Keys in the strings of model files, as facts: which file holds them, and what they open."""

from collections.abc import Iterable, Iterator, Mapping

from collectors.inspect.model_result import ModelResult
from collectors.inspected.models import gap, missed
from collectors.inspected.places import Places
from collectors.inspected.report import Report
from collectors.inspected.secrets import Estate, key
from graph.model import Call, Coverage, Evidence, Fact

READ = Call(
    "inspect:models:Secrets",
    lists=("ModelFile",),
    fills=("HOLDS_CREDENTIAL", "AUTHENTICATES"),
)
"""A call of its own: of what lies elsewhere, nothing is unknown because a model was not read."""


def facts(reports: Iterable[Report], estate: Estate) -> Iterator[Fact | Coverage]:
    """The keys of model files that are assets; the newest report of a file counts; they come newest first."""
    places = Places(estate.assets.values())
    told: set[str] = set()
    for report in reports:
        files = _by_file(report, places)
        for identifier in (each for each in files if each not in told):
            results = files[identifier]
            for number, result in results.items():
                for index, found in enumerate(result.secrets):
                    evidence = Evidence(READ.id, report.digest, f"/results/{number}/secrets/{index}")
                    yield from key(found, identifier, "file", evidence, estate)
            if reasons := missed(results.values()):
                yield gap(estate.assets[identifier], reasons, report, READ)
        told |= files.keys()


def _by_file(report: Report, places: Places) -> Mapping[str, dict[int, ModelResult]]:
    """A report's results on model files that are known, by their places in it."""
    files: dict[str, dict[int, ModelResult]] = {}
    for number, result in enumerate(report.results):
        if isinstance(result, ModelResult):
            identifier = places.file(result.path)
            if identifier and places.kind(identifier) == "ModelFile":
                files.setdefault(identifier, {})[number] = result
    return files
