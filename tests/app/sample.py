"""A small home folder to show: the hospital group's worst paths, written by the product's own writers."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import rfc8785

from graph.attack import Attack
from graph.derivation import write_derivation
from graph.derive import Derivation
from graph.model import Asset, Coverage, Derived, Evidence, Graph, Json, Policy, Relation, Value
from graph.snapshot import Contents, write_snapshot
from queries import results
from queries.results import (
    ControlRef,
    Need,
    PathNode,
    PathStep,
    Result,
    ScoreTerm,
    Severity,
    fingerprint,
    scope_fingerprint,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ACCOUNT, DEV, PROJECT = "111122223333", "444455556666", "linden-imaging"
SUBSCRIPTION = "00000000-0000-4000-8000-00000000a1de"
HOSTILE = (
    '<img src=x onerror="window.__broken=1">',
    "![](http://beacon.example/x.png)",
    ":red[CRITICAL: none] :material/home:",
    "[click](javascript:window.__broken=1) `` ` ```",
    '=HYPERLINK("http://evil.example")',
    "\u202egnp.tob\u202c \u200bzero\u200bwidth \u05e9\u05dc\u05d5\u05dd",
    "a-name-that-" + "never-ends-" * 40,
)


class Estate:
    """Facts, documents and results as they are put together."""

    def __init__(self) -> None:
        self.assets: dict[str, Asset] = {}
        self.relations: list[Relation] = []
        self.policies: list[Policy] = []
        self.coverage: list[Coverage] = []
        self.documents: dict[str, bytes] = {}
        self.derived: list[Derived] = []
        self.results: list[Result] = []

    def answer(self, call: str, document: Json, account: str = ACCOUNT, region: str = "eu-central-1") -> str:
        """Keep a document as the answer to a call; its digest."""
        text = rfc8785.dumps(document)
        digest = hashlib.sha256(text).hexdigest()
        self.documents[digest] = text
        self.coverage.append(
            Coverage(
                call=call,
                account=account,
                region=region,
                outcome="ok",
                pages=1,
                items=1,
                at=NOW - timedelta(minutes=len(self.coverage)),
                seconds=0.2,
                documents=(digest,),
            )
        )
        return digest

    def failed(self, call: str, account: str, region: str, outcome: str, sentence: str) -> None:
        self.coverage.append(
            msgspec.convert(
                {
                    "call": call,
                    "account": account,
                    "region": region,
                    "outcome": outcome,
                    "sentence": sentence,
                },
                Coverage,
            )
        )

    def asset(
        self, identifier: str, kind: str, name: str, evidence: tuple[Evidence, ...] = (), **properties: Value
    ) -> str:
        provider = (
            "azure"
            if identifier.startswith("/") and not identifier.startswith("//")
            else ("gcp" if identifier.startswith("//") else "aws" if identifier.startswith("arn:") else "")
        )
        given: dict[str, Value] = {"provider": provider, **properties} if provider else dict(properties)
        self.assets[identifier] = Asset(
            id=identifier, kind=kind, name=name, properties=given, evidence=evidence
        )
        return identifier

    def fact(self, kind: str, source: str, target: str, *evidence: Evidence) -> Relation:
        relation = Relation(kind, source=source, target=target, evidence=evidence)
        self.relations.append(relation)
        return relation

    def path(
        self,
        rule: str,
        title: str,
        severity: Severity,
        score: float,
        sentence: str,
        nodes: list[tuple[str, str]],
        steps: list[PathStep],
        state: results.ResultState = "FAIL",
    ) -> Result:
        subject = nodes[-1][0]
        asset = self.assets[subject]
        result = Result(
            id=fingerprint(rule, subject, nodes[0][0]),
            rule=rule,
            title=title,
            state=state,
            severity=severity,
            score=score,
            score_terms=(
                ScoreTerm("exposure", 1.0, "anyone on the internet can start here"),
                ScoreTerm("crown jewel", 1.0, "holds health data, in production"),
                ScoreTerm("confidence", 1.0 if score > 80 else 0.7, "the weakest step of the path"),
            ),
            subject=subject,
            subject_kind=asset.kind,
            subject_name=asset.name,
            entry=nodes[0][0],
            nodes=tuple(
                PathNode(
                    id=each,
                    kind=self.assets[each].kind,
                    name=self.assets[each].name,
                    state=msgspec.convert(state_, PathNode.__annotations__["state"]) if state_ else None,
                )
                for each, state_ in nodes
            ),
            steps=tuple(steps),
            evidence=tuple(dict.fromkeys(each for step in steps for each in step.evidence)),
            sentence=sentence,
            controls=(
                ControlRef("gdpr", "2016/679", "Art. 32"),
                ControlRef("hipaa_security_rule", "2013", "164.312(a)(1)"),
                ControlRef("nist_ai_rmf", "1.0", "MEASURE 2.7"),
            ),
        )
        self.results.append(result)
        return result

    def write(self, home: Path, identifier: str = "20261123T020000Z") -> Path:
        contents = Contents(
            assets=tuple(self.assets.values()),
            relations=tuple(self.relations),
            policies=tuple(self.policies),
            coverage=tuple(self.coverage),
            documents=self.documents,
        )
        snapshot = write_snapshot(
            home, identifier, contents, taken_at=NOW, tool="crownpath 0.1.0", fingerprint_key="sample"
        )
        evidence = {each.id: each for edge in self.derived for each in edge.evidence}
        derivation = Derivation(tuple(self.derived), (), Attack((), ()), evidence)
        folder = home / "results" / identifier
        write_derivation(folder, snapshot, derivation, Graph((), ()), "crownpath 0.1.0")
        results.write(folder, self.results)
        return home


def step(edge: Relation | Derived, **more: object) -> PathStep:
    given = {
        "id": edge.id,
        "type": edge.type,
        "source": edge.source,
        "target": edge.target,
        "evidence": [each.id for each in edge.evidence],
        **more,
    }
    return msgspec.convert(given, PathStep)


def hospital(names: Mapping[str, str] | None = None) -> Estate:
    """The estate; `names` replaces names of assets by others, to see what hostile ones do."""
    estate = Estate()
    _aws(estate)
    _google(estate)
    _azure(estate)
    _rest(estate)
    if names:
        _rename(estate, names)
    return estate


def _aws(estate: Estate) -> None:
    arn = f"arn:aws:{{}}:eu-central-1:{ACCOUNT}:{{}}"
    url = estate.answer(
        "aws:lambda:GetFunctionUrlConfig",
        {
            "FunctionUrl": "https://x4k2.lambda-url.example/",
            "AuthType": "NONE",
            "Cors": {"AllowOrigins": ["*"]},
        },
    )
    policy = estate.answer(
        "aws:lambda:GetPolicy",
        {
            "Version": "2012-10-17",
            "Id": "default",
            "Statement": [
                {
                    "Sid": "Url",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "lambda:InvokeFunctionUrl",
                    "Resource": arn.format("lambda", "function:triage-chat"),
                    "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
                },
                {
                    "Sid": "Console",
                    "Effect": "Allow",
                    "Principal": {"Service": "apigateway.amazonaws.com"},
                    "Action": "lambda:InvokeFunction",
                    "Resource": arn.format("lambda", "function:triage-chat"),
                },
            ],
        },
    )
    configuration = estate.answer(
        "aws:lambda:GetFunctionConfiguration",
        {
            "FunctionName": "triage-chat",
            "Runtime": "python3.13",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/triage-chat",
            "Environment": {"Variables": {"AGENT_ID": "TRIAGE01", "LOG_LEVEL": "info"}},
        },
    )
    agent = estate.answer(
        "aws:bedrock-agent:ListAgentKnowledgeBases",
        {
            "agentKnowledgeBaseSummaries": [
                {
                    "knowledgeBaseId": "KBRECORDS1",
                    "knowledgeBaseState": "ENABLED",
                    "updatedAt": "2026-10-02T08:11:00Z",
                }
            ]
        },
    )
    source = estate.answer(
        "aws:bedrock-agent:GetDataSource",
        {
            "dataSource": {
                "dataSourceId": "DS1",
                "knowledgeBaseId": "KBRECORDS1",
                "name": "patient-letters",
                "dataSourceConfiguration": {
                    "type": "S3",
                    "s3Configuration": {
                        "bucketArn": "arn:aws:s3:::linden-patient-records",
                        "inclusionPrefixes": ["letters/"],
                    },
                },
            }
        },
    )
    authorization = estate.answer(
        "aws:iam:GetAccountAuthorizationDetails",
        {
            "RoleDetailList": [
                {
                    "RoleName": "ml-notebook",
                    "RolePolicyList": [
                        {
                            "PolicyName": "train",
                            "PolicyDocument": {
                                "Version": "2012-10-17",
                                "Statement": [
                                    {"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "*"},
                                    {
                                        "Sid": "Train",
                                        "Effect": "Allow",
                                        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                                        "Resource": "arn:aws:s3:::linden-training/sepsis/*",
                                    },
                                ],
                            },
                        }
                    ],
                }
            ]
        },
    )
    internet = estate.asset("internet:", "Internet", "Internet")
    function = estate.asset(
        arn.format("lambda", "function:triage-chat"),
        "Function",
        "triage-chat",
        (Evidence("aws:lambda:GetFunctionConfiguration", configuration),),
        account=ACCOUNT,
        region="eu-central-1",
        tags=("team=ward-it", "environment=prod"),
        environment="prod",
    )
    agent_id = estate.asset(
        arn.format("bedrock", "agent/TRIAGE01"),
        "Agent",
        "triage-assistant",
        (Evidence("aws:bedrock-agent:ListAgentKnowledgeBases", agent),),
        account=ACCOUNT,
        region="eu-central-1",
    )
    base = estate.asset(
        arn.format("bedrock", "knowledge-base/KBRECORDS1"),
        "KnowledgeBase",
        "patient-letters",
        (Evidence("aws:bedrock-agent:GetDataSource", source, "/dataSource"),),
        account=ACCOUNT,
        region="eu-central-1",
    )
    letters = estate.asset(
        "arn:aws:s3:::linden-patient-records/letters/",
        "Dataset",
        "linden-patient-records/letters/",
        account=ACCOUNT,
        region="eu-central-1",
        data_classes=("health", "personal"),
        crown_jewel=True,
        crown_jewel_why="tag data-class=health on the bucket",
    )
    exposes = Relation(
        "EXPOSES",
        internet,
        function,
        {"auth": "none", "port": 443},
        (
            Evidence("aws:lambda:GetFunctionUrlConfig", url, "/AuthType", ("auth",)),
            Evidence("aws:lambda:GetPolicy", policy, "/Statement/0"),
        ),
    )
    estate.policies += [Policy(function, "resource", "default", each) for each in exposes.evidence]
    calls = estate.fact(
        "CALLS_MODEL",
        function,
        agent_id,
        Evidence("aws:lambda:GetFunctionConfiguration", configuration, "/Environment/Variables/AGENT_ID"),
    )
    retrieves = estate.fact(
        "RETRIEVES_FROM",
        agent_id,
        base,
        Evidence("aws:bedrock-agent:ListAgentKnowledgeBases", agent, "/agentKnowledgeBaseSummaries/0"),
    )
    indexes = estate.fact(
        "INDEXES",
        base,
        letters,
        Evidence(
            "aws:bedrock-agent:GetDataSource",
            source,
            "/dataSource/dataSourceConfiguration/s3Configuration/inclusionPrefixes/0",
        ),
    )
    estate.path(
        "AISPM-PATH-01",
        "Anyone can have an agent read patient data to them",
        "critical",
        96.0,
        "Anyone on the internet can call triage-chat without signing in, steer triage-assistant, "
        "and have it read linden-patient-records/letters/.",
        [
            (internet, "reach"),
            (function, "reach"),
            (function, "invoke"),
            (agent_id, "steer"),
            (base, "read"),
            (letters, "read"),
        ],
        [step(exposes), step(exposes), step(calls, confidence="likely"), step(retrieves), step(indexes)],
    )

    notebook = estate.asset(
        arn.format("sagemaker", "notebook-instance/sepsis-lab"),
        "Notebook",
        "sepsis-lab",
        account=ACCOUNT,
        region="eu-central-1",
    )
    role = estate.asset(f"arn:aws:iam::{ACCOUNT}:role/ml-notebook", "Role", "ml-notebook", account=ACCOUNT)
    training = estate.asset(
        "arn:aws:s3:::linden-training/sepsis/",
        "Dataset",
        "linden-training/sepsis/",
        account=ACCOUNT,
        data_classes=("health",),
    )
    model = estate.asset(
        arn.format("sagemaker", "model/sepsis-risk-v7"),
        "Model",
        "sepsis-risk-v7",
        account=ACCOUNT,
        region="eu-central-1",
        crown_jewel=True,
        crown_jewel_why="serves the intensive-care wards",
    )
    job = estate.asset(
        arn.format("sagemaker", "training-job/sepsis-2026-11"),
        "TrainingJob",
        "sepsis-2026-11",
        account=ACCOUNT,
        region="eu-central-1",
    )
    endpoint = estate.asset(
        arn.format("sagemaker", "endpoint/sepsis-live"),
        "Endpoint",
        "sepsis-live",
        account=ACCOUNT,
        region="eu-central-1",
    )
    notebook_url = Relation("EXPOSES", internet, notebook, {"auth": "iam"})
    runs = estate.fact("RUNS_AS", notebook, role)
    statement = Evidence(
        "aws:iam:GetAccountAuthorizationDetails",
        authorization,
        "/RoleDetailList/0/RolePolicyList/0/PolicyDocument/Statement/1",
    )
    estate.policies.append(Policy(role, "identity", "train", statement))
    writes = Derived(
        type="CAN_WRITE", source=role, target=training, because=((statement.id,),), evidence=(statement,)
    )
    trained = estate.fact("TRAINED_ON", job, training)
    produced = estate.fact("PRODUCED", job, model)
    estate.fact("SERVES", endpoint, model)
    poisons = Derived(
        type="CAN_POISON",
        source=role,
        target=model,
        evidence=(statement,),
        because=((writes.id, trained.id, produced.id),),
    )
    estate.path(
        "AISPM-PATH-05",
        "A notebook can poison a model that wards rely on",
        "high",
        78.0,
        "Whoever runs code in sepsis-lab can change what sepsis-risk-v7 learns.",
        [
            (internet, "reach"),
            (notebook, "reach"),
            (notebook, "run"),
            (role, "act"),
            (training, "write"),
            (model, "write"),
        ],
        [
            step(notebook_url, confidence="likely"),
            step(notebook_url, confidence="likely"),
            step(runs),
            step(writes),
            step(poisons, effective="next_run"),
        ],
    )
    ci = estate.asset(
        "federated:https://token.ci.example/repo:linden/*",
        "ExternalPrincipal",
        "repo:linden/*",
        native_kind="federated",
        subject_wildcard=True,
    )
    deploy = estate.asset(f"arn:aws:iam::{ACCOUNT}:role/ci-deploy", "Role", "ci-deploy", account=ACCOUNT)
    artefact = estate.asset(
        "arn:aws:s3:::linden-models/sepsis/model.tar.gz",
        "ModelFile",
        "linden-models/sepsis/model.tar.gz",
        account=ACCOUNT,
    )
    assume = Derived(type="CAN_ASSUME", source=ci, target=deploy, because=(("x",),))
    swap = Derived(type="CAN_WRITE", source=deploy, target=artefact, because=(("y",),))
    stored = estate.fact("STORED_IN", model, artefact)
    estate.path(
        "AISPM-PATH-06",
        "A build job can swap the artefact of a live model",
        "high",
        71.0,
        "Any branch of linden/* can replace what sepsis-live loads.",
        [(ci, "act"), (deploy, "act"), (artefact, "write"), (model, "write")],
        [
            step(
                assume, conditional=True, conditions=("StringLike token.ci.example:sub",), confidence="likely"
            ),
            step(swap),
            step(stored, effective="next_deployment"),
        ],
    )
    estate.path(
        "AISPM-PATH-07",
        "A build job can run code inside a live endpoint",
        "high",
        69.0,
        "Any branch of linden/* can run code inside sepsis-live.",
        [(ci, "act"), (deploy, "act"), (artefact, "write"), (model, "write"), (endpoint, "run")],
        [
            step(assume, conditional=True, confidence="likely"),
            step(swap),
            step(stored),
            step(Relation("SERVES", endpoint, model), effective="next_deployment"),
        ],
    )
    denied = estate.answer(
        "aws:s3:GetBucketPolicy",
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Share", "Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "s3:*"},
                {"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"},
            ],
        },
    )
    foreign = estate.asset(
        "arn:aws:iam::999988887777:root", "ExternalPrincipal", "account 999988887777", native_kind="account"
    )
    bucket = estate.asset("arn:aws:s3:::linden-models", "Bucket", "linden-models", account=ACCOUNT)
    guard = Evidence("aws:s3:GetBucketPolicy", denied, "/Statement/1")
    estate.derived.append(
        Derived(
            type="CAN_READ",
            source=foreign,
            target="arn:aws:s3:::linden-patient-records/letters/",
            because=((Evidence("aws:s3:GetBucketPolicy", denied, "/Statement/0").id,),),
            guards=(guard.id,),
            evidence=(guard,),
        )
    )
    reads = Derived(type="CAN_READ", source=foreign, target=bucket, because=(("z",),))
    contains = estate.fact("CONTAINS", bucket, artefact)
    estate.path(
        "AISPM-PATH-09",
        "Another company can take a model's weights",
        "medium",
        55.0,
        "Account 999988887777 can read the artefact of sepsis-risk-v7.",
        [(foreign, "act"), (bucket, "read"), (artefact, "read"), (model, "read")],
        [step(reads), step(contains), step(stored)],
    )


def _google(estate: Estate) -> None:
    project = f"//cloudresourcemanager.googleapis.com/projects/{PROJECT}"
    estate.asset(project, "Account", PROJECT, account=PROJECT)
    anyone = estate.asset("anyone:", "ExternalPrincipal", "anyone", native_kind="anyone")
    binding = estate.answer(
        "gcp:storage:GetIamPolicy",
        {
            "version": 1,
            "etag": "CAE=",
            "bindings": [
                {
                    "role": "roles/storage.objectAdmin",
                    "members": ["serviceAccount:train@linden-imaging.iam.example"],
                },
                {"role": "roles/storage.objectViewer", "members": ["allUsers"]},
            ],
        },
        PROJECT,
        "europe-west3",
    )
    scans = estate.asset(
        "//storage.googleapis.com/projects/_/buckets/linden-ct-scans",
        "Bucket",
        "linden-ct-scans",
        (Evidence("gcp:storage:GetIamPolicy", binding),),
        account=PROJECT,
        region="europe-west3",
        data_classes=("health",),
        crown_jewel=True,
        crown_jewel_why="label data-class=health",
    )
    statement = Evidence("gcp:storage:GetIamPolicy", binding, "/bindings/1")
    estate.policies.append(Policy(scans, "allow", "bucket policy", statement))
    reads = Derived(
        type="CAN_READ", source=anyone, target=scans, because=((statement.id,),), evidence=(statement,)
    )
    estate.path(
        "AISPM-PATH-12",
        "Anyone can read what an imaging model learned from",
        "critical",
        91.0,
        "Anyone can read linden-ct-scans without signing in.",
        [(anyone, "act"), (scans, "read")],
        [step(reads)],
    )
    for index in range(4):
        estate.asset(
            f"//aiplatform.googleapis.com/projects/{PROJECT}/locations/europe-west3/models/{index}",
            "Model",
            f"ct-segmenter-{index}",
            account=PROJECT,
            region="europe-west3",
        )
    estate.failed(
        "gcp:aiplatform:ListEndpoints",
        PROJECT,
        "europe-west3",
        "denied",
        "Permission aiplatform.endpoints.list is denied. Grant roles/aiplatform.viewer.",
    )
    estate.failed(
        "gcp:aiplatform:ListCustomJobs",
        PROJECT,
        "europe-west3",
        "throttled",
        "The quota of 60 requests a minute was used up after 5 tries.",
    )


def _azure(estate: Estate) -> None:
    group = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/ward"
    root = f"{group}/providers/microsoft.cognitiveservices/accounts/linden-gpt"
    account = estate.answer(
        "azure:cognitiveservices:Accounts_Get",
        {
            "name": "linden-gpt",
            "kind": "OpenAI",
            "properties": {
                "publicNetworkAccess": "Enabled",
                "disableLocalAuth": False,
                "networkAcls": {"defaultAction": "Allow"},
            },
        },
        SUBSCRIPTION,
        "westeurope",
    )
    internet = estate.asset("internet:", "Internet", "Internet")
    service = estate.asset(
        root,
        "AIService",
        "linden-gpt",
        (Evidence("azure:cognitiveservices:Accounts_Get", account),),
        account=SUBSCRIPTION,
        region="westeurope",
        public_network_access=True,
        local_auth=True,
    )
    deployment = estate.asset(
        root + "/deployments/discharge-notes",
        "Endpoint",
        "discharge-notes",
        account=SUBSCRIPTION,
        region="westeurope",
        crown_jewel=True,
        crown_jewel_why="declared in estate.yaml",
    )
    open_door = Relation(
        "EXPOSES",
        internet,
        service,
        {"auth": "key"},
        (Evidence("azure:cognitiveservices:Accounts_Get", account, "/properties/publicNetworkAccess"),),
    )
    estate.policies.append(Policy(service, "resource", "network", open_door.evidence[0]))
    contains = estate.fact("CONTAINS", service, deployment)
    estate.path(
        "AISPM-PATH-14",
        "A model service is open to the internet with a key only",
        "medium",
        48.0,
        "discharge-notes answers on the public internet to whoever has a key.",
        [(internet, "reach"), (service, "reach"), (deployment, "reach")],
        [step(open_door), step(contains)],
    )
    estate.failed(
        "azure:authorization:RoleAssignments_ListForScope",
        SUBSCRIPTION,
        "",
        "expired",
        "The token of the subscription expired. Run `az login` and scan again.",
    )


def _rest(estate: Estate) -> None:
    for index in range(6):
        estate.asset(
            f"arn:aws:sagemaker:eu-central-1:{DEV}:endpoint/dev-{index}",
            "Endpoint",
            f"dev-{index}",
            account=DEV,
            region="eu-central-1",
        )
    for index in range(11):
        estate.asset(f"arn:aws:s3:::linden-scratch-{index}", "Bucket", f"linden-scratch-{index}", account=DEV)
    estate.failed(
        "aws:sagemaker:ListEndpoints",
        DEV,
        "us-east-1",
        "denied",
        "sagemaker:ListEndpoints is denied for role/reader. Add it to the reader role.",
    )
    common = {"title": "A model endpoint has no rate limit", "rule": "AISPM-EXP-03", "severity": "medium"}
    for state, scope, needs in (
        ("PASS", f"aws://{ACCOUNT}", []),
        (
            "UNKNOWN",
            f"aws://{DEV}",
            [Need("aws:sagemaker:ListEndpoints", DEV, "us-east-1", "", "denied", "denied")],
        ),
        ("NOT_APPLICABLE", f"//cloudresourcemanager.googleapis.com/projects/{PROJECT}", []),
    ):
        estate.results.append(
            msgspec.convert(
                {
                    **common,
                    "state": state,
                    "scope": scope,
                    "population": 6,
                    "id": scope_fingerprint("AISPM-EXP-03", scope),
                    "needs": msgspec.to_builtins(needs),
                },
                Result,
            )
        )
    for index in range(3):
        subject = f"arn:aws:sagemaker:eu-central-1:{DEV}:endpoint/dev-{index}"
        estate.results.append(
            Result(
                id=fingerprint("AISPM-DATA-02", subject),
                rule="AISPM-DATA-02",
                title="An endpoint keeps what it is asked, unencrypted",
                state="FAIL",
                severity="high",
                score=60.0,
                subject=subject,
                subject_kind="Endpoint",
                subject_name=f"dev-{index}",
                scope=f"aws://{DEV}",
            )
        )


def _rename(estate: Estate, names: Mapping[str, str]) -> None:
    for identifier, asset in estate.assets.items():
        estate.assets[identifier] = msgspec.structs.replace(asset, name=names.get(asset.name, asset.name))
    estate.results = [
        msgspec.structs.replace(
            result,
            subject_name=names.get(result.subject_name, result.subject_name),
            nodes=tuple(msgspec.structs.replace(n, name=names.get(n.name, n.name)) for n in result.nodes),
        )
        for result in estate.results
    ]
