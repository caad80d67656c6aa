"""Linden Health in AWS: production machine learning in one account, data science in another.

Names, ids and people are invented. Each function below plants one story and what nearly is one;
`collectors/practice/truth/aws.yaml` says which is which.
"""

from collections.abc import Mapping

import msgspec

from collectors.practice.aws import Estate, Fault
from collectors.practice.estate import aws_dev, aws_doors, aws_organization, aws_training
from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_bedrock import Bedrock
from collectors.practice.estate.aws_parts import (
    AT,
    DEV,
    PROD,
    RECORDS_KEY,
    Account,
    allow,
    policy,
    principal,
    service,
    trust,
)
from graph.model import Json

REGION = "eu-central-1"
OTHER_REGION = "us-east-1"
REGIONS = (REGION, OTHER_REGION)

PARTNER = "888877776666"  # writes the care guidelines
FORMER_PARTNER = "777766665555"  # did so, years ago

CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1:0"
SMALL_PAGES: Mapping[tuple[str, str], int] = {
    ("iam", "GetAccountAuthorizationDetails"): 9,
    ("iam", "ListServiceSpecificCredentials"): 1,
    ("iam", "ListUsers"): 5,
    ("s3", "ListBuckets"): 5,
    ("lambda", "ListFunctions"): 2,
    ("sagemaker", "ListNotebookInstances"): 2,
    ("sagemaker", "ListTrainingJobs"): 4,
    ("sagemaker", "ListModels"): 3,
    ("sagemaker", "ListEndpoints"): 2,
    ("sagemaker", "ListTags"): 1,
    ("bedrock", "ListGuardrails"): 1,
    ("bedrock-agent", "ListAgents"): 2,
    ("bedrock-agent", "ListKnowledgeBases"): 2,
    ("apigateway", "GetRestApis"): 4,
    ("apigateway", "GetResources"): 1,
    ("organizations", "ListPolicies"): 1,
    ("organizations", "ListAccountsForParent"): 1,
}

PHI = {"data-class": "phi", "env": "prod", "owner": "clinical-data@linden.example"}


def estate() -> Estate:
    """Everything Linden Health has in AWS."""
    prod, area = Account(PROD), Area(PROD, REGION)
    bedrock = Bedrock(area)
    _common(prod, bedrock)
    records = _patient_portal(prod, area, bedrock)
    _radiology_builds(prod, records)
    _intake(prod)
    _clinician_chat(prod, area, bedrock)
    _triage_intake(prod, area, bedrock)
    _care_guidelines(prod, bedrock)
    aws_doors.plant(prod, area, aws_training.plant(prod, area))
    other = Area(PROD, OTHER_REGION)
    aws_training.plant_abroad(prod, other)
    dev, dev_areas = aws_dev.account(REGIONS)
    accounts = (*prod.answers(REGIONS), *dev.answers(REGIONS))
    areas = (*area.answers(), *other.answers(), *(a for each in dev_areas for a in each.answers()))
    organisation = aws_organization.answers((PROD, DEV))
    return Estate(PROD, REGIONS, (PROD, DEV), (*accounts, *areas, *organisation), pages=SMALL_PAGES)


def troubled() -> Estate:
    """The same estate on a bad day: throttling that passes, a denied call, a region that does not answer."""
    denied = Fault(
        "lambda", "GetPolicy", "AccessDeniedException", 403, -1, message="not authorized: lambda:GetPolicy"
    )
    busy = Fault("sagemaker", "ListTrainingJobs", "ThrottlingException", times=2, region=REGION)
    broken = Fault(
        "bedrock-agent", "ListAgents", "InternalServerException", 500, -1, account=PROD, region=OTHER_REGION
    )
    return msgspec.structs.replace(estate(), faults=(denied, busy, broken))


def _common(prod: Account, bedrock: Bedrock) -> None:
    """What every account has: models on offer, an audit role, an administrator for emergencies."""
    bedrock.foundation_model(CLAUDE, "Anthropic")
    bedrock.foundation_model("amazon.titan-embed-text-v2:0", "Amazon")
    bedrock.foundation_model("amazon.titan-text-lite-v1", "Amazon", "LEGACY")
    bedrock.guardrail("patient-facing", "lindenpatient", prompt_attack="HIGH", personal_data=True)
    bedrock.guardrail("staff-facing", "lindenstaff01", prompt_attack="LOW", personal_data=False)
    audit = prod.managed("CrownpathAuditRead", policy(allow(["iam:Get*", "iam:List*"], ["*"])))
    prod.role("CrownpathAudit", trust(principal(f"arn:aws:iam::{PROD}:root")), attached=[audit])
    everything = policy(allow(["*"], ["*"]))
    administrator = prod.managed(
        "AdministratorAccess", everything, arn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    prod.group("break-glass", attached=[administrator])
    prod.user("emergency.access", groups=["break-glass"], tags={"owner": "security@linden.example"})


def _agent_role(prod: Account, name: str, *read: str) -> str:
    """A role for an agent: its model, its knowledge bases, and what else `read` says."""
    use = allow(["bedrock:InvokeModel", "bedrock:Retrieve"], ["*"])
    data = [allow(["s3:GetObject"], list(read))] if read else []
    return prod.role(name, trust(service("bedrock", PROD)), {"agent": policy(use, *data)})


def _knowledge_role(prod: Account, name: str, bucket: str, prefix: str, key: str = "") -> str:
    read = allow(["s3:GetObject", "s3:ListBucket"], [bucket, f"{bucket}/{prefix}*"])
    decrypt = [allow(["kms:Decrypt"], [key])] if key else []
    return prod.role(name, trust(service("bedrock", PROD)), {"sources": policy(read, *decrypt)})


def _caller_role(prod: Account, name: str, agent: str) -> str:
    """A role for a function that hands its caller's words to an agent."""
    invoke = allow(["bedrock:InvokeAgent"], [f"arn:aws:bedrock:{REGION}:{PROD}:agent-alias/{agent}/*"])
    return prod.role(name, trust(service("lambda")), {"invoke-agent": policy(invoke)})


def _anyone_may_use_its_address(function: str) -> dict[str, Json]:
    """The statement that the console adds to a function whose address asks for no authentication."""
    return {
        "Sid": "FunctionURLAllowPublicAccess",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:InvokeFunctionUrl",
        "Resource": function,
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }


def _patient_portal(prod: Account, area: Area, bedrock: Bedrock) -> str:
    """The worst path: an address without authentication, an agent behind it, patient records behind that.

    The agent's role may read the genome bucket as well, but none of its tools or knowledge bases does. Gives
    the bucket of the records.
    """
    key = prod.key(RECORDS_KEY, "Patient records", tags={"owner": "clinical-data@linden.example"})
    records = prod.bucket("linden-patient-records", tags=PHI, versioned=True, key=key)
    prod.bucket("linden-genomics", tags=PHI)
    sources = _knowledge_role(prod, "KbDischargeSummaries", records, "discharge-summaries/", key)
    bedrock.knowledge_base(
        "discharge-summaries", "KBDISCHRG1", sources, {"linden-patient-records": ["discharge-summaries/"]}
    )
    booking = area.function(
        "appointment-booking",
        prod.role("AppointmentBooking", trust(service("lambda"))),
        variables={"LOG_LEVEL": "info", "BOOKING_DB_PASSWORD": "-".join(["not", "a", "real", "one"])},
    )
    role = _agent_role(
        prod, "CareNavigatorAgent", f"{records}/discharge-summaries/*", "arn:aws:s3:::linden-genomics/*"
    )
    bedrock.agent(
        "care-navigator",
        "CARENAVIG1",
        role,
        CLAUDE,
        knowledge=["KBDISCHRG1", "KBGUIDELN1"],
        tools={"book-appointment": booking},
        guardrail="lindenpatient",
        tags={"env": "prod", "owner": "patient-portal@linden.example"},
    )
    name = "patient-portal-chat"
    area.function(
        name,
        _caller_role(prod, "PatientPortalChat", "CARENAVIG1"),
        variables={"AGENT_ID": "CARENAVIG1", "AGENT_ALIAS_ID": "CARENAVAAA"},
        url="NONE",
        statements=[_anyone_may_use_its_address(area.arn("lambda", f"function:{name}"))],
        tags={"env": "prod"},
    )
    return records


def _radiology_builds(prod: Account, records: str) -> None:
    """Two users of build machines may read the summaries. The key of one works, the other's is off."""
    read = allow(["s3:GetObject"], [f"{records}/discharge-summaries/*"])
    rights = {"report-fixtures": policy(read, allow(["kms:Decrypt"], [RECORDS_KEY]))}
    for name, active in (("ci-radiology-bot", True), ("ci-radiology-old", False)):
        prod.user(name, rights, tags={"owner": "radiology-ml@linden.example"})
        prod.access_key(name, active=active, last_used="2026-11-20T02:15:00Z" if active else None)
    prod.user("chat-prototype", {"ask": policy(allow(["bedrock:InvokeModel"], ["*"]))})
    prod.bedrock_key("chat-prototype", "ACCAPRACTICE000000001", expires="2027-01-01T00:00:00Z")
    prod.bedrock_key("chat-prototype", "ACCAPRACTICE000000002", status="Expired", expires=AT)


def _intake(prod: Account) -> None:
    """The intake desk's build machine reads the forms that patients filled in; no tag says what they are."""
    forms = prod.bucket("linden-intake-forms", tags={"owner": "intake@linden.example"})
    prod.user("ci-intake-bot", {"forms": policy(allow(["s3:GetObject"], [f"{forms}/*"]))})
    prod.access_key("ci-intake-bot", active=True, last_used="2026-11-21T04:40:00Z")


def _clinician_chat(prod: Account, area: Area, bedrock: Bedrock) -> None:
    """The same shape behind an address that asks for a signature: not reachable from the internet."""
    results = prod.bucket("linden-lab-results", tags=PHI)
    sources = _knowledge_role(prod, "KbLabResults", results, "reports/")
    bedrock.knowledge_base("lab-results", "KBLABRSLT1", sources, {"linden-lab-results": ["reports/"]})
    bedrock.agent(
        "clinician-assistant",
        "CLINASSIS1",
        _agent_role(prod, "ClinicianAssistantAgent", f"{results}/reports/*"),
        f"eu.{CLAUDE}",
        knowledge=["KBLABRSLT1"],
        guardrail="lindenstaff01",
    )
    name = "clinician-chat"
    area.function(
        name,
        _caller_role(prod, "ClinicianChat", "CLINASSIS1"),
        variables={"AGENT_ID": "CLINASSIS1"},
        url="AWS_IAM",
        statements=[_anyone_may_use_its_address(area.arn("lambda", f"function:{name}"))],
    )


def _triage_intake(prod: Account, area: Area, bedrock: Bedrock) -> None:
    """The same shape with an address that is open, and a Deny in the function's policy that closes it."""
    notes = prod.bucket("linden-triage-notes", tags={**PHI, "owner": "=1+1"})
    sources = _knowledge_role(prod, "KbTriageNotes", notes, "notes/")
    bedrock.knowledge_base("triage-notes", "KBTRIAGEN1", sources, {"linden-triage-notes": ["notes/"]})
    bedrock.agent(
        "triage-intake",
        "TRIAGEINT1",
        _agent_role(prod, "TriageIntakeAgent", f"{notes}/notes/*"),
        CLAUDE,
        knowledge=["KBTRIAGEN1"],
    )
    name = "triage-intake-chat"
    closed: dict[str, Json] = {
        "Sid": "ClosedSinceIncident",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
        "Resource": area.arn("lambda", f"function:{name}"),
    }
    area.function(
        name,
        _caller_role(prod, "TriageIntakeChat", "TRIAGEINT1"),
        variables={"AGENT_ID": "TRIAGEINT1"},
        url="NONE",
        statements=[_anyone_may_use_its_address(area.arn("lambda", f"function:{name}")), closed],
    )


def _care_guidelines(prod: Account, bedrock: Bedrock) -> None:
    """A partner's account may write what an agent answers from; a former partner's successor may not."""
    content = prod.bucket("linden-care-content", tags={"data-class": "internal"})
    sources = _knowledge_role(prod, "KbCareContent", content, "")
    bedrock.knowledge_base("care-guidelines", "KBGUIDELN1", sources, {"linden-care-content": ["guidelines/"]})
    bedrock.knowledge_base(
        "medication-leaflets", "KBMEDICAT1", sources, {"linden-care-content": ["leaflets/"]}
    )
    bedrock.agent(
        "medication-helper",
        "MEDHELPER1",
        _agent_role(prod, "MedicationHelperAgent"),
        CLAUDE,
        knowledge=["KBMEDICAT1"],
        guardrail="lindenpatient",
    )
    bedrock.agent(
        "front-desk",
        "FRONTDESK1",
        _agent_role(prod, "FrontDeskAgent"),
        CLAUDE,
        team=["MEDHELPER1"],
        guardrail="lindenpatient",
    )
    for name, partner, prefix in (
        ("PartnerGuidelineSync", PARTNER, "guidelines"),
        ("PartnerLeafletSync", FORMER_PARTNER, "leaflets"),
    ):
        write = allow(["s3:PutObject", "s3:DeleteObject"], [f"{content}/{prefix}/*"])
        prod.role(name, trust(principal(f"arn:aws:iam::{partner}:root")), {"sync": policy(write)})
