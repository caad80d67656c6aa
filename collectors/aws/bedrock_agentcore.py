"""Amazon Bedrock AgentCore: agents' runtimes, code interpreters and browsers, and as whom they act."""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact

RUNTIMES = Call("aws:bedrock-agentcore-control:ListAgentRuntimes", lists=("Agent",))
RUNTIME = Call(
    "aws:bedrock-agentcore-control:GetAgentRuntime", fills=("Agent.network_mode", "RUNS_AS", "IN_NETWORK")
)
INTERPRETERS = Call("aws:bedrock-agentcore-control:ListCodeInterpreters", lists=("Tool",))
INTERPRETER = Call(
    "aws:bedrock-agentcore-control:GetCodeInterpreter", fills=("Tool.network_mode", "RUNS_AS", "IN_NETWORK")
)
BROWSERS = Call("aws:bedrock-agentcore-control:ListBrowsers", lists=("Tool",))
BROWSER = Call(
    "aws:bedrock-agentcore-control:GetBrowser",
    fills=("Tool.network_mode", "Tool.recording", "RUNS_AS", "IN_NETWORK"),
)

REGIONAL = True

NETWORK = "/networkConfiguration"


def collect(source: Source) -> Iterator[Fact]:
    """What AWS offers to everyone (`aws.codeinterpreter.v1`) is not the account's and is not listed here."""
    for facts in source.each(lambda row: _runtime(source, row), source.pages(RUNTIMES)):
        yield from facts
    for facts in source.each(
        lambda row: _interpreter(source, row), source.pages(INTERPRETERS, type="CUSTOM")
    ):
        yield from facts
    for facts in source.each(lambda row: _browser(source, row), source.pages(BROWSERS, type="CUSTOM")):
        yield from facts


def _runtime(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/agentRuntimeArn") or "")
    answer = own.call(RUNTIME, agentRuntimeId=row.text("/agentRuntimeId"))
    if answer.vanished:
        return ()
    asset = things.thing(own, row, "Agent", "agent_runtime", "/agentRuntimeName")
    return (
        _told(asset, answer, network_mode=f"{NETWORK}/networkMode"),
        *things.runs_as(own, answer, "/roleArn"),
        *things.in_subnets(own, answer, f"{NETWORK}/networkModeConfig/subnets"),
    )


def _interpreter(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/codeInterpreterArn") or "")
    answer = own.call(INTERPRETER, codeInterpreterId=row.text("/codeInterpreterId"))
    if answer.vanished:
        return ()
    asset = things.thing(own, row, "Tool", "code_interpreter", "/name")
    return (_told(asset, answer, network_mode=f"{NETWORK}/networkMode"), *_acts(own, answer))


def _browser(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/browserArn") or "")
    answer = own.call(BROWSER, browserId=row.text("/browserId"))
    if answer.vanished:
        return ()
    asset = things.thing(own, row, "Tool", "browser", "/name")
    places = {"network_mode": f"{NETWORK}/networkMode", "recording": "/recording/enabled"}
    return (_told(asset, answer, **places), *_acts(own, answer))


def _acts(own: Source, answer: Answer) -> Iterator[Fact]:
    yield from things.runs_as(own, answer, "/executionRoleArn")
    yield from things.in_subnets(own, answer, f"{NETWORK}/vpcConfig/subnets")


def _told(asset: Asset, answer: Answer, **places: str) -> Asset:
    """The asset with what its description says."""
    told = names.known(**{name: things.value(answer, place) for name, place in places.items()})
    return msgspec.structs.replace(
        asset, properties={**asset.properties, **told}, evidence=(*asset.evidence, *answer.evidence(**places))
    )
