"""The collectors on the practice estate, through real boto3: sets compared with sets."""

import json
from importlib.resources import files

import msgspec
import pytest
import yaml

from collectors.practice.aws import AwsServer
from collectors.practice.estate.aws import SMALL_PAGES
from tests.collectors.aws.scanning import Seen

PROD, DEV = "111122223333", "444455556666"
IAM, SAGEMAKER = f"arn:aws:iam::{PROD}", f"arn:aws:sagemaker:eu-central-1:{PROD}"
BEDROCK, LAMBDA = f"arn:aws:bedrock:eu-central-1:{PROD}", f"arn:aws:lambda:eu-central-1:{PROD}:function"
IMAGES = "arn:aws:s3:::linden-imaging-training/chest-xray"
WEIGHTS = "arn:aws:s3:::linden-model-artifacts/chest-xray-triage"
XRAY = "linden-health-radiology-chest-xray-triage-canary-eu-central-1-a"


class Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One planted path or near miss."""

    id: str
    cloud: str
    planted: bool
    story: str
    entry: str
    subject: str
    must_pass: tuple[str, ...] = ()
    rule: str | None = None
    differs_by: str | None = None
    twin: str | None = None


def truth() -> list[Truth]:
    text = (files("collectors.practice") / "truth" / "aws.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), list[Truth])


def test_everything_answers(linden: Seen) -> None:
    assert {(record.call, record.outcome) for record in linden.coverage if record.outcome != "ok"} == set()


def test_both_accounts_are_seen(linden: Seen) -> None:
    assert linden.ids("Account") == {f"aws://{PROD}", f"aws://{DEV}"}


@pytest.mark.parametrize(("service", "operation"), sorted(SMALL_PAGES))
def test_a_listing_has_several_pages(linden: Seen, service: str, operation: str) -> None:
    pages = [record.pages for record in linden.coverage if record.call == f"aws:{service}:{operation}"]
    assert max(pages) > 1


def test_functions_with_their_front_doors(linden: Seen) -> None:
    doors = {(each.source, each.properties["auth"]) for each in linden.relations if each.type == "ROUTES_TO"}
    apis = "arn:aws:apigateway:eu-central-1::/restapis"
    assert doors == {
        *((f"{apis}/l1nd3n000{n}/stages/prod", "none") for n in (1, 4, 5, 6)),
        (f"{apis}/l1nd3n0002/stages/prod", "key"),
        (f"{apis}/l1nd3n0003/stages/prod", "iam"),
        (f"{LAMBDA}:patient-portal-chat:url", "none"),
        (f"{LAMBDA}:triage-intake-chat:url", "none"),
        (f"{LAMBDA}:clinician-chat:url", "iam"),
        (f"arn:aws:lambda:eu-central-1:{DEV}:function:label-studio-sync:url", "iam"),
    }


def test_a_door_says_where_it_is_open(linden: Seen) -> None:
    (door,) = [
        each
        for each in linden.relations
        if each.type == "ROUTES_TO" and each.source == f"{LAMBDA}:patient-portal-chat:url"
    ]
    (evidence,) = [each for each in door.evidence if "auth" in each.supports]
    assert evidence.call == "aws:lambda:ListFunctionUrlConfigs"
    assert evidence.pointer == "/FunctionUrlConfigs/0/AuthType"


def test_functions_and_agents_with_the_models_they_call(linden: Seen) -> None:
    claude = "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"
    agents = {
        f"{BEDROCK}:agent/{name}"
        for name in ("CARENAVIG1", "CLINASSIS1", "TRIAGEINT1", "MEDHELPER1", "FRONTDESK1")
    }
    assert linden.ids("Agent") == agents
    assert linden.pairs("CALLS_MODEL") == {
        (f"{LAMBDA}:patient-portal-chat", f"{BEDROCK}:agent/CARENAVIG1"),
        (f"{LAMBDA}:clinician-chat", f"{BEDROCK}:agent/CLINASSIS1"),
        (f"{LAMBDA}:triage-intake-chat", f"{BEDROCK}:agent/TRIAGEINT1"),
        *((agent, claude) for agent in agents),
    }


def test_what_agents_know_use_and_delegate_to(linden: Seen) -> None:
    tool = f"{BEDROCK}:agent/CARENAVIG1/action-group/CARENAVT01"
    assert linden.pairs("RETRIEVES_FROM") == {
        (f"{BEDROCK}:agent/CARENAVIG1", f"{BEDROCK}:knowledge-base/KBDISCHRG1"),
        (f"{BEDROCK}:agent/CARENAVIG1", f"{BEDROCK}:knowledge-base/KBGUIDELN1"),
        (f"{BEDROCK}:agent/CLINASSIS1", f"{BEDROCK}:knowledge-base/KBLABRSLT1"),
        (f"{BEDROCK}:agent/TRIAGEINT1", f"{BEDROCK}:knowledge-base/KBTRIAGEN1"),
        (f"{BEDROCK}:agent/MEDHELPER1", f"{BEDROCK}:knowledge-base/KBMEDICAT1"),
    }
    assert linden.pairs("USES_TOOL") == {(f"{BEDROCK}:agent/CARENAVIG1", tool)}
    assert linden.pairs("IMPLEMENTED_BY") == {(tool, f"{LAMBDA}:appointment-booking")}
    assert linden.pairs("DELEGATES_TO") == {(f"{BEDROCK}:agent/FRONTDESK1", f"{BEDROCK}:agent/MEDHELPER1")}


def test_what_knowledge_bases_were_built_from(linden: Seen) -> None:
    assert linden.pairs("INDEXES") == {
        (f"{BEDROCK}:knowledge-base/KBDISCHRG1", "arn:aws:s3:::linden-patient-records/discharge-summaries/"),
        (f"{BEDROCK}:knowledge-base/KBLABRSLT1", "arn:aws:s3:::linden-lab-results/reports/"),
        (f"{BEDROCK}:knowledge-base/KBTRIAGEN1", "arn:aws:s3:::linden-triage-notes/notes/"),
        (f"{BEDROCK}:knowledge-base/KBGUIDELN1", "arn:aws:s3:::linden-care-content/guidelines/"),
        (f"{BEDROCK}:knowledge-base/KBMEDICAT1", "arn:aws:s3:::linden-care-content/leaflets/"),
    }


def test_every_channel_of_a_training_job(linden: Seen) -> None:
    job = f"{SAGEMAKER}:training-job/chest-xray-triage-2026-10"
    assert {target for trained, target in linden.pairs("TRAINED_ON") if trained == job} == {
        f"{IMAGES}/train/",
        f"{IMAGES}/validation/",
        f"{IMAGES}/labels.csv",
    }


def test_a_failed_job_is_listed_and_trained_nothing(linden: Seen) -> None:
    job = f"{SAGEMAKER}:training-job/chest-xray-triage-2026-07"
    assert linden.assets[job].properties["status"] == "failed"
    assert job not in {trained for trained, _ in linden.pairs("TRAINED_ON")}


def test_models_come_from_the_jobs_whose_artefact_they_load(linden: Seen) -> None:
    assert linden.pairs("PRODUCED") == {
        (f"{SAGEMAKER}:training-job/{job}", f"{SAGEMAKER}:model/{model}")
        for job, model in (
            ("chest-xray-triage-2026-09", "chest-xray-triage-v6"),
            ("chest-xray-triage-2026-10", "chest-xray-triage-v7"),
            ("genomic-risk-2026-10", "genomic-risk-v3"),
            ("mammography-screening-2026-10", "mammography-screening-v2"),
            ("sepsis-early-warning-2026-10", "sepsis-early-warning-v4"),
            ("drug-interaction-2026-10", "drug-interaction-v2"),
            *(
                (f"symptom-{name}-2026-10", f"symptom-{name}-v1")
                for name in ("check", "limited", "signed", "denied", "unable", "private")
            ),
        )
    }


def test_every_container_of_a_model(linden: Seen) -> None:
    model = f"{SAGEMAKER}:model/sepsis-early-warning-v4"
    archive = "sepsis-early-warning/sepsis-early-warning-2026-10/output/model.tar.gz"
    assert {place for stored, place in linden.pairs("STORED_IN") if stored == model} == {
        f"arn:aws:s3:::linden-vendor-exchange/{archive}",
        "arn:aws:s3:::linden-model-artifacts/sepsis-tokenizer/",
    }
    assert linden.assets[f"arn:aws:s3:::linden-vendor-exchange/{archive}"].properties["unsafe_format"] is True


def test_safe_weights_are_known_to_be_safe(linden: Seen) -> None:
    weights = linden.assets["arn:aws:s3:::linden-model-artifacts/report-summariser/model.safetensors"]
    assert (weights.kind, weights.properties["unsafe_format"]) == ("ModelFile", False)


def test_every_variant_of_an_endpoint(linden: Seen) -> None:
    endpoint = f"{SAGEMAKER}:endpoint/{XRAY}"
    assert {model for served, model in linden.pairs("SERVES") if served == endpoint} == {
        f"{SAGEMAKER}:model/chest-xray-triage-v6",
        f"{SAGEMAKER}:model/chest-xray-triage-v7",
    }
    assert (endpoint, f"{IAM}:role/ChestXraySageMakerServing") in linden.pairs("RUNS_AS")
    assert (endpoint, "arn:aws:s3:::linden-imaging-archive/captured-requests/") in linden.pairs("LOGS_TO")
    assert linden.assets[endpoint].properties["instances"] == 2


def test_notebooks_and_their_roles(linden: Seen) -> None:
    roles = {(n, role) for n, role in linden.pairs("RUNS_AS") if n in linden.ids("Notebook")}
    assert roles == {
        (f"{SAGEMAKER}:notebook-instance/chest-xray-lab", f"{IAM}:role/ChestXrayNotebook"),
        (f"{SAGEMAKER}:notebook-instance/genome-lab", f"{IAM}:role/GenomeNotebook"),
        (f"{SAGEMAKER}:notebook-instance/mammography-lab", f"{IAM}:role/MammographyNotebook"),
        (f"{SAGEMAKER}:notebook-instance/sepsis-lab", f"{IAM}:role/SepsisNotebook"),
        (
            f"arn:aws:sagemaker:eu-central-1:{DEV}:notebook-instance/feature-sandbox",
            f"arn:aws:iam::{DEV}:role/SandboxNotebook",
        ),
    }


def test_members_and_whom_roles_trust(linden: Seen) -> None:
    github = "federated:token.actions.githubusercontent.com/repo:linden-health"
    assert (f"{IAM}:user/emergency.access", f"{IAM}:group/break-glass") in linden.pairs("MEMBER_OF")
    trusts = linden.pairs("TRUSTS")
    assert (f"{IAM}:role/GitHubChestXrayDeploy", f"{github}/chest-xray-triage:*") in trusts
    assert (f"{IAM}:role/PartnerGuidelineSync", "arn:aws:iam::888877776666:root") in trusts
    assert (f"{IAM}:role/TrainingDataCurator", f"arn:aws:iam::{DEV}:root") in trusts
    assert (f"{IAM}:role/SageMakerTraining", "service:aws:sagemaker.amazonaws.com") in trusts
    assert linden.assets[f"{github}/chest-xray-triage:*"].properties["subject_wildcard"] is True
    named = linden.assets[f"{github}/drug-interaction:ref:refs/heads/main"]
    assert named.properties["subject_wildcard"] is False


def test_policies_are_kept_as_documents_of_their_own(linden: Seen) -> None:
    documents = {digest: data for shard in linden.shards for digest, data in shard.documents.items()}
    layers = {(each.on, each.layer, each.name): each.evidence for each in linden.policies}
    deny = layers[f"{LAMBDA}:triage-intake-chat", "resource", "function policy"]
    assert json.loads(documents[deny.document])["Statement"][1]["Effect"] == "Deny"
    administrator = layers[
        f"{IAM}:group/break-glass", "identity", "arn:aws:iam::aws:policy/AdministratorAccess"
    ]
    assert json.loads(documents[administrator.document])["Statement"][0]["Action"] == ["*"]  # not version v1
    assert (f"{IAM}:user/ward-tablet-3b", "boundary", f"{IAM}:policy/TabletCeiling") in layers
    block = layers["arn:aws:s3:::linden-research-models", "public_access_block", "public access block"]
    assert json.loads(documents[block.document])["RestrictPublicBuckets"] is True
    assert (
        "arn:aws:s3:::linden-benchmark-models",
        "public_access_block",
        "public access block",
    ) not in layers


def test_buckets_with_their_settings(linden: Seen) -> None:
    records = linden.assets["arn:aws:s3:::linden-patient-records"].properties
    assert records["versioning"] is True
    assert records["region"] == "eu-central-1"
    assert records["tags"] == ("data-class=phi", "env=prod", "owner=clinical-data@linden.example")
    assert linden.assets["arn:aws:s3:::linden-benchmark-models"].properties["region"] == "us-east-1"
    assert {bucket for bucket, _ in linden.pairs("ENCRYPTED_WITH")} == {
        f"arn:aws:s3:::linden-{name}" for name in ("patient-records", "ward-notes", "psychiatry-notes")
    }


def test_hostile_names_survive_as_they_are(linden: Seen) -> None:
    hostile = "=1+1 <img src=x onerror=alert(1)> `id`"
    assert linden.assets[f"arn:aws:s3:::linden-mammography/{hostile}/"].name == f"{hostile}/"
    assert "owner==1+1" in linden.assets["arn:aws:s3:::linden-triage-notes"].properties["tags"]  # type: ignore[operator]  # a tuple of strings


def test_secrets_in_variables_are_not_kept(linden: Seen) -> None:
    kept = b"".join(data for shard in linden.shards for data in shard.documents.values())
    assert b"not-a-real-one" not in kept
    assert b'"AGENT_ID":"CARENAVIG1"' in kept


def test_the_truth_speaks_of_what_was_collected(linden: Seen) -> None:
    everyone = {"internet:", "anyone:"} | set(linden.assets)
    for each in truth():
        named = {each.entry, each.subject, *each.must_pass}
        of_code = ("git:", "https://github.com/")
        assert {one for one in named if not one.startswith(of_code)} <= everyone, each.id


def test_each_near_miss_differs_from_a_planted_path() -> None:
    planted = {each.id for each in truth() if each.planted}
    missed = [each for each in truth() if not each.planted]
    assert len(planted) >= 5
    assert len(missed) >= 6
    assert all(each.twin in planted and each.differs_by for each in missed)


def test_a_bad_day_is_survived(linden: Seen, bad_day: Seen) -> None:
    assert bad_day.outcomes("aws:sagemaker:ListTrainingJobs") == {"ok"}  # throttled at first
    assert bad_day.ids("TrainingJob") == linden.ids("TrainingJob")
    assert bad_day.outcomes("aws:lambda:GetPolicy") == {"denied"}
    assert "allow lambda:GetPolicy" in bad_day.sentence("aws:lambda:GetPolicy")
    assert bad_day.outcomes("aws:bedrock-agent:ListAgents") == {"ok", "failed"}
    assert bad_day.ids("Function") == linden.ids("Function")


def test_the_same_estate_gives_the_same_facts(linden_server: AwsServer, linden: Seen) -> None:
    from tests.collectors.aws.scanning import scan

    again = scan(linden_server)
    assert again.assets == linden.assets
    assert {each.id for each in again.relations} == {each.id for each in linden.relations}
