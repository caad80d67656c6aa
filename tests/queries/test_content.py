"""The files of rules, queries and frameworks: what is wrong with one is said with file, key and next step."""

import shutil
from pathlib import Path

import pytest

from graph.model import Call
from queries import content, review
from queries.content import ContentError, Rule, bind, shipped
from queries.needs import Known, needs_of
from tests.queries.estates import KNOWN, NOW

RULE = (content.HERE / "rules" / "AISPM-IAM-07-shared-agent-identity.yaml").read_text("utf-8")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for kind in (content.RULES, content.PATHS, content.SAVED, content.FRAMEWORKS):
        (tmp_path / kind).mkdir()
    shutil.copy(content.HERE / "frameworks" / review.IDS, tmp_path / "frameworks" / review.IDS)
    (tmp_path / "rules" / "AISPM-IAM-07-x.yaml").write_text(RULE)
    return tmp_path


def complaints(pack: Path) -> str:
    return "\n".join(review.review(pack))


def test_what_we_ship_has_enough_rules_and_paths() -> None:
    paths = [rule for rule in shipped().rules if rule.is_path]
    assert len(shipped().rules) - len(paths) >= 14
    assert len(paths) >= 8
    assert len(shipped().saved) >= 10


@pytest.mark.parametrize(
    "framework", ["nist_ai_rmf_1.0", "nist_ai_600_1", "gdpr_2016_679", "hipaa_security_rule"]
)
def test_every_rule_family_is_mapped_by_edition(framework: str) -> None:
    [one] = [each for each in shipped().frameworks if each.id == framework]
    assert one.edition
    assert any(control.rules for control in one.controls)


def test_a_rule_knows_the_controls_that_point_at_it() -> None:
    refs = {(ref.framework, ref.control) for ref in shipped().controls_of("AISPM-DATA-02")}
    assert ("gdpr_2016_679", "Art. 9") in refs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("severity: medium", "severity: awful"), "severity"),
        (("why:", "reason:"), "reason"),
        (("limits:", "title: again\nlimits:"), "given twice"),
        (("id: AISPM-IAM-07", "id: AISPM-IAM-08"), "name must begin"),
        (("parameters:", "parameters: ["), "YAML"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_by_name(pack: Path, change: tuple[str, str], said: str) -> None:
    (pack / "rules" / "AISPM-IAM-07-x.yaml").write_text(RULE.replace(change[0], change[1], 1))
    with pytest.raises(ContentError, match=said) as error:
        content.load(pack)
    assert "AISPM-IAM-07-x.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("$max_agents", "$most"), r"\$most"),
        (("AS subject, agents", "AS thing, agents"), "return subject"),
        (("rel: RUNS_AS, to: r}", "rel: EATS, to: r}"), "EATS"),
        (("{kind: Role}", "{kind: Robot}"), "Robot"),
        (("{kind: Role}", "{kind: Model}"), "does not lead"),
        (("expect: [r]", "expect: []"), "at least one case"),
        (("https://", "http://"), "https"),
    ],
)
def test_a_rule_that_holds_no_water_is_complained_of(pack: Path, change: tuple[str, str], said: str) -> None:
    (pack / "rules" / "AISPM-IAM-07-x.yaml").write_text(RULE.replace(*change))
    assert said.replace("\\", "") in complaints(pack)


FRAMEWORK = """
id: owasp_asi_2026
title: OWASP Top 10 for Agentic Applications
edition: "2026"
publisher: OWASP
kind: taxonomy
complete: true
quoting: ids and titles only
controls:
  - {id: ASI03, title: Identity & Privilege Abuse, rules: [AISPM-IAM-07]}
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("AISPM-IAM-07", "AISPM-IAM-77"), "there is no rule AISPM-IAM-77"),
        (("ASI03", "ASI99"), "no such control"),
        (("", ""), "ASI01 is not listed"),
        (("rules: [AISPM-IAM-07]", "rules: [AISPM-IAM-07], manual: Ask."), "either"),
    ],
)
def test_unknown_rules_and_controls_fail(pack: Path, change: tuple[str, str], said: str) -> None:
    text = FRAMEWORK.replace(*change) if change[0] else FRAMEWORK
    (pack / "frameworks" / "owasp-asi-2026.yaml").write_text(text)
    assert said in complaints(pack)


def test_two_files_with_one_id_are_refused(pack: Path) -> None:
    (pack / "paths" / "AISPM-IAM-07-y.yaml").write_text(RULE)
    with pytest.raises(ContentError, match="two files"):
        content.load(pack)


def test_parameters_are_the_given_ones_or_the_defaults() -> None:
    rule = shipped().rule("AISPM-IAM-07")
    assert bind(rule.cypher, rule.parameters, {}) == {"max_agents": 1}
    assert bind(rule.cypher, rule.parameters, {"max_agents": 4}) == {"max_agents": 4}
    assert bind("RETURN $now AS t", {}, {}, NOW) == {"now": NOW}
    with pytest.raises(ContentError, match="max_agents"):
        bind(rule.cypher, rule.parameters, {"max_agents": "many"})


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(ContentError, match="AISPM-IAM-07"):
        shipped().rule("AISPM-XXX-99")
    with pytest.raises(ContentError, match="who-can-read"):
        shipped().query("nothing")


def needed(rule: Rule) -> frozenset[str]:
    return needs_of(rule, KNOWN).calls


def test_needs_follow_edges_to_the_policies_behind_them() -> None:
    assert {"aws:iam:GetAccountAuthorizationDetails", "aws:s3:GetBucketPolicy"} <= needed(
        shipped().rule("AISPM-EXT-03")
    )


def test_a_rule_about_one_cloud_needs_no_call_of_another() -> None:
    assert needed(shipped().rule("AISPM-NET-02")) == {"azure:resourcegraph:Resources"}


def test_what_a_rule_looks_for_the_lack_of_is_known() -> None:
    absent = needs_of(shipped().rule("AISPM-GRD-01"), KNOWN).absent
    assert absent["GUARDED_BY"] == {"aws:bedrock-agent:GetAgent"}


def test_a_key_that_was_found_is_one_whether_or_not_all_keys_are_listed() -> None:
    keys = Call("aws:iam:ListAccessKeys", lists=("Credential",))
    known = Known(calls=(*KNOWN.calls, keys), edge_kinds=KNOWN.edge_kinds, builds_on=KNOWN.builds_on)
    assert keys.id not in needs_of(shipped().rule("AISPM-SEC-01"), known).calls
    assert keys.id in needs_of(shipped().rule("AISPM-PATH-12"), known).calls


def test_the_digest_names_the_very_pack(pack: Path) -> None:
    before = content.load(pack).digest
    (pack / "rules" / "AISPM-IAM-07-x.yaml").write_text(RULE + "\n")
    assert content.load(pack).digest != before
