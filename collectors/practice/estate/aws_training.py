"""Linden Health's models in AWS: who may change what they learn from, swap their weights, or take these."""

from collectors.practice.estate import aws_guarded
from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_parts import (
    DEV,
    RECORDS_KEY,
    Account,
    Statement,
    allow,
    deny,
    github,
    policy,
    principal,
    service,
    trust,
)
from graph.model import Json

PHI = {"data-class": "phi", "env": "prod", "owner": "imaging-ai@linden.example"}
INTERNAL = {"data-class": "internal", "env": "prod"}

ARTEFACTS = "linden-model-artifacts"
VENDOR = "999988887777"  # evaluates the sepsis model
HOSTILE = "=1+1 <img src=x onerror=alert(1)> `id`"
"""A prefix that S3 really allows, and that a screen or a spreadsheet must survive."""


def plant(prod: Account, area: Area) -> str:
    """The models in the main region; gives the role that trains."""
    prod.bucket(ARTEFACTS, tags=INTERNAL, versioned=True)
    training = _training_role(prod)
    _chest_xray(prod, area, training)
    _genomics(prod, area, training)
    _mammography(prod, area, training)
    _sepsis(prod, area, training)
    _pharmacy(prod, area, training)
    _report_summariser(prod, area)
    _wounds(prod, area)
    _bed_occupancy(area, training)
    aws_guarded.plant(prod, area, training)
    return training


def plant_abroad(prod: Account, area: Area) -> None:
    """Models whose weights anyone may download, and others where a block of public access stops it."""
    role = _serving_role(prod, "PublicBenchmarkServing", "benchmarks")
    for bucket, name, blocked in (
        ("linden-benchmark-models", "appointment-no-show-v1", False),
        ("linden-research-models", "readmission-risk-v1", True),
    ):
        anyone = allow(["s3:GetObject"], [f"arn:aws:s3:::{bucket}/*"], Principal="*")
        prod.bucket(bucket, area.region, statements=[anyone], blocked=blocked)
        area.model(name, role, f"s3://{bucket}/{name}/model.tar.gz", tags=INTERNAL)


def _training_role(prod: Account) -> str:
    read = allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::linden-*"])
    write = allow(["s3:PutObject"], [f"arn:aws:s3:::{ARTEFACTS}/*"])
    return prod.role(
        "SageMakerTraining", trust(service("sagemaker", prod.number)), {"training": policy(read, write)}
    )


def _serving_role(prod: Account, name: str, weights: str, *more: str) -> str:
    """A role for an endpoint: its own weights (a prefix of the artefacts), and what `more` says."""
    read = allow(["s3:GetObject"], [f"arn:aws:s3:::{ARTEFACTS}/{weights}/*", *more])
    trusts = trust(service("sagemaker", prod.number))
    return prod.role(name, trusts, {"serving": policy(read)}, tags=INTERNAL)


def _notebook(prod: Account, area: Area, name: str, role: str, *statements: Statement) -> None:
    """A notebook, its role, and a person who may open it and nothing else."""
    arn = prod.role(role, trust(service("sagemaker")), {"notebook": policy(*statements)})
    notebook = area.notebook(name, arn)
    console = allow(["sagemaker:CreatePresignedNotebookInstanceUrl"], [notebook])
    person = {"chest-xray-lab": "mara.vogel", "genome-lab": "jonas.weber"}.get(name)
    if person:
        prod.user(person, {"open-notebook": policy(console)}, path="/contractors/")


def _chest_xray(prod: Account, area: Area, training: str) -> None:
    """Trained every month and live: a contractor's notebook can write the images, a workflow the weights."""
    images = prod.bucket("linden-imaging-training", tags=PHI)
    output = f"s3://{ARTEFACTS}/chest-xray-triage"
    channels = {
        "train": "s3://linden-imaging-training/chest-xray/train/",
        "validation": "s3://linden-imaging-training/chest-xray/validation",
        "labels": "s3://linden-imaging-training/chest-xray/labels.csv",
    }
    for month in ("2026-08", "2026-09", "2026-10"):
        area.job(f"chest-xray-triage-{month}", training, channels, output=output)
    area.job("chest-xray-triage-2026-11", training, channels, output=output, status="InProgress")
    area.job("chest-xray-triage-2026-07", training, channels, output=output, status="Failed")
    archive = "arn:aws:s3:::linden-imaging-archive/*"
    role = _serving_role(prod, "ChestXraySageMakerServing", "chest-xray-triage", archive)
    prod.bucket("linden-imaging-archive", tags=PHI)
    area.model("chest-xray-triage-v6", role, area.artefact(output, "chest-xray-triage-2026-09"))
    area.model("chest-xray-triage-v7", role, area.artefact(output, "chest-xray-triage-2026-10"), tags=PHI)
    area.endpoint(
        "linden-health-radiology-chest-xray-triage-canary-eu-central-1-a",
        "chest-xray-triage-v7",
        shadow="chest-xray-triage-v6",
        capture="s3://linden-imaging-archive/captured-requests",
        tags=PHI,
    )
    write = allow(["s3:GetObject", "s3:PutObject"], [f"{images}/chest-xray/*"])
    _notebook(prod, area, "chest-xray-lab", "ChestXrayNotebook", write)
    deploy = allow(["s3:PutObject"], [f"arn:aws:s3:::{ARTEFACTS}/chest-xray-triage/*"])
    trusts = trust(github(prod.number, "repo:linden-health/chest-xray-triage:*"))
    prod.role("GitHubChestXrayDeploy", trusts, {"deploy": policy(deploy)})
    curate = allow(["s3:PutObject"], [f"{images}/chest-xray/*"])
    trusts = trust(principal(f"arn:aws:iam::{DEV}:root"))
    prod.role("TrainingDataCurator", trusts, {"curate": policy(curate)})


def _genomics(prod: Account, area: Area, training: str) -> None:
    """The notebook once more, with a Deny on what the model is trained on."""
    output = f"s3://{ARTEFACTS}/genomic-risk"
    cohort = {"train": "s3://linden-genomics/cohort-2025/"}
    area.job("genomic-risk-2026-10", training, cohort, output=output, isolated=True)
    role = _serving_role(prod, "GenomicRiskServing", "genomic-risk")
    area.model(
        "genomic-risk-v3", role, area.artefact(output, "genomic-risk-2026-10"), isolated=True, tags=PHI
    )
    area.endpoint("genomic-risk", "genomic-risk-v3")
    cohorts = "arn:aws:s3:::linden-genomics/cohort-*"
    write = allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::linden-genomics/*"])
    frozen = deny([cohorts], Sid="CohortsAreFrozen", Action=["s3:PutObject", "s3:DeleteObject"])
    _notebook(prod, area, "genome-lab", "GenomeNotebook", write, frozen)


def _mammography(prod: Account, area: Area, training: str) -> None:
    """A role that may do everything to the images, but for a Deny of all that is not reading (NotAction)."""
    output = f"s3://{ARTEFACTS}/mammography-screening"
    images = prod.bucket("linden-mammography", tags=PHI)
    data = {"train": "s3://linden-mammography/screening/", "extra": f"s3://linden-mammography/{HOSTILE}/"}
    area.job("mammography-screening-2026-10", training, data, output=output)
    role = _serving_role(prod, "MammographyServing", "mammography-screening")
    area.model("mammography-screening-v2", role, area.artefact(output, "mammography-screening-2026-10"))
    area.endpoint("mammography-screening", "mammography-screening-v2")
    every = allow(["s3:*"], [f"{images}/*"])
    reading = deny([f"{images}/*"], NotAction=["s3:GetObject", "s3:GetObjectVersion"])
    _notebook(prod, area, "mammography-lab", "MammographyNotebook", every, reading)


def _sepsis(prod: Account, area: Area, training: str) -> None:
    """The weights lie where a vendor's account may read them.

    The notebook may write its scratch only: a Deny on everything else (NotResource).
    """
    vitals = prod.bucket("linden-icu-telemetry", tags=PHI)
    area.job(
        "sepsis-early-warning-2026-10",
        training,
        {"train": "s3://linden-icu-telemetry/vitals/"},
        output="s3://linden-vendor-exchange/sepsis-early-warning",
    )
    vendor: dict[str, Json] = {"AWS": f"arn:aws:iam::{VENDOR}:root"}
    exchange = "arn:aws:s3:::linden-vendor-exchange"
    read = allow(["s3:GetObject"], [f"{exchange}/sepsis-early-warning/*"], Principal=vendor)
    prod.bucket("linden-vendor-exchange", statements=[read], tags=INTERNAL)
    role = _serving_role(prod, "SepsisServing", "sepsis-tokenizer", f"{exchange}/*")
    weights = area.artefact(
        "s3://linden-vendor-exchange/sepsis-early-warning", "sepsis-early-warning-2026-10"
    )
    area.model(
        "sepsis-early-warning-v4", role, weights, "s3://linden-model-artifacts/sepsis-tokenizer/", tags=PHI
    )
    area.endpoint("sepsis-early-warning", "sepsis-early-warning-v4")
    write = allow(["s3:PutObject", "s3:GetObject"], [f"{vitals}/*"])
    scratch = {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": f"{vitals}/scratch/*"}
    _notebook(prod, area, "sepsis-lab", "SepsisNotebook", write, scratch)


def _pharmacy(prod: Account, area: Area, training: str) -> None:
    """Deployed by a workflow as well, but of another repository."""
    output = f"s3://{ARTEFACTS}/drug-interaction"
    prod.bucket("linden-pharmacy", tags=PHI)
    area.job("drug-interaction-2026-10", training, {"train": "s3://linden-pharmacy/orders/"}, output=output)
    role = _serving_role(prod, "DrugInteractionServing", "drug-interaction")
    area.model("drug-interaction-v2", role, area.artefact(output, "drug-interaction-2026-10"))
    area.endpoint("drug-interaction", "drug-interaction-v2")
    deploy = allow(["s3:PutObject"], [f"arn:aws:s3:::{ARTEFACTS}/drug-interaction/*"])
    trusts = trust(github(prod.number, "repo:linden-health/drug-interaction:ref:refs/heads/main"))
    prod.role("GitHubDrugInteractionDeploy", trusts, {"deploy": policy(deploy)})


def _report_summariser(prod: Account, area: Area) -> None:
    """An endpoint with a strong role that many may call; nobody but the pipeline can run code in it."""
    records = "arn:aws:s3:::linden-patient-records/*"
    role = _serving_role(prod, "ReportSummariserServing", "report-summariser", records)
    area.model("report-summariser-v1", role, f"s3://{ARTEFACTS}/report-summariser/model.safetensors")
    endpoint = area.endpoint("report-summariser", "report-summariser-v1")
    call = allow(["sagemaker:InvokeEndpoint"], [endpoint])
    prod.group("ward-tablets", {"summaries": policy(call)})
    ceiling = prod.managed("TabletCeiling", policy(allow(["sagemaker:InvokeEndpoint"], ["*"])))
    prod.user("ward-tablet-3b", groups=["ward-tablets"], boundary=ceiling)


def _wounds(prod: Account, area: Area) -> None:
    """Models from a public hub, one of them with a program inside; see `content` for what lies in the files.

    The role behind it may read the summaries. The same file serves again where the role may read nothing
    but weights, and a file that only holds numbers serves beside it with the strong role.
    """
    summaries = "arn:aws:s3:::linden-patient-records/discharge-summaries/*"
    decrypt = policy(allow(["kms:Decrypt"], [RECORDS_KEY]))
    for name, strong in (("wound-care", True), ("wound-healing", True), ("wound-archive", False)):
        read = allow(
            ["s3:GetObject"], [f"arn:aws:s3:::{ARTEFACTS}/{name}/*", *([summaries] if strong else [])]
        )
        rights = {"serving": policy(read), **({"decrypt": decrypt} if strong else {})}
        title = "".join(word.capitalize() for word in name.split("-"))
        role = prod.role(f"{title}Serving", trust(service("sagemaker", prod.number)), rights, tags=INTERNAL)
        area.model(f"{name}-v1", role, f"s3://{ARTEFACTS}/{name}/model.tar.gz")
        area.endpoint(name, f"{name}-v1", tags=INTERNAL)


def _bed_occupancy(area: Area, training: str) -> None:
    """A job that nothing was made of."""
    area.job(
        "bed-occupancy-2026-06",
        training,
        {"train": "s3://linden-pharmacy/beds/"},
        output=f"s3://{ARTEFACTS}/bed-occupancy",
        status="Stopped",
    )
