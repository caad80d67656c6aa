"""Cypher statements as the linter and the needs see them: tokens, patterns, the properties that are read.

This is no full parser: it strips strings and comments and finds patterns, reads and aliases.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

_KEYWORD = re.compile(
    "ALL|AND|ANY|AS|ASC|ASCENDING|BY|CALL|CASE|CONTAINS|COUNT|DESC|DESCENDING|DISTINCT|ELSE|END|ENDS|EXISTS"
    "|FALSE|IN|IS|LIMIT|MATCH|NONE|NOT|NULL|OPTIONAL|OR|ORDER|RETURN|SINGLE|SKIP|STARTS|THEN|TRUE|UNION"
    "|UNWIND|WHEN|WHERE|WITH|XOR",
    re.IGNORECASE,
)

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<line_comment>//[^\n]*)"
    r"|(?P<block_comment>/\*.*?(?:\*/|\Z))"
    r"|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>\d+\.\d+|\d+)"
    r"|(?P<parameter>\$\w+)"
    r"|(?P<name>[^\W\d]\w*|`[^`]*`)"
    r"|(?P<sign>\.\.|=~|<>|<=|>=|.)",
    re.DOTALL,
)


class Token(msgspec.Struct, frozen=True):
    """A word, sign, number, string or parameter, and where in the text it begins."""

    kind: str
    text: str
    at: int


class NodePattern(msgspec.Struct, frozen=True):
    """`(variable:Label {key: ...})`."""

    variable: str
    labels: tuple[str, ...]
    keys: tuple[str, ...]


class RelationPattern(msgspec.Struct, frozen=True):
    """`-[variable:A|B*lower..upper]->`; `upper` is None without a bound, `length` False without a star."""

    variable: str
    types: tuple[str, ...]
    keys: tuple[str, ...]
    direction: str
    length: bool = False
    lower: int = 1
    upper: int | None = 1


class Chain(msgspec.Struct, frozen=True):
    """Nodes joined by relations: `relations[i]` lies between `nodes[i]` and `nodes[i + 1]`.

    `first` and `after` are token positions; `inner` is True in the body of EXISTS, COUNT or CALL, `absent`
    in that of NOT EXISTS.
    """

    nodes: tuple[NodePattern, ...]
    relations: tuple[RelationPattern, ...]
    first: int
    after: int
    inner: bool = False
    absent: bool = False

    def hops(self) -> Iterator[tuple[int, RelationPattern, int]]:
        """Each relation with the positions of its source and target; undirected ones both ways."""
        for i, relation in enumerate(self.relations):
            if relation.direction in ("->", "--"):
                yield i, relation, i + 1
            if relation.direction in ("<-", "--"):
                yield i + 1, relation, i


class Read(msgspec.Struct, frozen=True):
    """`variable.property`; `guarded` inside coalesce() or before IS NULL, where null is an answer.

    `absent` before IS NULL: that the property is not there is what is looked for.
    """

    variable: str
    property: str
    guarded: bool
    absent: bool = False


class Statement(msgspec.Struct, frozen=True):
    """One text, taken apart."""

    text: str
    tokens: tuple[Token, ...]
    comments: tuple[Token, ...]
    chains: tuple[Chain, ...]
    reads: tuple[Read, ...]
    aliases: tuple[tuple[str, str], ...]
    """(expression's one variable or "", alias)"""

    def words(self) -> list[str]:
        """The upper-cased words, and signs; no comments, and `''` for every string."""
        return [
            token.text.upper() if token.kind == "name" else "''" if token.kind == "string" else token.text
            for token in self.tokens
        ]

    def parts(self) -> list["Statement"]:
        """What stands between UNIONs, each a statement with variables of its own."""
        joints = [t for t in self.tokens if t.kind == "name" and t.text.upper() == "UNION"]
        if not joints:
            return [self]
        begins = [0, *(joint.at + len("UNION") for joint in joints)]
        ends = [*(joint.at for joint in joints), len(self.text)]
        return [take_apart(self.text[begin:end]) for begin, end in zip(begins, ends, strict=True)]


@cache
def take_apart(text: str) -> Statement:
    """The tokens, patterns, reads and aliases of a statement."""
    found = [Token(m.lastgroup or "sign", m.group(), m.start()) for m in _TOKEN.finditer(text)]
    comments = tuple(t for t in found if t.kind.endswith("comment"))
    tokens = tuple(t for t in found if not t.kind.endswith("comment") and t.kind != "space")
    return Statement(
        text=text,
        tokens=tokens,
        comments=comments,
        chains=tuple(_chains(tokens)),
        reads=tuple(_reads(tokens)),
        aliases=tuple(_aliases(tokens)),
    )


def _text(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].text if 0 <= i < len(tokens) else ""


def _kind(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].kind if 0 <= i < len(tokens) else ""


def _chains(tokens: Sequence[Token]) -> Iterator[Chain]:
    i = 0
    bodies: list[bool] = []
    while i < len(tokens):
        if chain := _chain_at(tokens, i):
            yield msgspec.structs.replace(chain, inner=bool(bodies), absent=any(bodies))
            i = chain.after
            continue
        if tokens[i].text == "{":
            before = [_text(tokens, j).upper() for j in (i - 2, i - 1)]
            bodies.append(before == ["NOT", "EXISTS"])
        elif tokens[i].text == "}" and bodies:
            bodies.pop()
        i += 1


def _chain_at(tokens: Sequence[Token], i: int) -> Chain | None:
    """The chain that begins at this token, if one does."""
    start = _node_at(tokens, i)
    if start is None or not _opens_pattern(tokens, i, start[1]):
        return None
    nodes, relations, at = [start[0]], [], start[1]
    while (relation := _relation_at(tokens, at)) and (node := _node_at(tokens, relation[1])):
        relations.append(relation[0])
        nodes.append(node[0])
        at = node[1]
    return Chain(tuple(nodes), tuple(relations), first=i, after=at)


def _opens_pattern(tokens: Sequence[Token], i: int, after: int) -> bool:
    """Tell `(n)` of a pattern from the brackets of a function or an expression."""
    before = _text(tokens, i - 1)
    if _kind(tokens, i - 1) == "name" and not _KEYWORD.fullmatch(before):
        return False
    if before == "(" and _text(tokens, i - 2).lower() in ("shortestpath", "allshortestpaths"):
        return True
    joined = _relation_at(tokens, after) is not None
    labelled = any(t.text == ":" for t in tokens[i:after])
    return joined or labelled or before.upper() in ("MATCH", "=", ",")


def _node_at(tokens: Sequence[Token], i: int) -> tuple[NodePattern, int] | None:
    if _text(tokens, i) != "(":
        return None
    i, variable = _optional_name(tokens, i + 1)
    labels = []
    while _text(tokens, i) == ":" and _kind(tokens, i + 1) == "name":
        labels.append(_text(tokens, i + 1))
        i += 2
        while _text(tokens, i) in (
            "|",
            "&",
        ):  # not portable; read all the same, so that the linter can say so
            i += 2
    keys, i = _map_at(tokens, i)
    return (NodePattern(variable, tuple(labels), keys), i + 1) if _text(tokens, i) == ")" else None


def _optional_name(tokens: Sequence[Token], i: int) -> tuple[int, str]:
    return (i + 1, _text(tokens, i)) if _kind(tokens, i) == "name" else (i, "")


def _map_at(tokens: Sequence[Token], i: int) -> tuple[tuple[str, ...], int]:
    """The keys of a pattern's map, and the position after it."""
    if _text(tokens, i) != "{":
        return (), i
    depth, keys = 0, []
    while i < len(tokens):
        depth += {"{": 1, "}": -1}.get(_text(tokens, i), 0)
        if depth == 1 and _kind(tokens, i) == "name" and _text(tokens, i + 1) == ":":
            keys.append(_text(tokens, i))
        i += 1
        if depth == 0:
            break
    return tuple(keys), i


def _relation_at(tokens: Sequence[Token], i: int) -> tuple[RelationPattern, int] | None:
    left = _text(tokens, i) == "<"
    i += left
    if _text(tokens, i) != "-":
        return None
    i += 1
    relation = RelationPattern("", (), (), "")
    if _text(tokens, i) == "[":
        relation, i = _inside(tokens, i + 1)
        if _text(tokens, i) != "]":
            return None
        i += 1
    if _text(tokens, i) != "-":
        return None
    right = _text(tokens, i + 1) == ">"
    direction = "--" if left == right else "<-" if left else "->"
    return msgspec.structs.replace(relation, direction=direction), i + 1 + right


def _inside(tokens: Sequence[Token], i: int) -> tuple[RelationPattern, int]:
    i, variable = _optional_name(tokens, i)
    types = []
    if _text(tokens, i) == ":":
        while _text(tokens, i) in (":", "|") and _kind(tokens, i + 1) == "name":
            types.append(_text(tokens, i + 1))
            i += 2
    length, lower, upper = False, 1, 1
    bound: int | None = upper
    if _text(tokens, i) == "*":
        length, bound, i = True, None, i + 1
        if _kind(tokens, i) == "number":
            lower = bound = int(float(_text(tokens, i)))
            i += 1
        if _text(tokens, i) == "..":
            bound, i = None, i + 1
            if _kind(tokens, i) == "number":
                bound, i = int(float(_text(tokens, i))), i + 1
    keys, i = _map_at(tokens, i)
    return RelationPattern(variable, tuple(types), keys, "", length, lower, bound), i


def _reads(tokens: Sequence[Token]) -> Iterator[Read]:
    guards: list[bool] = []
    for i, token in enumerate(tokens):
        if token.text == "(":
            guards.append(_text(tokens, i - 1).lower() == "coalesce")
        elif token.text == ")" and guards:
            guards.pop()
        elif _kind(tokens, i + 2) == "name" and token.kind == "name" and _text(tokens, i + 1) == ".":
            if _text(tokens, i - 1) != "." and _text(tokens, i + 3) not in (".", "("):
                after = [_text(tokens, i + 3).upper(), _text(tokens, i + 4).upper()]
                guarded = any(guards) or after[0] == "IS"
                yield Read(token.text, _text(tokens, i + 2), guarded, absent=after == ["IS", "NULL"])
        elif token.text == "{" and _kind(tokens, i - 1) == "name" and _text(tokens, i + 1) == ".":
            yield from _projection(tokens, i)


def _projection(tokens: Sequence[Token], i: int) -> Iterator[Read]:
    """`n {.id, .name}`"""
    end = next((j for j in range(i, len(tokens)) if tokens[j].text == "}"), len(tokens))
    for j in range(i, end):
        if tokens[j].text == "." and tokens[j - 1].text in ("{", ",") and _kind(tokens, j + 1) == "name":
            yield Read(tokens[i - 1].text, _text(tokens, j + 1), guarded=True)


def _aliases(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for i, token in enumerate(tokens):
        if token.text.upper() == "AS" and token.kind == "name" and _kind(tokens, i + 1) == "name":
            yield _source_of(tokens, i), _text(tokens, i + 1)


def _source_of(tokens: Sequence[Token], i: int) -> str:
    """The variable behind `x AS y` or `collect(DISTINCT x) AS y`; empty for anything else."""
    if _text(tokens, i - 1) == ")" and _kind(tokens, i - 2) == "name":
        opening = i - 4 if _text(tokens, i - 3).upper() == "DISTINCT" else i - 3
        if _text(tokens, opening) == "(" and _text(tokens, opening - 1).lower() == "collect":
            return _text(tokens, i - 2)
    alone = _text(tokens, i - 2).upper() in (",", "WITH", "RETURN", "DISTINCT", "UNWIND")
    return _text(tokens, i - 1) if _kind(tokens, i - 1) == "name" and alone else ""
