"""AWS Lambda: functions, who may invoke them, the addresses the internet reaches them at, what they call."""

import re
from collections.abc import Iterator, Sequence

from collectors.aws import names, things
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Policy, Relation, pointer_token

LIST = Call("aws:lambda:ListFunctions", lists=("Function",), fills=("RUNS_AS", "IN_NETWORK", "CALLS_MODEL"))
URLS = Call("aws:lambda:ListFunctionUrlConfigs", lists=("ApiGateway",), fills=("ROUTES_TO",))
URL = Call(
    "aws:lambda:GetFunctionUrlConfig",
    lists=("ApiGateway",),
    fills=("ROUTES_TO",),
    empty_on=("ResourceNotFoundException",),
)
POLICY = Call(
    "aws:lambda:GetPolicy",
    lists=("ExternalPrincipal",),
    fills=("policy:resource",),
    empty_on=("ResourceNotFoundException",),
)
TAGS = Call("aws:lambda:ListTags", fills=("Function.tags",))

REGIONAL = True

AUTH = {"NONE": "none", "AWS_IAM": "iam"}

AGENT_ID = re.compile(r"[0-9A-Z]{10}")
AGENT_NAME = re.compile(r"(?i)(^|_)AGENT(_ID|ID)?$")
ALIAS_ARN = re.compile(r"arn:[\w-]+:bedrock:([\w-]+):(\d{12}):agent(?:-alias)?/([0-9A-Z]{10})(?:/\w+)?")
ENDPOINT_NAME = re.compile(r"(?i)endpoint(_?name)?$")
ENDPOINT = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")
ENDPOINT_ARN = re.compile(r"arn:[\w-]+:sagemaker:[\w-]+:\d{12}:endpoint/[\w-]+")
MODEL_ID = re.compile(
    r"(arn:[\w-]+:bedrock:[\w-]*:\d*:(foundation-model|inference-profile)/)?((us|eu|apac|global)\.)?"
    r"(amazon|anthropic|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability|writer|luma)\.[\w.:-]+"
)


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _function(source, row), source.pages(LIST)):
        yield from facts


def _function(source: Source, row: Answer) -> Sequence[Fact]:
    arn, name = row.text("/FunctionArn") or "", row.text("/FunctionName") or ""
    own = source.within(arn)
    labels = own.call(TAGS, Resource=arn)
    if labels.vanished:
        return ()
    asset = Asset(
        id=arn,
        kind="Function",
        name=name,
        listed_by=row.listed_by,
        properties=names.known(native_kind="function", tags=names.tags(labels, "/Tags")),
        evidence=(*row.evidence(name="/FunctionName"), *labels.evidence(tags="/Tags")),
    )
    urls = list(_urls(own, name))
    return (asset, *_runs(own, row), *urls, *_policies(own, name, _aliases(urls)), *_calls(own, row))


def _runs(own: Source, row: Answer) -> Iterator[Relation]:
    yield from things.runs_as(own, row, "/Role")
    yield from things.in_subnets(own, row, "/VpcConfig/SubnetIds")


def _urls(own: Source, name: str) -> Iterator[Fact]:
    """The function's own addresses: one for itself, one for each alias that has one."""
    pages = list(own.answers(URLS, FunctionName=name))
    if pages:
        for url in (url for page in pages for url in page.items("/FunctionUrlConfigs")):
            yield from _front_door(own, url)
    else:  # it may be that only the older, single call is allowed
        url = own.call(URL, FunctionName=name)
        if url.text("/FunctionUrl"):
            yield from _front_door(own, url)


def _front_door(own: Source, url: Answer) -> Iterator[Fact]:
    function = url.text("/FunctionArn") or own.parent
    auth = AUTH.get(url.text("/AuthType") or "", "unknown")
    yield Asset(
        id=f"{function}:url",
        kind="ApiGateway",
        name=f"{function.rpartition(':function:')[2]} (function URL)",
        listed_by=url.listed_by,
        properties={"native_kind": "lambda_function_url"},
        evidence=url.evidence(name="/FunctionUrl"),
    )
    evidence = url.evidence(target="/FunctionArn", auth="/AuthType", port="/FunctionUrl")
    yield Relation("ROUTES_TO", f"{function}:url", own.parent, {"auth": auth, "port": 443}, evidence)


def _aliases(urls: Sequence[Fact]) -> Sequence[str]:
    """The aliases that have an address; each of them has a resource policy of its own."""
    doors = [fact.id.split(":") for fact in urls if isinstance(fact, Asset)]
    return sorted(door[7] for door in doors if len(door) > 8)


def _policies(own: Source, name: str, aliases: Sequence[str]) -> Iterator[Fact]:
    for alias in ("", *aliases):
        qualifier: dict[str, Json] = {"Qualifier": alias} if alias else {}
        policy = own.call(POLICY, FunctionName=name, **qualifier)
        if policy.text("/Policy"):
            title = f"function policy of alias {alias}" if alias else "function policy"
            document = policy.document("/Policy")
            yield Policy(own.parent, "resource", title, document.evidence()[0])
            yield from outsiders(document, own.account)


def _calls(own: Source, row: Answer) -> Iterator[Relation]:
    """CALLS_MODEL, as far as environment variables name an agent, an endpoint or a model."""
    variables = row.get("/Environment/Variables")
    for name, value in variables.items() if isinstance(variables, dict) else ():
        named = _model(name, str(value), own)
        if named:
            target, kind = named
            evidence = row.evidence(target=f"/Environment/Variables/{pointer_token(name)}")
            yield Relation("CALLS_MODEL", own.parent, target, evidence=evidence, target_kind=kind)


def _model(name: str, value: str, own: Source) -> tuple[str, str] | None:
    """The id and kind of what a variable names, if it is something that a function sends text to."""
    if alias := ALIAS_ARN.fullmatch(value):
        return names.arn("bedrock", alias[1], alias[2], f"agent/{alias[3]}"), "Agent"
    if AGENT_NAME.search(name) and AGENT_ID.fullmatch(value):
        return names.arn("bedrock", own.region, own.account, f"agent/{value}"), "Agent"
    if ENDPOINT_ARN.fullmatch(value):
        return value, "Endpoint"
    if ENDPOINT_NAME.search(name) and ENDPOINT.fullmatch(value):
        return names.arn("sagemaker", own.region, own.account, f"endpoint/{value.lower()}"), "Endpoint"
    if MODEL_ID.fullmatch(value) and (model := names.foundation_model(value, own.region)):
        return model, "FoundationModel"
    return None
