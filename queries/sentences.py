"""A result in one plain sentence. Names are other people's text: whoever shows a sentence escapes it."""

import re
from collections.abc import Iterable, Sequence

from queries.results import Need, PathNode, PathStep

VERBS = {
    "reach": "reach",
    "invoke": "call",
    "query": "question",
    "steer": "steer",
    "run": "run code in",
    "act": "act as",
    "read": "read",
    "write": "change",
}
"""What an attacker does on an asset, by the state he holds there afterwards."""

LINKS = {
    ("TRAINED_ON", False): ", from which {} learns",
    ("TRAINED_ON", True): ", trained on {}",
    ("PRODUCED", True): ", which makes {}",
    ("PRODUCED", False): ", made by {}",
    ("SERVES", True): ", which serves {}",
    ("SERVES", False): ", which {} serves",
    ("INDEXES", True): ", built from {}",
    ("STORED_IN", True): ", stored in {}",
    ("CONTAINS", True): ", which holds {}",
}
"""Facts that a path runs over where nobody holds anything, by whether the path follows their direction."""

ACCOUNTS = {"aws": "an AWS account", "gcp": "a Google account", "azure": "a Microsoft account"}
SPELLED = {
    "ApiGateway": "API gateway",
    "AIService": "AI service",
    "MCPServer": "MCP server",
    "VM": "VM",
    "AISystem": "AI system",
}


def of_path(nodes: Sequence[PathNode], steps: Sequence[PathStep], backwards: Iterable[str], why: str) -> str:
    """`Anyone on the internet can call the function x, steer the agent y and read the dataset z (health).`

    `backwards` are the ids of the steps that run against their relation; `why` says what is special
    about the end, such as its data classes.
    """
    against = set(backwards)
    groups: list[tuple[str, list[str]]] = []
    for node, step in zip(nodes[1:], steps, strict=True):
        link = LINKS.get((step.type, step.id not in against)) if node.state is None else None
        verb = VERBS.get(node.state or "", "get to")
        if link and groups:
            groups[-1][1][-1] += link.format(called(node))
        elif groups and groups[-1][0] == verb:
            groups[-1][1].append(called(node))
        else:
            groups.append((verb, [called(node)]))
    doing = listed([f"{verb} {listed(things)}" for verb, things in groups])
    return f"{entry(nodes[0])} can {doing}{f' ({why})' if why else ''}.{_caveat(steps)}"


def _caveat(steps: Sequence[PathStep]) -> str:
    """What the path still waits for."""
    when = {step.effective for step in steps}
    said = []
    if conditions := sorted({condition for step in steps for condition in step.conditions}):
        said.append(f"This holds if {listed(conditions)}.")
    if "never" in when:
        said.append("The change would never take effect as things are.")
    elif "next_deployment" in when:
        said.append("It takes effect at the next deployment.")
    elif "next_run" in when:
        said.append("It takes effect at the next run.")
    return "".join(f" {each}" for each in said)


def entry(node: PathNode) -> str:
    """Who it is that a path begins with, at the beginning of a sentence."""
    if node.kind == "Internet":
        return "Anyone on the internet"
    if node.id.startswith("anyone:"):
        cloud = node.id.removeprefix("anyone:")
        return f"Anyone with {ACCOUNTS.get(cloud, 'an account')}" if cloud else "Anyone, without signing in,"
    if node.kind == "ExternalPrincipal":
        return f"The outsider {node.name}"
    if node.kind == "Endpoint":
        return f"Whoever may call the endpoint {node.name}"
    return f"Whoever holds {called(node)}"


def called(node: PathNode) -> str:
    """`the training job x`"""
    return f"the {words(node.kind)} {node.name}"


def words(kind: str) -> str:
    """A kind as people say it."""
    return SPELLED.get(kind) or re.sub(r"(?<!^)(?=[A-Z])", " ", kind).lower()


def of_subject(title: str, kind: str, name: str, terms: Sequence[str]) -> str:
    """`Several agents share one execution identity: the role r (a1, a2).`"""
    few = ", ".join(terms[:3]) + (f" and {len(terms) - 3} more" if len(terms) > 3 else "")
    return f"{title}: the {words(kind)} {name}{f' ({few})' if terms else ''}."


def unread(scope: str, needs: Sequence[Need]) -> str:
    """Why nothing is known of a scope."""
    first = needs[0]
    where = " ".join(part for part in (first.region, first.parent) if part)
    more = f", and {len(needs) - 1} more" if len(needs) > 1 else ""
    at = f" ({where})" if where else ""
    said = f" {first.sentence.rstrip('.')}." if first.sentence else ""
    return (
        f"Not known for {scope}: {first.call}{at} ended as {first.outcome}{more}.{said}"
        " What was not found may still be there."
    )


def bounded(why: str) -> str:
    """Why a query that hit a bound says nothing of what it did not return."""
    return f"Not known: {why}. What was not found may still be there."


def passed(scope: str, population: int, unread_elsewhere: Sequence[str]) -> str:
    """That nothing was found, and what that rests on."""
    also = (
        f" Ways in from {listed(unread_elsewhere)} could not be ruled out: not everything was read there."
        if unread_elsewhere
        else ""
    )
    return f"None of {population} in {scope or 'no account'} was found.{also}"


def question(kind: str, name: str, asked: Sequence[tuple[str, str]]) -> str:
    """What `estate.yaml` would have to answer of a subject; each property with its meaning."""
    facts = "; ".join(f"{prop} ({meaning})" if meaning else prop for prop, meaning in asked)
    return f"Of the {words(kind)} {name}, what is {facts}? estate.yaml can answer it, for many at once."


def listed(things: Sequence[str]) -> str:
    """`a, b and c`"""
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
