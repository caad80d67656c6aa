"""APIs with every part that the collectors read: REST, HTTP and WebSocket."""

from collectors.practice.aws import Answer
from collectors.practice.estate.aws_doors import escaped
from graph.model import Json
from tests.collectors.aws.everything import FUNCTION, ROLE, SAGEMAKER, here
from tests.collectors.aws.scanning import ACCOUNT, REGION

CANARY = "canary-5b1e-do-not-keep"
APIS = f"arn:aws:apigateway:{REGION}::"
REST, OFF, HIDDEN = (
    f"{APIS}/restapis/{each}" for each in ("rest000001/stages/live", "off/stages/a", "off/stages/b")
)
HTTP, SOCKET, MAPPED = (
    f"{APIS}/apis/{each}/stages/live" for each in ("http000001", "sock000001", "off0000001")
)
ENDPOINT = f"{SAGEMAKER}:endpoint/triage"
MODEL = f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-x-v1:0"
SERVICES = f"arn:aws:apigateway:{REGION}"
CALL_FUNCTION = f"{SERVICES}:lambda:path/2015-03-31/functions/{FUNCTION}:live/invocations"
CALL_ENDPOINT = f"{SERVICES}:runtime.sagemaker:path//endpoints/Triage/invocations"
CALL_MODEL = f"{SERVICES}:bedrock-runtime:path/model/anthropic.claude-x-v1%3A0/converse"
CALL_AGENT = (
    f"{SERVICES}:bedrock-agent-runtime:path/agents/AAAAAAAAAA/agentAliases/LIVEAAAAAA/sessions/s/text"
)
WHAT_EVERYONE_HAS: dict[str, Json] = {"throttlingBurstLimit": 5000, "throttlingRateLimit": 10000.0}


def method(
    verb: str, uri: str, auth: str = "NONE", *, key: bool = False, role: str = ""
) -> dict[str, dict[str, Json]]:
    kind = "AWS_PROXY" if ":lambda:" in uri else "AWS" if uri.startswith("arn:") else "HTTP_PROXY"
    integration: dict[str, Json] = {
        "type": kind if uri else "MOCK",
        "uri": uri,
        "requestParameters": {"integration.request.header.X-Key": f"'{CANARY}'"},
        "requestTemplates": {"application/json": f'{{"key": "{CANARY}"}}'},
        **({"credentials": role} if role else {}),
    }
    asked: dict[str, Json] = {"httpMethod": verb, "authorizationType": auth, "apiKeyRequired": key}
    return {verb: {**asked, "methodIntegration": integration}}


def resource(path: str, *methods: dict[str, dict[str, Json]]) -> Json:
    every: dict[str, Json] = {verb: each for one in methods for verb, each in one.items()}
    return {"id": f"r{abs(len(path))}", "path": path, "resourceMethods": every}


def rest() -> tuple[Answer, ...]:
    """An API with a way of each kind; one whose own address is off, and that one domain name leads to."""
    open_to_all: dict[str, Json] = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": ["*", "888877776666"]},
            "Action": "execute-api:Invoke",
            "Resource": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:rest000001/*",
        }
    }
    types: Json = {"types": ["EDGE"]}
    apis: list[Json] = [
        {"id": "rest000001", "name": "r", "endpointConfiguration": types, "policy": escaped(open_to_all)},
        {"id": "off", "name": "off", "endpointConfiguration": types, "disableExecuteApiEndpoint": True},
    ]
    live: dict[str, Json] = {
        "stageName": "live",
        "methodSettings": {
            "*/*": {**WHAT_EVERYONE_HAS},
            "~1ask/POST": {"throttlingBurstLimit": 5, "throttlingRateLimit": 0.5},
        },
        "variables": {"backend": CANARY},
        "tags": {"team": "portal"},
    }
    ways: list[Json] = [
        resource("/ask", method("POST", CALL_FUNCTION), method("GET", CALL_FUNCTION, key=True)),
        resource("/predict", method("ANY", CALL_ENDPOINT, "CUSTOM", role=ROLE)),
        resource("/text", method("POST", CALL_MODEL, "COGNITO_USER_POOLS", role=ROLE)),
        resource("/agent/{id}", method("POST", CALL_AGENT, "AWS_IAM", role="arn:aws:iam::*:user/*")),
        {"id": "bare", "path": "/later", "resourceMethods": {"GET": {}}},
        resource("/old", method("GET", f"https://old.example/?key={CANARY}"), method("OPTIONS", "")),
    ]
    later = method("GET", CALL_ENDPOINT, key=True, role=ROLE)["GET"]
    plan: dict[str, Json] = {
        "id": "p",
        "apiStages": [{"apiId": "rest000001", "stage": "live", "throttle": {"/ask/GET": {"rateLimit": 2.0}}}],
        "throttle": {"burstLimit": 5000, "rateLimit": 10000.0},
    }
    stages: list[Json] = [{"stageName": "a"}, {"stageName": "b"}]
    name: dict[str, Json] = {"domainName": "api.linden.example"}
    limit: dict[str, Json] = {"burstLimit": 5000, "rateLimit": 10000.0}
    return (
        here("apigateway", "GetRestApis", {"items": apis}),
        here("apigateway", "GetAccount", {"throttleSettings": limit}),
        here("apigateway", "GetUsagePlans", {"items": [plan]}),
        here("apigateway", "GetDomainNames", {"items": [{**name}]}),
        here("apigateway", "GetBasePathMappings", {"items": [{"restApiId": "off", "stage": "a"}]}, name),
        here("apigateway", "GetStages", {"item": [live]}, {"restApiId": "rest000001"}),
        here("apigateway", "GetStages", {"item": stages}, {"restApiId": "off"}),
        here("apigateway", "GetResources", {"items": ways}, {"restApiId": "rest000001"}),
        here("apigateway", "GetResources", {"items": []}, {"restApiId": "off"}),
        here("apigateway", "GetMethod", later, {"restApiId": "rest000001", "resourceId": "bare"}),
    )


def api(identifier: str, protocol: str, **more: Json) -> dict[str, Json]:
    key = "$request.body.action" if protocol == "WEBSOCKET" else "$request.method $request.path"
    row: dict[str, Json] = {"ApiId": identifier, "Name": identifier, "ProtocolType": protocol}
    return {**row, "RouteSelectionExpression": key, **more}


def route(key: str, target: str, auth: str = "NONE") -> dict[str, Json]:
    return {"RouteKey": key, "Target": f"integrations/{target}", "AuthorizationType": auth}


def integration(identifier: str, uri: str, **more: Json) -> dict[str, Json]:
    secret: dict[str, Json] = {"append:header.x-key": CANARY}
    kind = "HTTP_PROXY" if uri.startswith("http") else "AWS_PROXY" if ":lambda:" in uri else "AWS"
    row: dict[str, Json] = {"IntegrationId": identifier, "IntegrationUri": uri, "IntegrationType": kind}
    return {**row, "RequestParameters": secret, **more}


def http() -> tuple[Answer, ...]:
    """An HTTP API, a WebSocket API, and one whose own address is off."""
    apis: list[Json] = [
        api("http000001", "HTTP"),
        api("sock000001", "WEBSOCKET"),
        api("off0000001", "HTTP", DisableExecuteApiEndpoint=True),
    ]
    own: dict[str, Json] = {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 2.0}
    stage: dict[str, Json] = {
        "StageName": "live",
        "StageVariables": {"x": CANARY},
        "Tags": {"team": "portal"},
    }
    stages: dict[str, dict[str, Json]] = {
        "http000001": {**stage, "RouteSettings": {"POST /ask": own}, "DefaultRouteSettings": {}},
        "sock000001": {**stage, "DefaultRouteSettings": own},
        "off0000001": stage,
    }
    routes: dict[str, list[Json]] = {
        "http000001": [
            route("POST /ask", "f"),
            route("$default", "f", "JWT"),
            route("GET /old", "old"),
            route("GET /gone", "gone"),
        ],
        "sock000001": [route("$connect", "f", "AWS_IAM"), route("ask", "e")],
        "off0000001": [],
    }
    behind: dict[str, list[Json]] = {
        "http000001": [integration("f", FUNCTION), integration("old", f"https://old.example/?key={CANARY}")],
        "sock000001": [integration("f", FUNCTION), integration("e", CALL_ENDPOINT, CredentialsArn=ROLE)],
        "off0000001": [],
    }
    name: dict[str, Json] = {"DomainName": "chat.linden.example"}
    lead: Json = {"ApiId": "off0000001", "Stage": "live"}
    limit: dict[str, Json] = {"burstLimit": 5000, "rateLimit": 10000.0}
    client = "apigatewayv2"
    return (
        here(client, "GetApis", {"Items": apis}),
        here("apigateway", "GetAccount", {"throttleSettings": limit}),
        here(client, "GetDomainNames", {"Items": [{**name}]}),
        here(client, "GetApiMappings", {"Items": [lead]}, name),
        *(here(client, "GetStages", {"Items": [each]}, {"ApiId": a}) for a, each in stages.items()),
        *(here(client, "GetRoutes", {"Items": each}, {"ApiId": a}) for a, each in routes.items()),
        *(here(client, "GetIntegrations", {"Items": each}, {"ApiId": a}) for a, each in behind.items()),
    )


def doors() -> tuple[Answer, ...]:
    """All of them."""
    return (*rest(), *http())
