"""is_pipeline: an identity that only jobs and pipelines act as, so that its writes are expected.

People and outsiders who can put it on make it an ordinary identity again.
"""

from collections.abc import Iterator

from graph.facts import Facts
from graph.model import Mark

BUILDS_ON = ("RUNS_AS", "TRUSTS")


def derive(facts: Facts) -> Iterator[Mark]:
    for identity in facts.of("Identity"):
        runs = facts.into(identity.id, "RUNS_AS")
        runners = [facts.asset(link.source) for link in runs]
        if not runs or any(a is None or a.kind not in ("TrainingJob", "Pipeline") for a in runners):
            continue
        if all(_is_service(facts, link.target) for link in facts.out_of(identity.id, "TRUSTS")):
            yield Mark(identity.id, "is_pipeline", value=True, because=tuple(link.id for link in runs))


def _is_service(facts: Facts, identifier: str) -> bool:
    asset = facts.asset(identifier)
    return asset is not None and asset.get("native_kind") == "cloud_service"
