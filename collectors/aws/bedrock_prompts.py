"""Prompts of Amazon Bedrock's prompt management: who keeps text there that models are given.

What a prompt says is hidden; the keys in it are told.
"""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.bedrock_agents import TAGS
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact

LIST = Call("aws:bedrock-agent:ListPrompts", lists=("Prompt",))
GET = Call("aws:bedrock-agent:GetPrompt")

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _prompt(source, row), source.pages(LIST)):
        yield from facts


def _prompt(source: Source, row: Answer) -> Sequence[Fact]:
    """The draft, which is what its makers see and what the next version will be."""
    own = source.within(row.text("/arn") or "")
    told = own.call(GET, promptIdentifier=row.text("/id"))
    if told.vanished:
        return ()
    labels = own.call(TAGS, resourceArn=own.parent)
    return (
        Asset(
            id=own.parent,
            kind="Prompt",
            name=row.text("/name") or "",
            listed_by=row.listed_by,
            properties=names.known(native_kind="prompt", tags=names.tags(labels, "/tags")),
            evidence=(*row.evidence(name="/name"), *told.evidence(), *labels.evidence(tags="/tags")),
        ),
    )
