"""What each variable of a statement can be, by its labels, relation ends, aliases and lists.

What cannot be followed may be anything.
"""

from collections.abc import Iterator, Mapping

from graph import ontology
from queries.cypher import RelationPattern, Statement

Kinds = frozenset[str]
ANY: Kinds = frozenset(ontology.KINDS)


def kinds_of(statement: Statement) -> dict[str, Kinds]:
    """The kinds that each node variable of one part can have, by its labels and the ends of its relations.

    What stands in the body of an EXISTS says nothing of a variable outside: it may be one of several ways.
    """
    kinds = _shared(statement, _settled(statement))
    _follow(statement, kinds)
    return kinds


def _settled(statement: Statement) -> dict[tuple[int, int], Kinds]:
    """The kinds at each place (chain, position); empty where no node can match."""
    places = _places(statement)
    for _ in range(4):  # long enough for what is known at one end of a chain to arrive at the other
        _narrow(statement, places)
    return places


def _shared(statement: Statement, places: dict[tuple[int, int], Kinds]) -> dict[str, Kinds]:
    """What is known of each variable from all its places, those inside a body only where it is born there."""
    outside = {n.variable for chain in statement.chains if not chain.inner for n in chain.nodes}
    shared: dict[str, Kinds] = {}
    for (c, n), possible in places.items():
        chain = statement.chains[c]
        variable = chain.nodes[n].variable
        if variable and not (chain.inner and variable in outside):
            shared[variable] = shared.get(variable, ANY) & possible
    return shared


def _places(statement: Statement) -> dict[tuple[int, int], Kinds]:
    return {
        (c, n): frozenset.intersection(ANY, *(frozenset(_expand(label)) for label in node.labels))
        for c, chain in enumerate(statement.chains)
        for n, node in enumerate(chain.nodes)
    }


def _expand(label: str) -> Iterator[str]:
    known = label in ontology.KINDS or label in ontology.FAMILIES
    return ontology.expand(label) if known else iter(ANY)


def _narrow(statement: Statement, places: dict[tuple[int, int], Kinds]) -> None:
    shared = _shared(statement, places)
    for (c, n), possible in places.items():
        places[c, n] = possible & shared.get(statement.chains[c].nodes[n].variable, ANY)
    for c, chain in enumerate(statement.chains):
        for source, relation, target in chain.hops():
            if relation.types and relation.direction != "--" and relation.lower > 0:
                pair = _ends(relation, places[c, source], places[c, target])
                places[c, source], places[c, target] = pair


def _ends(relation: RelationPattern, sources: Kinds, targets: Kinds) -> tuple[Kinds, Kinds]:
    """What both ends can be; over several hops only the outermost ends are known."""
    left, right = set[str](), set[str]()
    for name in relation.types:
        for from_, to in ontology.RELATIONS[name].ends if name in ontology.RELATIONS else ((("*",), ("*",)),):
            begins = sources & frozenset(ontology.expand_all(from_))
            ends = targets & frozenset(ontology.expand_all(to))
            if relation.length or ends:
                left |= begins
            if relation.length or begins:
                right |= ends
    return frozenset(left), frozenset(right)


def _follow(statement: Statement, kinds: dict[str, Kinds]) -> None:
    """Carry kinds over aliases and into the variables of list expressions (`w IN writers`)."""
    words = statement.tokens
    inner = [
        (words[i + 1].text, words[i - 1].text)
        for i in range(1, len(words) - 1)
        if words[i].text.upper() == "IN" and words[i - 1].kind == words[i + 1].kind == "name"
    ]
    for source, alias in [*statement.aliases, *inner]:
        if source in kinds:
            kinds.setdefault(alias, kinds[source])


def asked_for(statement: Statement) -> list[tuple[int, int, Kinds]]:
    """The kinds that each place (chain, position) asks for: as settled, and by the labels in conditions.

    `(x:AI) WHERE x:Endpoint OR x:Agent` asks for those two, not for all of the family.
    """
    named: dict[str, Kinds] = {}
    for variable, label in _predicate_pairs(statement):
        named[variable] = named.get(variable, frozenset()) | frozenset(_expand(label))
    return [
        (c, n, possible & named.get(statement.chains[c].nodes[n].variable, ANY) or possible)
        for (c, n), possible in _settled(statement).items()
    ]


def relations_of(statement: Statement) -> dict[str, frozenset[str]]:
    """The relation kinds that each relation variable can have."""
    found: dict[str, frozenset[str]] = {}
    for chain in statement.chains:
        for relation in chain.relations:
            if relation.variable:
                found[relation.variable] = frozenset(relation.types) or frozenset(ontology.RELATIONS)
    return found


def unknown_names(statement: Statement) -> Iterator[str]:
    """What the statement names and the ontology does not declare, for what the variable can be."""
    labels = [label for chain in statement.chains for node in chain.nodes for label in node.labels]
    for label in (*labels, *_predicates(statement)):
        if label not in ontology.KINDS and label not in ontology.FAMILIES:
            yield f"there is no kind or family {label} in graph/ontology.py"
    for chain in statement.chains:
        for relation in chain.relations:
            for name in relation.types:
                if name not in ontology.RELATIONS:
                    yield f"there is no relation {name} in graph/ontology.py"
    for part in statement.parts():
        yield from _unknown_reads(part)


def _unknown_reads(statement: Statement) -> Iterator[str]:
    kinds, relations = kinds_of(statement), relations_of(statement)
    for (c, n), possible in _settled(statement).items():
        if not possible:
            node = statement.chains[c].nodes[n]
            name = node.variable or ":".join(("", *node.labels))
            yield f"no node can be ({name}): its labels and relations rule each other out"
    for read in statement.reads:
        if read.variable in relations:
            declared = {p for name in relations[read.variable] for p in _of_relation(name)}
            what = f"the relation {read.variable}"
        else:
            possible = kinds.get(read.variable, ANY) or ANY
            declared = {p for kind in possible for p in ontology.properties_of(kind)}
            if read.variable not in kinds:  # an element of a list: a node or a relation
                declared |= {p for name in ontology.RELATIONS for p in _of_relation(name)}
            what = f"anything that {read.variable} can be"
        if read.property not in declared:
            yield f"graph/ontology.py declares no property {read.property} for {what}"


def _of_relation(name: str) -> Mapping[str, ontology.Property]:
    return ontology.relation_properties(name) if name in ontology.RELATIONS else {}


def _predicates(statement: Statement) -> Iterator[str]:
    yield from (label for _, label in _predicate_pairs(statement))


def _predicate_pairs(statement: Statement) -> Iterator[tuple[str, str]]:
    """Variables and labels in conditions: `WHERE n:Agent`."""
    inside = {i for chain in statement.chains for i in range(chain.first, chain.after)}
    tokens = statement.tokens
    braces: list[bool] = []
    for i, token in enumerate(tokens[:-1]):
        if token.text == "{":
            braces.append(_is_map(statement, i))
        elif token.text == "}" and braces:
            braces.pop()
        elif token.text == ":" and i not in inside and not any(braces[-1:]) and tokens[i + 1].kind == "name":
            yield tokens[i - 1].text, tokens[i + 1].text


def _is_map(statement: Statement, i: int) -> bool:
    """`{id: x}` rather than the body of EXISTS, COUNT or CALL."""
    words = statement.words()
    return len(words) > i + 2 and words[i + 2] == ":" and statement.tokens[i + 1].kind == "name"
