"""Linden Health's symptom checker: a model that anyone may ask over an API, and what nearly is one.

The model learned from recorded calls of patients; no tag says so, only a look inside does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from collectors.practice.aws import Answer
from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_parts import AT, Account, allow, policy, service, trust
from graph.model import Json

TRAINING, TRIALS = "linden-symptom-training", "linden-symptom-trials"
UNTOLD: Mapping[str, str] = {"env": "prod", "owner": "patient-portal@linden.example"}
ARTEFACTS = "s3://linden-model-artifacts"

WHAT_EVERYONE_HAS: Mapping[str, Json] = {"throttlingBurstLimit": 5000, "throttlingRateLimit": 10000.0}
"""How API Gateway tells that a method has no limit of its own."""

OFF: Mapping[str, Json] = {"cachingEnabled": False, "dataTraceEnabled": False, "metricsEnabled": True}
ANYONE = allow(["execute-api:Invoke"], ["*"], Principal="*")


def plant(prod: Account, area: Area, training: str) -> None:
    """One open door, and five that differ from it by one fact each."""
    for bucket in (TRAINING, TRIALS):
        prod.bucket(bucket, tags=UNTOLD, versioned=True)
    doors = _Doors(area)
    _checker(prod, area, training, "symptom-check", f"{TRAINING}/triage-calls/")
    doors.api("symptom-check", _role(prod, area, "symptom-check"))
    for name in ("limited", "signed", "denied", "unable", "private"):
        _checker(prod, area, training, f"symptom-{name}", f"{TRIALS}/{name}/")
    doors.api("symptom-limited", _role(prod, area, "symptom-limited"), key=True)
    doors.api("symptom-signed", _role(prod, area, "symptom-signed"), auth="AWS_IAM")
    closed = {**ANYONE, "Effect": "Deny", "Sid": "ClosedSinceIncident"}
    doors.api("symptom-denied", _role(prod, area, "symptom-denied"), statements=[ANYONE, closed])
    doors.api("symptom-unable", _role(prod, area, "symptom-unable", of="symptom-check"))
    doors.api("symptom-private", _role(prod, area, "symptom-private"), reach="PRIVATE", statements=[ANYONE])
    area.add(*doors.answers())


def _checker(prod: Account, area: Area, training: str, name: str, calls: str) -> None:
    """A model trained on recorded calls, and its endpoint."""
    output = f"{ARTEFACTS}/{name}"
    area.job(f"{name}-2026-10", training, {"train": f"s3://{calls}"}, output=output)
    read = allow(["s3:GetObject"], [f"arn:aws:s3:::linden-model-artifacts/{name}/*"])
    words = name.title().replace("-", "")
    role = prod.role(f"{words}Serving", trust(service("sagemaker", prod.number)), {"serving": policy(read)})
    area.model(f"{name}-v1", role, area.artefact(output, f"{name}-2026-10"))
    area.endpoint(name, f"{name}-v1", tags=UNTOLD)


def _role(prod: Account, area: Area, name: str, *, of: str = "") -> str:
    """The role with which an API calls its endpoint; `of`: it may call that other one only."""
    call = allow(["sagemaker:InvokeEndpoint"], [area.arn("sagemaker", f"endpoint/{of or name}")])
    words = name.title().replace("-", "")
    return prod.role(f"{words}Gateway", trust(service("apigateway")), {"ask-the-model": policy(call)})


class _Doors:
    """REST APIs of a region with one method each, as API Gateway answers for them."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self._apis = 0
        self._plans: list[Json] = []

    def api(
        self,
        name: str,
        role: str,
        *,
        auth: str = "NONE",
        key: bool = False,
        reach: str = "REGIONAL",
        statements: Sequence[Mapping[str, Json]] = (),
    ) -> None:
        """An API that hands `POST /check` on to the endpoint of its name; with a key, keys have a limit."""
        self._apis += 1
        identifier = f"l1nd3n{self._apis:04}"
        row: dict[str, Json] = {
            "id": identifier,
            "name": name,
            "createdDate": AT,
            "apiKeySource": "HEADER",
            "endpointConfiguration": {"types": [reach], "ipAddressType": "ipv4"},
            "disableExecuteApiEndpoint": False,
            "rootResourceId": f"root{self._apis}",
        }
        if statements:
            row["policy"] = escaped(policy(*statements))
        self._area.items["GetRestApis"].append(row)
        stage: dict[str, Json] = {
            "deploymentId": f"d{self._apis:05}",
            "stageName": "prod",
            "cacheClusterEnabled": False,
            "methodSettings": {"*/*": {**WHAT_EVERYONE_HAS, **OFF}},
            "tracingEnabled": False,
            "createdDate": AT,
            "lastUpdatedDate": AT,
        }
        asked: dict[str, Json] = {"restApiId": identifier}
        resources: list[Json] = [
            {"id": f"root{self._apis}", "path": "/"},
            {
                "id": f"check{self._apis}",
                "parentId": f"root{self._apis}",
                "pathPart": "check",
                "path": "/check",
                "resourceMethods": {"OPTIONS": _preflight(), "POST": self._method(name, role, auth, key=key)},
            },
        ]
        self._area.add(
            self._area.answer("apigateway", "GetStages", asked, {"item": [stage]}),
            self._area.answer("apigateway", "GetResources", asked, {"items": resources}),
        )
        if key:
            self._plan(name, identifier)

    def answers(self) -> Iterator[Answer]:
        """What holds for all APIs of the region."""
        limit: Json = {"burstLimit": 5000, "rateLimit": 10000.0}
        yield self._area.answer("apigateway", "GetUsagePlans", {}, {"items": self._plans})
        yield self._area.answer("apigateway", "GetAccount", {}, {"throttleSettings": limit})

    def _plan(self, name: str, api: str) -> None:
        self._plans.append(
            {
                "id": f"p{len(self._plans):05}",
                "name": f"{name}-partners",
                "apiStages": [{"apiId": api, "stage": "prod"}],
                "throttle": {"burstLimit": 20, "rateLimit": 5.0},
                "quota": {"limit": 2000, "offset": 0, "period": "DAY"},
            }
        )

    def _method(self, name: str, role: str, auth: str, *, key: bool) -> Json:
        place = f"runtime.sagemaker:path//endpoints/{name}/invocations"
        integration: Json = {
            "type": "AWS",
            "httpMethod": "POST",
            "uri": f"arn:aws:apigateway:{self._area.region}:{place}",
            "credentials": role,
            "passthroughBehavior": "WHEN_NO_TEMPLATES",
            "timeoutInMillis": 29000,
            "cacheNamespace": "check",
            "integrationResponses": {"200": {"statusCode": "200"}},
        }
        return {
            "httpMethod": "POST",
            "authorizationType": auth,
            "apiKeyRequired": key,
            "methodResponses": {"200": {"statusCode": "200"}},
            "methodIntegration": integration,
        }


def _preflight() -> Json:
    """What browsers ask first. API Gateway answers it itself, so that it needs no limit."""
    return {
        "httpMethod": "OPTIONS",
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        "methodIntegration": {
            "type": "MOCK",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
        },
    }


def escaped(document: Mapping[str, Json]) -> str:
    """A policy as API Gateway sends it: JSON text, escaped once more than needed, slashes included.

    https://github.com/hashicorp/terraform-provider-aws/pull/4606
    """
    return json.dumps(json.dumps(document, separators=(",", ":")))[1:-1].replace("/", "\\/")
