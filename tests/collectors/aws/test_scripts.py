"""Keys in scripts and prompts: what runs at the start of machines and notebooks, what agents are told.

Each secret is made when the test runs; the scripts are hidden as a whole, the keys in them are told.
"""

import base64
import gzip

import pytest

from collectors.aws.client import AwsDoor, Settings
from collectors.inspect.secret_texts import keys_in_texts
from collectors.inspected import configuration
from collectors.practice.aws import Answer, AwsServer
from collectors.redaction import Redactor
from collectors.scan import Scan
from graph.model import Json, Relation
from tests.collectors.aws import compute
from tests.collectors.aws.everything import AGENT, AT, PROMPT, ROLE, SAGEMAKER, here
from tests.collectors.aws.scanning import NOW, REDACTOR, Seen, estate, redirected
from tests.collectors.inspect.secret_maker import Maker

NOTEBOOK = f"{SAGEMAKER}:notebook-instance/n"


def packed(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def notebook(script: str) -> tuple[Answer, ...]:
    row: dict[str, Json] = {"NotebookInstanceName": "n", "NotebookInstanceArn": NOTEBOOK}
    config: dict[str, Json] = {"OnStart": [{"Content": packed(script)}]}
    asked: dict[str, Json] = {"NotebookInstanceLifecycleConfigName": "start"}
    return (
        here("sagemaker", "ListNotebookInstances", {"NotebookInstances": [row]}),
        here("sagemaker", "DescribeNotebookInstance", {**row, **asked}),
        here("sagemaker", "DescribeNotebookInstanceLifecycleConfig", config, asked),
    )


def machine(script: str) -> tuple[Answer, ...]:
    row: Json = {"InstanceId": "i-1", "State": {"Name": "running"}}
    value = base64.b64encode(gzip.compress(script.encode())).decode()
    return (
        here("ec2", "DescribeInstances", {"Reservations": [{"Instances": [row]}]}),
        here("ec2", "DescribeInstanceAttribute", {"UserData": {"Value": value}}, {"InstanceId": "i-1"}),
    )


def studio(script: str) -> tuple[Answer, ...]:
    domain: dict[str, Json] = {"DomainArn": compute.DOMAIN, "DomainId": "d-1", "DomainName": "lab"}
    settings: Json = {"JupyterLabAppSettings": {"LifecycleConfigArns": [compute.SCRIPT]}}
    config: dict[str, Json] = {"StudioLifecycleConfigContent": packed(script)}
    return (
        here("sagemaker", "ListDomains", {"Domains": [domain]}),
        here("sagemaker", "DescribeDomain", {**domain, "DefaultUserSettings": settings}),
        here("sagemaker", "DescribeStudioLifecycleConfig", config, {"StudioLifecycleConfigName": "start"}),
    )


def prompt(text: str) -> tuple[Answer, ...]:
    row: dict[str, Json] = {
        "arn": PROMPT,
        "id": "PROMPT0001",
        "name": "triage",
        "version": "DRAFT",
        "createdAt": AT,
        "updatedAt": AT,
    }
    message: Json = {"role": "user", "content": [{"text": text}]}
    variant: Json = {
        "name": "one",
        "templateType": "CHAT",
        "templateConfiguration": {"chat": {"messages": [message]}},
    }
    return (
        here("bedrock-agent", "ListPrompts", {"promptSummaries": [row]}),
        here("bedrock-agent", "GetPrompt", {**row, "variants": [variant]}),
    )


def agent(text: str) -> tuple[Answer, ...]:
    row: dict[str, Json] = {"agentId": "AAAAAAAAAA", "agentName": "helper", "agentStatus": "PREPARED"}
    row |= {"updatedAt": AT}
    detail: Json = {
        **row,
        "agentArn": AGENT,
        "agentVersion": "DRAFT",
        "agentResourceRoleArn": ROLE,
        "idleSessionTTLInSeconds": 600,
        "createdAt": AT,
        "instruction": text,
    }
    return (
        here("bedrock-agent", "ListAgents", {"agentSummaries": [row]}),
        here("bedrock-agent", "GetAgent", {"agent": detail}),
    )


PLACES = {
    NOTEBOOK: (notebook, "lifecycle_script"),
    compute.INSTANCE: (machine, "lifecycle_script"),
    compute.DOMAIN: (studio, "lifecycle_script"),
    PROMPT: (prompt, "prompt"),
    AGENT: (agent, "prompt"),
}


def seen(redactor: Redactor, *answers: Answer) -> Seen:
    with AwsServer(estate(*answers)) as server, redirected(server):
        settings = Settings(role_arns=server.role_arns(), max_attempts=2, regions=server.estate.regions)
        return Seen(Scan([AwsDoor(settings)], redactor, now=lambda: NOW).run())


def held(found: Seen) -> set[tuple[str, str, object]]:
    facts = configuration.facts(found.assets, found.coverage, found.documents, {})
    return {(f.source, f.target, f.properties["place"]) for f in facts if isinstance(f, Relation)}


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory) -> Redactor:
    rules = keys_in_texts(tmp_path_factory.mktemp("rules"))
    return Redactor(b"a key for the tests of redaction", rules)


@pytest.mark.parametrize("holder", PLACES)
def test_a_key_in_a_script_or_prompt_is_told_and_the_rest_is_hidden(holder: str, searching: Redactor) -> None:
    secret = Maker(7).openai()
    made, place = PLACES[holder]
    text = f"#!/bin/bash\n# a canary, sings\nexport OPENAI_API_KEY={secret}\npip install -q torch\n"
    found = seen(searching, *made(text))
    name = f"credential:{searching.fingerprint('', secret).rpartition(':')[2]}"
    assert held(found) == {(holder, name, place)}
    kept = b"".join(found.documents.values())
    for word in ("canary", secret, packed(text)):
        assert word.encode() not in kept


def test_a_key_that_only_the_rules_know_is_found_too(searching: Redactor) -> None:
    """Cohere's keys look like any other word: the name in the script tells."""
    secret = Maker(8).some(40)
    text = f"#!/bin/bash\nexport COHERE_API_KEY={secret}\n"
    assert len(held(seen(searching, *notebook(text)))) == 1
    assert held(seen(REDACTOR, *notebook(text))) == set()


@pytest.mark.parametrize("holder", PLACES)
def test_a_script_without_a_key_holds_none(holder: str, searching: Redactor) -> None:
    made, _ = PLACES[holder]
    digest = "sha256:" + "0f" * 32
    text = f"#!/bin/bash\nset -e\ndocker pull registry.example/app@{digest}\nexport API_KEY=changeme\n"
    assert held(seen(searching, *made(text))) == set()


@pytest.mark.parametrize(
    "call",
    [
        "aws:sagemaker:DescribeNotebookInstanceLifecycleConfig",
        "aws:ec2:DescribeInstanceAttribute",
        "aws:bedrock-agent:GetPrompt",
    ],
)
def test_what_is_denied_is_recorded(call: str) -> None:
    answers = (*notebook("x"), *machine("x"), *prompt("x"))
    operation = call.rpartition(":")[2]
    found = seen(REDACTOR, *(each for each in answers if each.operation != operation))
    assert "denied" in found.outcomes(call)
