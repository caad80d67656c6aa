"""Every field of every answer that a collector asks for: what people put secrets in is hidden, by the models.

The documents have each member that botocore's service models know, so a field that AWS adds under a telling
name fails here until somebody decides on it.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from collectors.aws import scopes
from collectors.redaction import Redactor
from collectors.scan import calls_of, modules
from graph.model import Call, Json
from tests.collectors.door import KEY
from tests.collectors.test_redaction import SECRETS, standing

CALLS = sorted(
    {call.id: call for module in (scopes, *modules("aws")) for call in calls_of(module)}.values(),
    key=lambda call: call.id,
)
CANARY = "a canary, sings"
"""It looks like nothing: only its place gives it away."""

TELLING = re.compile(
    r"(?i)env|environment|environmentvariables|variables|runtimeenvironmentvariables|user_?data|"
    r"command|\w*entry_?point|args|\w*arguments|\w*parameters|\w*params|parametervalue|outputvalue|"
    r"\w*options|\w*opts|\w*labels|annotations|additionalinfo|externalsecretrotationmetadata|"
    r"configurations|properties|free|buildspec|definition|\w*script|onstart|oncreate|sql|code|query|\w*queries|"
    r"payload|\w*template|\w*instruction|\w*prompt\w*|examples|words|shapbaseline|\w*header|seedurls|payloadurl|"
    r"secret|password|\w*token|\w*credentials?|activationcode|\w*email|\w*uservalue"
)
"""Names under which stand values of people's own making. `free`: whatever JSON one likes."""

NAMING = re.compile(r"(?i)\w*(name|arn|[a-z]id|type|status|bucket|prefix)|id|key")
"""What only names something."""

READABLE = {
    "*extToken": "where the next page starts",
    "*/ContinuationToken": "where the next page starts",
    "*/client*Token": "an id of the request that made it",
    "*/ClientToken": "an id of the request that made it",
    "*/valueFrom": "names the secret that the value is in",
    "*/credentialsParameter": "names the secret that the value is in",
    "*/registryCredential/credential": "names the secret that the value is in",
    "*/mountOptions*": "words of the file system",
    "*/dockerSecurityOptions/*": "profiles of the kernel",
    "*/metadata/namespace": "a name",
    "*/promptConfigurations/*/foundationModel": "a name",
    "*/overrideLambda": "a name",
    "*/modelConfiguration/free": "how long the vectors are",
    "*/parameters/*/description": "what the model is told of a parameter; not read as a secret",
    "*/promptSummaries/*/version": "a name",
    "*/ParameterKey": "a name",
    "*/environment/image": "an address",
    "*/environment/certificate": "an address",
    "*/StateReason/Code": "a word of AWS",
    "*/LastError/Code": "a word of AWS",
    "*/DnsOptions/*": "names",
    "*/Command/*": "the address of a Glue script, and versions",
    "*/CaptureContentTypeHeader/*": "media types",
    "*/methodIntegration/credentials": "the ARN of a role",
    "*/cacheKeyParameters/*": "names",
    "*/ServiceCredentialAlias": "the public part of a key",
    "*/classificationDetails/result/status/code": "a word of AWS",
    "*Country/code": "two letters",
}
"""Pointers under telling names whose values stay, and why."""


def document(shape: Shape | None, value: str, around: tuple[str, ...] = ()) -> Json:
    """All that a shape can hold, with one value as every text that is no word of AWS's own."""
    if shape is None or shape.name in around:
        return None
    if isinstance(shape, StructureShape):
        if getattr(shape, "is_document_type", False):
            return {"free": value}
        return {
            name: document(member, value, (*around, shape.name)) for name, member in shape.members.items()
        }
    if isinstance(shape, ListShape):
        return [document(shape.member, value, around)]
    if isinstance(shape, MapShape):
        return {"NOTE": document(shape.value, value, around)}
    if shape.type_name == "blob" or (isinstance(shape, StringShape) and not shape.enum):
        return value
    return None


@cache
def answer(call: Call, value: str) -> Json:
    service = ServiceModel(Loader().load_service_model(call.client, "service-2"), call.client)
    return Redactor(KEY).redact(
        call.id, document(service.operation_model(call.operation).output_shape, value)
    )


def places(told: Json, value: str, pointer: str = "") -> Iterator[str]:
    """Where a value stands."""
    if isinstance(told, dict):
        for key, member in told.items():
            yield from places(member, value, f"{pointer}/{key}")
    elif isinstance(told, list):
        for member in told:
            yield from places(member, value, f"{pointer}/*")
    elif isinstance(told, str) and value in told:
        yield pointer


def tells(pointer: str) -> bool:
    """Whether a pointer's own name, or that of what it is in, says that people write values there."""
    *_, above, last = ["", "", *(step for step in pointer.split("/") if step not in ("*", "NOTE"))]
    telling = any(TELLING.fullmatch(step) for step in (above, last))
    return telling and not NAMING.fullmatch(last) and not any(fnmatchcase(pointer, each) for each in READABLE)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_what_people_put_secrets_in_is_hidden(call: Call) -> None:
    assert [each for each in places(answer(call, CANARY), CANARY) if tells(each)] == []


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(call: Call) -> None:
    every = " ".join(standing(name) for name in SECRETS)
    told = json.dumps(answer(call, every), ensure_ascii=False)
    left = [name for name, secret in SECRETS.items() if json.dumps(secret)[1:-1] in told]
    assert left == (["aws_access_key_id"] if call.id in LISTS_KEYS else [])


LISTS_KEYS = ("aws:iam:ListAccessKeys", "aws:iam:GetAccessKeyLastUsed")
"""Where the id of a key is a public name that is kept."""


def test_addresses_of_people_are_not_even_kept_as_fingerprints() -> None:
    listed = next(call for call in CALLS if call.id == "aws:organizations:ListAccountsForParent")
    accounts = answer(listed, CANARY)
    assert isinstance(accounts, dict)
    assert "redacted:email" in places_of(accounts, "Email")


def places_of(told: Json, name: str) -> set[Json]:
    """The values of all members with a name."""
    if isinstance(told, list):
        return {value for member in told for value in places_of(member, name)}
    if not isinstance(told, dict):
        return set()
    own = {value for key, value in told.items() if key == name and isinstance(value, str)}
    return own | {value for member in told.values() for value in places_of(member, name)}
