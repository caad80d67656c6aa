"""Who reads a repository: by name, through a team, and nobody else."""

from graph.access import repositories
from graph.access.engine import capability_edges
from graph.access.grants import Grant
from graph.facts import Facts
from graph.model import Asset, Evidence, Policy, Relation

TEAM_SAYS = Evidence("c", "d", "/results/0")
LINE = Evidence("c", "d", "/results/1/readers/0")
OTHER_LINE = Evidence("c", "d", "/results/2/readers/0")


def facts(*policies: Policy) -> Facts:
    return Facts.of_records(
        assets=[
            *(Asset(id=name, kind="User") for name in ("ada", "ben", "guest")),
            *(Asset(id=name, kind="Group") for name in ("team", "enterprise")),
            *(Asset(id=name, kind="Repository") for name in ("data", "tools")),
        ],
        relations=[Relation("MEMBER_OF", "ada", "team"), Relation("MEMBER_OF", "team", "enterprise")],
        policies=policies,
    )


def held(found: Facts, name: str = "CAN_READ") -> dict[str, Grant]:
    return {grant.source: grant for grant in repositories.grants(found, name)}


def test_a_member_reads_what_the_team_was_given_because_of_both() -> None:
    found = facts(Policy("data", "readers", "team", TEAM_SAYS), Policy("tools", "readers", "team", TEAM_SAYS))
    grants = held(found)
    assert set(grants) == {"team", "ada"}
    assert grants["ada"].targets == ("data", "tools")
    (membership,) = found.into("team", "MEMBER_OF")
    assert grants["ada"].because == ((membership.id, TEAM_SAYS.id),)
    assert grants["ada"].targets is grants["team"].targets


def test_somebody_by_name_reads_that_repository_alone() -> None:
    grants = held(facts(Policy("data", "readers", "guest", LINE)))
    assert {name: grant.targets for name, grant in grants.items()} == {"guest": ("data",)}


def test_a_group_in_a_group_reads_too() -> None:
    assert set(held(facts(Policy("data", "readers", "enterprise", TEAM_SAYS)))) == {
        "enterprise",
        "team",
        "ada",
    }


def test_each_edge_has_the_statements_of_its_own_repositories() -> None:
    """Somebody who was given two repositories one by one, and one of them by a team too."""
    found = facts(
        Policy("data", "readers", "ada", LINE),
        Policy("tools", "readers", "ada", OTHER_LINE),
        Policy("tools", "readers", "team", TEAM_SAYS),
    )
    edges = {e.target: e.because for e in capability_edges(found, "CAN_READ") if e.source == "ada"}
    (membership,) = found.into("team", "MEMBER_OF")
    assert edges == {
        "data": ((LINE.id,),),
        "tools": ((OTHER_LINE.id,), (membership.id, TEAM_SAYS.id)),
    }


def test_nothing_is_written_or_administered() -> None:
    found = facts(Policy("data", "readers", "team", TEAM_SAYS))
    assert held(found, "CAN_WRITE") == held(found, "CAN_ADMIN") == {}
