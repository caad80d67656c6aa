"""AWS CodeBuild: projects, as whom their builds run, in which network."""

from collections.abc import Iterator

from collectors.aws import names, things
from collectors.source import Source
from graph.model import Asset, Call, Fact, Json

LIST = Call("aws:codebuild:ListProjects", lists=("Workload",))
DESCRIBE = Call("aws:codebuild:BatchGetProjects", fills=("Workload.tags", "RUNS_AS", "IN_NETWORK"))

REGIONAL = True

AT_ONCE = 100
"""Projects that one call describes."""


def collect(source: Source) -> Iterator[Fact]:
    rows = {row.text("") or "": row for row in source.pages(LIST)}
    listed = list(rows)
    for start in range(0, len(listed), AT_ONCE):
        asked: list[Json] = [*listed[start : start + AT_ONCE]]
        answer = source.call(DESCRIBE, names=asked)
        projects = {each.text("/name"): each for each in answer.items("/projects")}
        for name in listed[start : start + AT_ONCE]:
            own = source.within(names.arn("codebuild", source.region, source.account, f"project/{name}"))
            project = projects.get(name, answer.at("/-"))
            if answer.ok and name not in projects:
                continue  # it is gone
            yield Asset(
                id=own.parent,
                kind="Workload",
                name=name,
                listed_by=rows[name].listed_by,
                properties=names.known(native_kind="codebuild_project", tags=names.tags(project, "/tags")),
                evidence=(*rows[name].evidence(name=""), *project.evidence(tags="/tags")),
            )
            yield from things.runs_as(own, project, "/serviceRole")
            yield from things.in_subnets(own, project, "/vpcConfig/subnets")
