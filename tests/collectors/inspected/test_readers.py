"""Who can read repositories, as facts: people, groups, policies, and what is not known."""

from datetime import timedelta
from pathlib import Path

import pytest

from collectors.inspected import readers
from collectors.inspected.report import Report
from graph.model import Asset, Coverage, Json, Policy, Relation
from tests.collectors.inspected.reports import AT, REDACTOR, report

HOST = "https://github.com"
DATA, TOOLS = "git://github.com/clinic/data", "git://github.com/clinic/tools"
TEAM = f"{HOST}/orgs/clinic/teams/imaging"


def seen(name: str = "data", **more: Json) -> dict[str, Json]:
    return {
        "path": f"{HOST}/clinic/{name}.git",
        "url": f"{HOST}/clinic/{name}",
        "visibility": "private",
        "default_branch": "main",
        "commits": 3,
        "head": "c" * 40,
        **more,
    }


def team(*members: str, reads: tuple[str, ...] = ("data",), **more: Json) -> dict[str, Json]:
    return {
        "group": TEAM,
        "name": "Imaging",
        "why": "team",
        "members": [f"{HOST}/{name}" for name in members],
        "reads": [f"{HOST}/clinic/{name}" for name in reads],
        **more,
    }


def reader(name: str, outside: bool | None) -> dict[str, Json]:
    return {"account": f"{HOST}/{name}", "role": "read", "outside": outside}


def key(repository: str) -> dict[str, Json]:
    return {
        "path": f"{repository}/.env",
        "line": 1,
        "commit": "c" * 40,
        "rule": "r",
        "provider": "openai",
        "fingerprint": REDACTOR.fingerprint("openai", "k"),
        "repository": repository,
    }


class Told:
    def __init__(self, *reports: Report) -> None:
        found = list(readers.facts(reports))
        self.assets = {f.id: f for f in found if isinstance(f, Asset)}
        self.members = {(f.source, f.target) for f in found if isinstance(f, Relation)}
        self.policies = {(f.name, f.on) for f in found if isinstance(f, Policy)}
        self.gaps = {f.parent: f.sentence for f in found if isinstance(f, Coverage)}
        self.every = found


def test_a_team_reads_what_it_was_given_and_its_members_are_people(tmp_path: Path) -> None:
    told = Told(
        report(tmp_path, "secrets", [team("ben", "ada", reads=("data", "tools")), seen()], "github:clinic")
    )
    assert told.policies == {(TEAM, DATA), (TEAM, TOOLS)}
    assert told.members == {(f"{HOST}/ben", TEAM), (f"{HOST}/ada", TEAM)}
    assert (told.assets[TEAM].kind, told.assets[TEAM].get("native_kind")) == ("Group", "team")
    assert (told.assets[f"{HOST}/ben"].kind, told.assets[f"{HOST}/ben"].name) == ("User", "ben")
    assert told.gaps == {}


def test_evidence_points_at_the_line_that_says_so(tmp_path: Path) -> None:
    made = report(tmp_path, "secrets", [team("ben"), seen(readers=[reader("guest", True)])], "github:clinic")
    pieces = {f.name: f.evidence for f in Told(made).every if isinstance(f, Policy)}
    assert pieces[TEAM].pointer == "/results/0"
    assert pieces[f"{HOST}/guest"].pointer == "/results/1/readers/0"
    assert {each.document for each in pieces.values()} == {made.digest}


@pytest.mark.parametrize(("outside", "low_trust"), [(True, True), (False, False), (None, None)])
def test_a_guest_is_of_low_trust_and_a_member_is_not(
    outside: bool | None, low_trust: bool | None, tmp_path: Path
) -> None:
    told = Told(report(tmp_path, "secrets", [seen(readers=[reader("x", outside)])], "github:clinic"))
    assert told.policies == {(f"{HOST}/x", DATA)}
    assert told.assets[f"{HOST}/x"].get("low_trust") is low_trust


def test_a_group_in_a_group_is_no_person(tmp_path: Path) -> None:
    everyone = team("ben")
    outer = team(reads=("tools",), group=f"{HOST}/orgs/clinic/enterprise", why="internal visibility")
    outer["members"] = [TEAM]
    told = Told(report(tmp_path, "secrets", [everyone, outer], "github:clinic"))
    assert told.assets[TEAM].kind == "Group"
    assert (TEAM, f"{HOST}/orgs/clinic/enterprise") in told.members


def test_what_is_not_known_is_a_gap(tmp_path: Path) -> None:
    results = [team(unknown="its members are not all told: 403"), seen(readers_unknown=["teams: 403"])]
    told = Told(report(tmp_path, "secrets", results, "github:clinic"))
    assert "403" in told.gaps[TEAM]
    assert "teams: 403" in told.gaps[DATA]


@pytest.mark.parametrize("holds", [True, False])
def test_a_repository_of_which_nobody_asked_is_a_gap_when_it_holds_a_key(holds: bool, tmp_path: Path) -> None:
    repository = seen(visibility=None)
    results = [repository, *([key(str(repository["path"]))] if holds else [])]
    told = Told(report(tmp_path, "secrets", results, "https://github.com/clinic/data.git"))
    assert (DATA in told.gaps) is holds


def test_the_newest_report_of_a_group_and_a_repository_counts(tmp_path: Path) -> None:
    old = report(
        tmp_path,
        "secrets",
        [team("ben", reads=("tools",)), seen(readers=[reader("left", True)])],
        "github:clinic",
        at=AT - timedelta(days=2),
    )
    new = report(tmp_path, "secrets", [team("ada"), seen()], "github:clinic")
    told = Told(new, old)
    assert told.policies == {(TEAM, DATA)}
    assert told.members == {(f"{HOST}/ada", TEAM)}
    assert f"{HOST}/left" not in told.assets
