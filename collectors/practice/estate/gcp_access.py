"""Linden Health in Google Cloud: the hierarchy, the service accounts, and who may do what."""

from collections.abc import Mapping, Sequence

from collectors.practice.gcp import Seed
from collectors.practice.keys import service_account_key_id
from graph.model import Json

PROJECT = "linden-imaging"
NUMBER = "310000000042"
ORGANIZATION = "organizations/310000000001"
FOLDER = "folders/310000000007"

ETAG = "BwYqExampleE="


def account(name: str, project: str = PROJECT) -> str:
    return f"{name}@{project}.iam.gserviceaccount.com"


def binding(role: str, *members: str, condition: Mapping[str, str] | None = None) -> dict[str, Json]:
    conditional: dict[str, Json] = {"condition": dict(condition)} if condition else {}
    return {"role": role, "members": list(members), **conditional}


def policy(*bindings: dict[str, Json]) -> dict[str, Json]:
    return {"version": 3, "etag": ETAG, "bindings": list(bindings)}


def service_account(name: str, display: str, number: str) -> dict[str, Json]:
    email = name if "@" in name else account(name)
    return {
        "name": f"projects/{PROJECT}/serviceAccounts/{email}",
        "projectId": PROJECT,
        "uniqueId": number,
        "email": email,
        "displayName": display,
    }


TRAIN, SERVE, REPORTS = account("train-runner"), account("seg-serving"), account("report-reader")
VERTEX_AGENT = f"service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"
DEFAULT = f"{NUMBER}-compute@developer.gserviceaccount.com"

PROJECT_POLICY = policy(
    binding("roles/owner", "group:platform@linden.example"),
    binding("roles/aiplatform.user", f"serviceAccount:{TRAIN}", "user:mira.solberg@linden.example"),
    binding(f"projects/{PROJECT}/roles/imagingAuditor", "user:audit@linden.example"),
    # Google's own account, which every project with Vertex AI names: no outsider.
    binding("roles/aiplatform.serviceAgent", f"serviceAccount:{VERTEX_AGENT}"),
)

SERVICE_ACCOUNTS: Sequence[Mapping[str, Json]] = (
    service_account("train-runner", "Nightly training", "110000000000000000001"),
    service_account("seg-serving", "Segmentation endpoint", "110000000000000000002"),
    service_account("report-reader", "Reads the published reports", "110000000000000000003"),
    service_account(DEFAULT, "Compute Engine default service account", "110000000000000000004"),
)

FOR_EVER = "9999-12-31T23:59:59Z"


def key(
    name: str, number: int, kind: str = "USER_MANAGED", end: str = FOR_EVER, **more: Json
) -> dict[str, Json]:
    """A key of one of the project's own service accounts."""
    email = account(name)
    return {
        "name": f"projects/{PROJECT}/serviceAccounts/{email}/keys/{service_account_key_id(email, number)}",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": kind,
        "validAfterTime": "2025-02-03T09:00:00Z",
        "validBeforeTime": end,
        **more,
    }


SERVICE_ACCOUNT_KEYS: Sequence[Mapping[str, Json]] = (
    # Planted: a key that somebody took away in a file, and that never ends.
    key("train-runner", 0),
    # Near misses: switched off, out of date, and Google's own, which nobody can take away.
    key("train-runner", 1, disabled=True),
    key("train-runner", 2, end="2026-01-31T00:00:00Z"),
    *(key(name, 9, "SYSTEM_MANAGED", "2027-02-03T09:00:00Z") for name in ("train-runner", "seg-serving")),
)

_KEY = f"projects/{NUMBER}/locations/global/keys/"
API_KEYS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{_KEY}7d0c5b1e-0001",
        "uid": "7d0c5b1e-0001-4000-8000-000000000001",
        "displayName": "Ward dictation prototype",
        "createTime": "2025-06-11T13:20:00Z",
    },
    {
        "name": f"{_KEY}7d0c5b1e-0002",
        "uid": "7d0c5b1e-0002-4000-8000-000000000002",
        "displayName": "Map on the website",
        "createTime": "2024-11-05T08:00:00Z",
        "restrictions": {"apiTargets": [{"service": "maps-backend.googleapis.com"}]},
    },
)

IMPERSONATION: Mapping[str, Mapping[str, Json]] = {
    # Planted: outsiders mint tokens of the account that writes the training images.
    f"projects/{PROJECT}/serviceAccounts/{TRAIN}": policy(
        binding("roles/iam.serviceAccountTokenCreator", "group:labelling-contractors@partner.example"),
    ),
    f"projects/{PROJECT}/serviceAccounts/{SERVE}": {"etag": ETAG},
    # Near miss: the same right, on an account that only reads what is public anyway.
    f"projects/{PROJECT}/serviceAccounts/{REPORTS}": policy(
        binding("roles/iam.serviceAccountTokenCreator", "group:labelling-auditors@partner.example"),
        binding("roles/iam.serviceAccountUser", "user:mira.solberg@linden.example"),
    ),
    f"projects/{PROJECT}/serviceAccounts/{DEFAULT}": {"etag": ETAG},
}

BUCKET_POLICIES: Mapping[str, Mapping[str, Json]] = {
    # Planted: everyone who has any Google account reads the patients' images.
    "linden-radiology-train": policy(
        binding("roles/storage.objectViewer", "allAuthenticatedUsers"),
        binding("roles/storage.objectUser", f"serviceAccount:{TRAIN}"),
    ),
    # Near miss: public access prevention overrules this.
    "linden-radiology-holdout": policy(
        binding("roles/storage.objectViewer", "allUsers"),
    ),
    # Planted: a partner's account can replace the model that the endpoint serves.
    "linden-model-artifacts": policy(
        binding("roles/storage.objectAdmin", f"serviceAccount:{account('transfer', 'vela-imaging')}"),
        binding("roles/storage.objectViewer", f"serviceAccount:{SERVE}"),
        binding("roles/storage.objectCreator", f"serviceAccount:{TRAIN}"),
    ),
    # Near miss: another account of the partner sees the names of objects, no more.
    "linden-model-archive": policy(
        binding("roles/storage.legacyBucketReader", f"serviceAccount:{account('inventory', 'vela-imaging')}"),
        binding(
            "roles/storage.objectViewer",
            "user:m.okafor@vela.example",
            condition={
                "title": "until the end of the audit",
                "expression": 'request.time < timestamp("2027-01-31T00:00:00Z")',
            },
        ),
    ),
    "linden-imaging-staging": policy(
        binding("roles/storage.legacyBucketOwner", f"projectEditor:{PROJECT}", f"projectOwner:{PROJECT}"),
        binding("roles/storage.objectUser", "group:radiology-ml@linden.example"),
    ),
    "linden-imaging-website": policy(
        binding("roles/storage.objectViewer", "allUsers", f"serviceAccount:{REPORTS}"),
    ),
}

OBJECT_READ = ("storage.objects.get", "storage.objects.list")
OBJECT_WRITE = ("storage.objects.create", "storage.objects.delete", "storage.objects.update")
VERTEX_USER = (
    "aiplatform.customJobs.create",
    "aiplatform.customJobs.get",
    "aiplatform.customJobs.list",
    "aiplatform.datasets.get",
    "aiplatform.datasets.list",
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.list",
    "aiplatform.endpoints.predict",
    "aiplatform.models.get",
    "aiplatform.models.list",
    "aiplatform.models.upload",
    "aiplatform.trainingPipelines.create",
)


def role(name: str, title: str, *permissions: str) -> tuple[str, dict[str, Json]]:
    included: list[Json] = [*sorted(permissions)]
    return name, {"name": name, "title": title, "stage": "GA", "includedPermissions": included}


ROLES: Mapping[str, Mapping[str, Json]] = dict(
    (
        role("roles/storage.objectViewer", "Storage Object Viewer", *OBJECT_READ),
        role("roles/aiplatform.serviceAgent", "Vertex AI Service Agent", *OBJECT_READ, *OBJECT_WRITE),
        role("roles/storage.objectCreator", "Storage Object Creator", "storage.objects.create"),
        role("roles/storage.objectUser", "Storage Object User", *OBJECT_READ, *OBJECT_WRITE),
        role(
            "roles/storage.objectAdmin",
            "Storage Object Admin",
            *OBJECT_READ,
            *OBJECT_WRITE,
            "storage.objects.getIamPolicy",
            "storage.objects.setIamPolicy",
        ),
        role(
            "roles/storage.legacyBucketReader",
            "Storage Legacy Bucket Reader",
            "storage.buckets.get",
            "storage.objects.list",
        ),
        role(
            "roles/storage.legacyBucketOwner",
            "Storage Legacy Bucket Owner",
            "storage.buckets.get",
            "storage.buckets.getIamPolicy",
            "storage.buckets.setIamPolicy",
            "storage.buckets.update",
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.list",
        ),
        role(
            "roles/iam.serviceAccountTokenCreator",
            "Service Account Token Creator",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.implicitDelegation",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ),
        role(
            "roles/iam.serviceAccountUser",
            "Service Account User",
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
        ),
        role("roles/aiplatform.user", "Vertex AI User", *VERTEX_USER),
        role(
            "roles/owner",
            "Owner",
            *VERTEX_USER,
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.setIamPolicy",
            "resourcemanager.projects.get",
            "resourcemanager.projects.setIamPolicy",
            "storage.buckets.setIamPolicy",
        ),
        role("roles/viewer", "Viewer", "aiplatform.models.list", "resourcemanager.projects.get"),
        role(
            f"projects/{PROJECT}/roles/imagingAuditor",
            "Imaging auditor",
            "aiplatform.models.list",
            "storage.buckets.list",
        ),
    )
)
"""The roles that the policies name; of the widest ones only the permissions that matter here."""

ACCESS: Mapping[str, Seed] = {
    "google.cloud.resourcemanager.v3.Projects/SearchProjects": (
        {
            "name": f"projects/{NUMBER}",
            "projectId": PROJECT,
            "parent": FOLDER,
            "state": "ACTIVE",
            "displayName": "Linden Imaging",
            "labels": {"environment": "prod"},
        },
    ),
    "google.cloud.resourcemanager.v3.Projects/GetProject": {
        f"projects/{PROJECT}": {
            "name": f"projects/{NUMBER}",
            "projectId": PROJECT,
            "parent": FOLDER,
            "state": "ACTIVE",
            "displayName": "Linden Imaging",
            "labels": {"environment": "prod"},
        },
    },
    "google.cloud.resourcemanager.v3.Projects/GetIamPolicy": {f"projects/{PROJECT}": PROJECT_POLICY},
    "google.cloud.resourcemanager.v3.Folders/GetFolder": {
        FOLDER: {"name": FOLDER, "parent": ORGANIZATION, "displayName": "Clinical AI", "state": "ACTIVE"},
    },
    "google.cloud.resourcemanager.v3.Folders/GetIamPolicy": {
        FOLDER: policy(
            binding("roles/viewer", "group:governance@linden.example", "user:dpo@linden.example"),
        ),
    },
    "google.cloud.resourcemanager.v3.Organizations/GetOrganization": {
        ORGANIZATION: {"name": ORGANIZATION, "displayName": "linden.example", "state": "ACTIVE"},
    },
    "google.cloud.resourcemanager.v3.Organizations/GetIamPolicy": {
        ORGANIZATION: policy(
            binding("roles/viewer", "group:security@linden.example", "user:ciso@linden.example"),
        ),
    },
    "google.iam.admin.v1.IAM/ListServiceAccounts": SERVICE_ACCOUNTS,
    "google.iam.admin.v1.IAM/ListServiceAccountKeys": SERVICE_ACCOUNT_KEYS,
    "google.api.apikeys.v2.ApiKeys/ListKeys": API_KEYS,
    "google.iam.admin.v1.IAM/GetIamPolicy": IMPERSONATION,
    "google.iam.admin.v1.IAM/GetRole": ROLES,
}
