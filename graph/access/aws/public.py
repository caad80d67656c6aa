"""Whether a resource policy is public, in the sense S3 gives the word.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status:
an Allow to everyone, unless a condition fixes one of the keys below to values without wildcards.
"""

from graph.access.aws.conditions import Clause
from graph.access.aws.document import Document, Statement

FIXING_KEYS = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:resourceorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_FIXING_OPERATORS = frozenset(
    {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}
)
_WIDE_NETWORKS = (8, 32)  # shortest IPv4 and IPv6 prefixes that still count as a fixed range


def is_public(document: Document) -> bool:
    """Whether some statement grants something to everyone."""
    return any(
        each.effect == "Allow" and _names_everyone(each) and not any(_fixes(c) for c in each.clauses)
        for each in document.statements
    )


def _names_everyone(statement: Statement) -> bool:
    return statement.principal is not None and (statement.principal.everyone or statement.not_principal)


def _fixes(clause: Clause) -> bool:
    """Whether the clause narrows the requesters to a fixed set."""
    if clause.if_exists or clause.quantifier == "ForAllValues":
        return False
    texts = [value.text for value in clause.values]
    if clause.lowered == "aws:sourceip" and clause.operator == "IpAddress":
        return all(_narrow(text) for text in texts)
    fixed = all("*" not in text and "?" not in text and "${" not in text for text in texts)
    return clause.lowered in FIXING_KEYS and clause.operator in _FIXING_OPERATORS and fixed


def _narrow(network: str) -> bool:
    _, _, length = network.partition("/")
    shortest = _WIDE_NETWORKS[":" in network]
    return not length or (length.isdigit() and int(length) >= shortest)
