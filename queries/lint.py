"""The linter of statements: what leaves the portable subset is refused, before any store sees it.

`python -m queries.lint` checks every file of the content; the app's console uses `complaints` too.
The rules are numbered as in `docs/rules.md`.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from queries.cypher import Chain, NodePattern, RelationPattern, Statement, take_apart
from queries.kinds import unknown_names

Use = Literal["rule", "saved", "console"]
"""Rules carry no LIMIT; saved queries and the console must."""

WRITING = ("CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP", "INSERT")
_CAN = re.compile("CAN_[A-Z_]+")


def complaints(text: str, use: Use) -> list[str]:
    """What is wrong with a statement, each with the number of its rule and what to write instead."""
    statement = take_apart(text)
    return [f"rule {number}: {said}" for number, check in RULES.items() for said in check(statement, use)]


def one_statement(statement: Statement, _: Use) -> Iterator[str]:
    """1. One statement; `//` comments only; no `;` except at the end."""
    if any(comment.kind == "block_comment" for comment in statement.comments):
        yield "a /* comment */ is a syntax error on the embedded store; write // instead"
    if any(token.text == ";" for token in statement.tokens[:-1]):
        yield "several statements; all of them would run: one statement a file"
    if any(token.kind == "sign" and token.text in "'\"" for token in statement.tokens):
        yield "a quoted text does not end; close it"


def id_only(statement: Statement, _: Use) -> Iterator[str]:
    """2. Pattern maps hold `id` only."""
    for pattern in _patterns(statement):
        for key in pattern:
            if key != "id":
                yield f"a pattern's map may hold id only, not {key}: ask in WHERE (missing is null there)"


def _patterns(statement: Statement) -> Iterator[tuple[str, ...]]:
    for chain in statement.chains:
        yield from (node.keys for node in chain.nodes)
        yield from (relation.keys for relation in chain.relations)


def known_names(statement: Statement, _: Use) -> Iterator[str]:
    """3. Labels, relation kinds and properties stand in the ontology, for what the variable can be."""
    yield from unknown_names(statement)


def plain_labels(statement: Statement, _: Use) -> Iterator[str]:
    """4. No label expressions with `|`, `&`, `!`; no `labels(n)[i]`."""
    words = statement.words()
    relations = _inside_relations(statement)
    for i, word in enumerate(words):
        if word == ":" and i + 1 < len(words) and words[i + 1] in ("!", "(", "%"):
            yield "a label expression: write NOT n:A"
        labelled = i > 1 and words[i - 2] in (":", "|", "&") and statement.tokens[i - 1].kind == "name"
        if word == "&" or (word == "|" and labelled and i not in relations and not _in_list(words, i)):
            yield "a label expression: write n:A OR n:B, or (n:A:B)"
    if re.search(r"labels \( \w+ \) \[", " ".join(words).lower()):
        yield "the order of labels differs between stores: read n.kind"


def _inside_relations(statement: Statement) -> set[int]:
    """Positions of the `|` between relation kinds, where it is allowed."""
    found, words = set[int](), statement.words()
    for i, word in enumerate(words):
        if word == "[" and i and words[i - 1] == "-":
            found.update(range(i, _closing(words, i, "[", "]")))
    return found


def _in_list(words: list[str], i: int) -> bool:
    """Whether the `|` belongs to `[n IN list WHERE n:A | n.id]`: the bracket around it is a list's."""
    depth = 0
    for j in range(i, -1, -1):
        depth += {")": 1, "]": 1, "}": 1, "(": -1, "[": -1, "{": -1}.get(words[j], 0)
        if depth < 0:
            return words[j] == "["
    return False


def _closing(words: list[str], i: int, opening: str, closing: str) -> int:
    depth = 0
    for j in range(i, len(words)):
        depth += {opening: 1, closing: -1}.get(words[j], 0)
        if depth == 0:
            return j
    return len(words)


def bounded(statement: Statement, _: Use) -> Iterator[str]:
    """5. Every variable-length part has an upper bound; no quantified patterns."""
    for chain in statement.chains:
        for relation in chain.relations:
            if relation.length and relation.upper is None:
                yield f"-[:{'|'.join(relation.types)}*]- has no upper bound: write *1..6"
    words = statement.words()
    for i in range(1, len(words) - 1):
        quantity = words[i] == "{" and (words[i + 1] == "," or statement.tokens[i + 1].kind == "number")
        if (quantity and words[i - 1] in (")", ">", "-")) or (
            words[i] in ("+", "*") and words[i - 1] == ">" and words[i + 1] == "("
        ):
            yield "a quantified pattern is not in the embedded store: write -[:T*1..3]->"


def portable_words(statement: Statement, _: Use) -> Iterator[str]:
    """6. Nothing that is not on both stores, or that reaches outside."""
    said = " ".join(statement.words())
    for pattern, instead in _NOT_PORTABLE.items():
        if re.search(rf"(?<![.\w]){pattern}", said):
            yield instead


_NOT_PORTABLE: Mapping[str, str] = {
    r"(?<![:.] )LOAD\b": "LOAD CSV reads files and addresses: load in Python",
    r"APOC \.": "apoc is not everywhere: do it in Python",
    r"GDS \.": "gds is not everywhere: do it in Python",
    r"(?<![:.] )CALL [A-Z`]": "procedures are not portable: CALL may only open a subquery, CALL (x) { ... }",
    r"IN TRANSACTIONS\b": "IN TRANSACTIONS is the adapter's affair",
    r"SHORTEST\b": "SHORTEST is not in the embedded store: write shortestPath()",
    r"TIMESTAMP \(": "timestamp() differs: use $now",
    r"PERCENTILE\w* \(": "percentiles differ: work them out in Python",
    r"STDEV\w* \(": "stDev differs: work it out in Python",
    r"EXISTS \( \w+ \.": "exists(n.p): write n.p IS NOT NULL",
    r"^USE ": "USE chooses another database: leave it out",
    r"^(?:SHOW|TERMINATE|ALTER|GRANT|DENY|REVOKE|START|STOP|ENABLE) ": "an administration command: only ask",
    r"^(?:EXPLAIN|PROFILE) ": "plans differ between stores: leave out EXPLAIN and PROFILE",
}


def careful_names(statement: Statement, _: Use) -> Iterator[str]:
    """7. No property `type` or `title`; `sum(` only inside `coalesce(`; aliases never shadow variables."""
    for read in statement.reads:
        if read.property in ("type", "title"):
            yield f"the property {read.property} is the embedded store's own: read kind, name or native_kind"
    words = statement.words()
    for i, word in enumerate(words):
        if word == "SUM" and words[i + 1 : i + 2] == ["("] and words[i - 2 : i] != ["COALESCE", "("]:
            yield "sum() over no rows differs: write coalesce(sum(x), 0)"
    yield from _shadows(statement)


def _shadows(statement: Statement) -> Iterator[str]:
    """An alias may name something new, which later patterns use; not what a pattern before it has named."""
    words = statement.words()
    bound: list[tuple[int, str]] = []
    for chain in statement.chains:
        bound += [(chain.first, node.variable) for node in chain.nodes if node.variable]
        bound += [(chain.first, relation.variable) for relation in chain.relations if relation.variable]
    bound += _path_names(statement)
    part, seen = 0, set[str]()
    for i, (token, word) in enumerate(zip(statement.tokens, words, strict=True)):
        if word == "UNION":
            part, seen = i, set()
        alias = _alias_at(statement, token.at)
        if alias and (alias in seen or any(part <= at < i and name == alias for at, name in bound)):
            yield f"the alias {alias} is already the name of something else: take another"
        seen.add(alias)


def _path_names(statement: Statement) -> list[tuple[int, str]]:
    """Where paths get their names, and the names."""
    words = statement.words()
    starts = {chain.first for chain in statement.chains}
    return [
        (i - 1, statement.tokens[i - 1].text)
        for i, word in enumerate(words)
        if word == "="
        and i
        and (i + 1 in starts or words[i + 1 : i + 2] in (["SHORTESTPATH"], ["ALLSHORTESTPATHS"]))
    ]


def _alias_at(statement: Statement, at: int) -> str:
    for token, after in zip(statement.tokens, statement.tokens[1:], strict=False):
        if token.at == at and token.text.upper() == "AS" and after.kind == "name":
            return after.text
    return ""


def limits(statement: Statement, use: Use) -> Iterator[str]:
    """8. Rules carry no LIMIT; saved queries and the console have one."""
    limited = "LIMIT" in statement.words()
    if use == "rule" and limited:
        yield "a rule has no LIMIT: the runner bounds it and shows a truncated result as UNKNOWN"
    if use != "rule" and not limited:
        yield "no LIMIT: end with LIMIT 200 or so"


def reading_only(statement: Statement, _: Use) -> Iterator[str]:
    """9. No writing clause."""
    words = statement.words()
    for i, word in enumerate(words):
        escaped = i and words[i - 1] in (".", ":", "AS", "$")
        if word in WRITING and not escaped and words[i + 1 : i + 2] != [":"]:
            yield f"{word} writes: queries only read"


def joined(statement: Statement, _: Use) -> Iterator[str]:
    """10. No cartesian product: what a MATCH lists with commas is joined (see `plan_complaints`)."""
    words = statement.words()
    groups: list[list[Chain]] = []
    for chain in statement.chains:
        before = words[chain.first - 1] if chain.first else ""
        follows = groups and before in (",", "=") and _comma_between(words, groups[-1][-1].after, chain.first)
        if follows:
            groups[-1].append(chain)
        else:
            groups.append([chain])
    for group in groups:
        yield from _unjoined(group)


def _comma_between(words: list[str], after: int, first: int) -> bool:
    between = words[after:first]
    return between[:1] == [","] and len(between) <= 3


def _unjoined(group: list[Chain]) -> Iterator[str]:
    known = {node.variable for node in group[0].nodes if node.variable}
    for chain in group[1:]:
        names = {node.variable for node in chain.nodes if node.variable}
        if not names & known:
            yield "a MATCH lists patterns that share no variable: join them, or write two MATCH clauses"
        known |= names


def through_sets(statement: Statement, _: Use) -> Iterator[str]:
    """11. A CAN_* relation may end on a set: COVERS leads on from it."""
    for chain in statement.chains:
        for source, relation, target in chain.hops():
            can = [name for name in relation.types if _CAN.fullmatch(name)]
            if not can:
                continue
            if relation.length:
                if "COVERS" not in relation.types:
                    yield f"-[:{can[0]}*...]- misses sets: write -[:{can[0]}|COVERS*0..9]->"
            elif not _set_end(chain, source, target) and not _goes_on(statement, chain.nodes[target]):
                yield (
                    f"-[:{can[0]}]-> leads directly to a node and misses what is granted through a set: "
                    f"write -[:{can[0]}]->()-[:COVERS*0..6]->(x)"
                )


def _goes_on(statement: Statement, node: NodePattern) -> bool:
    """Whether a named end, which may be a set, is where COVERS leads on from in another pattern."""
    if not node.variable or node.labels or node.keys:
        return False
    return any(
        chain.nodes[source].variable == node.variable and _covers(relation)
        for chain in statement.chains
        for source, relation, _ in chain.hops()
    )


def _covers(relation: RelationPattern) -> bool:
    return relation.types == ("COVERS",) and relation.length and relation.lower == 0


def _set_end(chain: Chain, source: int, target: int) -> bool:
    node = chain.nodes[target]
    if node.labels or node.keys:
        return False
    onward = target + (target - source)
    if not 0 <= onward < len(chain.nodes):
        return not node.variable
    return _covers(chain.relations[min(target, onward)])


RULES: Mapping[int, Callable[[Statement, Use], Iterator[str]]] = {
    1: one_statement,
    2: id_only,
    3: known_names,
    4: plain_labels,
    5: bounded,
    6: portable_words,
    7: careful_names,
    8: limits,
    9: reading_only,
    10: joined,
    11: through_sets,
}


def plan_complaints(operators: Sequence[str], parents: Sequence[str], query_type: str) -> list[str]:
    """Rule 10 on a plan of Neo4j: its operators, the operator above each, and the type of the query."""
    said = [] if query_type == "r" else [f"the query's type is {query_type}: queries only read"]
    for operator, above in zip(operators, parents, strict=True):
        if operator.startswith("AllNodesScan"):
            said.append("the plan scans all nodes: name a kind or family")
        if operator.startswith("CartesianProduct") and "ShortestPath" not in above:
            said.append("the plan has a cartesian product: join the patterns")
    return said


if __name__ == "__main__":
    from queries.review import main

    sys.exit(main())
