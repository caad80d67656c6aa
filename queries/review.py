"""Review of the content: every statement through the linter, and that what the files point at is there.

`python -m queries.lint` prints what is wrong, one complaint a line with its file, and fails.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from queries import content
from queries.cases import graph_of
from queries.content import Content, ContentError, Framework, Parameter, Rule, SavedQuery
from queries.cypher import Statement, take_apart
from queries.lint import Use, complaints

COLUMNS = frozenset({"subject", "entry", "path", "terms"})
RULES_PAGE = Path("docs") / "rules.md"
IDS = "control-ids.txt"


def main() -> int:
    """Print every complaint about the shipped content; 1 when there are any."""
    try:
        found = list(review(content.HERE))
    except ContentError as error:
        found = [str(error)]
    for each in found:
        print(each)  # noqa: T201 (the command's output)
    return 1 if found else 0


def review(folder: Path) -> Iterator[str]:
    """Everything that is wrong with the content under a folder."""
    loaded = content.load(folder)
    for rule in loaded.rules:
        yield from (f"{rule.id}: {each}" for each in of_rule(rule))
    for query in loaded.saved:
        yield from (f"{query.id}: {each}" for each in of_query(query))
    yield from _frameworks(loaded, folder)
    yield from _documented(loaded, folder.parent / RULES_PAGE)


def of_rule(rule: Rule) -> Iterator[str]:
    """What is wrong with one rule: statements, columns, parameters, tests, texts."""
    for name, text in (("applies", rule.applies), ("cypher", rule.cypher)):
        yield from (f"{name}: {each}" for each in complaints(text, "rule"))
    columns = returned(take_apart(rule.cypher))
    if "subject" not in columns or columns - COLUMNS:
        yield f"cypher: return subject, and if need be entry, path, terms; not {', '.join(sorted(columns))}"
    if "path" in columns and "entry" not in columns:
        yield "cypher: a path has an entry: return the id of the asset where it begins AS entry"
    if returned(take_apart(rule.applies)) != {"subject"}:
        yield "applies: return subject, the id of each member of the population, and nothing else"
    yield from _parameters(rule.parameters, rule.applies + "\n" + rule.cypher)
    yield from _cases(rule)
    yield from (
        f"reference {each}: give an https address" for each in rule.references if each[:8] != "https://"
    )
    for text in ("why", "limits"):
        if len(getattr(rule, text)) < len("A sentence."):
            yield f"{text}: say it in a sentence"


def of_query(query: SavedQuery) -> Iterator[str]:
    """What is wrong with one saved query."""
    use: Use = "saved"
    yield from complaints(query.cypher, use)
    yield from _parameters(query.parameters, query.cypher)


def returned(statement: Statement) -> set[str]:
    """The names of the columns after the last RETURN."""
    words = statement.words()
    last = max((i for i, word in enumerate(words) if word == "RETURN"), default=len(words))
    at = statement.tokens[last].at if last < len(words) else len(statement.text)
    return {alias for _, alias in take_apart(statement.text[at:]).aliases}


def _parameters(declared: Mapping[str, Parameter], text: str) -> Iterator[str]:
    used = {token.text[1:] for token in take_apart(text).tokens if token.kind == "parameter"} - {"now"}
    for name in sorted(used - declared.keys()):
        yield f"${name} is not among its parameters: give type, default and meaning"
    for name in sorted(declared.keys() - used):
        yield f"the parameter {name} is used nowhere: leave it out"


def _cases(rule: Rule) -> Iterator[str]:
    if not any(case.expect for case in rule.tests) or all(case.expect for case in rule.tests):
        yield "tests: give at least one case that must match and one that must not"
    for case in rule.tests:
        try:
            graph_of(case)
        except ContentError as error:
            yield f"test `{case.name}`: {error}"
        if unknown := set(case.parameters) - set(rule.parameters):
            yield f"test `{case.name}`: the rule has no parameter {min(unknown)}"


def _frameworks(loaded: Content, folder: Path) -> Iterator[str]:
    rules = {rule.id for rule in loaded.rules}
    valid = control_ids(folder)
    for framework in loaded.frameworks:
        seen = set[str]()
        for control in framework.controls:
            where = f"{framework.id} {control.id}"
            if control.id not in valid.get(framework.id, set()):
                yield f"{where}: edition {framework.edition} has no such control (see frameworks/{IDS})"
            if control.id in seen:
                yield f"{where}: given twice"
            seen.add(control.id)
            yield from (f"{where}: there is no rule {each}" for each in control.rules if each not in rules)
            if control.rules and control.manual:
                yield f"{where}: either rules give evidence, or a person is asked (manual)"
        yield from _missing(framework, valid.get(framework.id, set()) - seen)


def _missing(framework: Framework, missing: set[str]) -> Iterator[str]:
    if missing:
        yield f"{framework.id}: the control {min(missing)} is not listed; without rules it is manual"


def control_ids(folder: Path) -> dict[str, set[str]]:
    """The valid control ids of each framework, from the list beside the framework files."""
    path = folder / content.FRAMEWORKS / IDS
    valid: dict[str, set[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            framework, _, control = line.partition("\t")
            valid.setdefault(framework, set()).add(control)
    return valid


def _documented(loaded: Content, page: Path) -> Iterator[str]:
    """The page of rules has a row for each rule; an installed package has no docs folder."""
    if page.exists():
        text = page.read_text("utf-8")
        rows = {rule.id: f"| {rule.id} | {rule.severity} | {rule.title} |" for rule in loaded.rules}
        yield from (
            f"{each}: {RULES_PAGE} lacks the row `{row}`" for each, row in rows.items() if row not in text
        )
