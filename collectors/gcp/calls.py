"""Which method of Google's client packages makes each call, and where its service listens."""

from collections.abc import Mapping
from types import MappingProxyType

_VERTEX = "google.cloud.aiplatform_v1"
_IAM = "google.cloud.iam_admin_v1"
_CRM = "google.cloud.resourcemanager_v3"
_DLP = "google.cloud.dlp_v2.DlpServiceClient"
_STORAGE = "google.cloud.storage"
_API_KEYS = "google.cloud.api_keys_v2"

SDK_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "gcp:aiplatform:ListCustomJobs": f"{_VERTEX}.JobServiceClient.list_custom_jobs",
        "gcp:aiplatform:ListDatasets": f"{_VERTEX}.DatasetServiceClient.list_datasets",
        "gcp:aiplatform:ListEndpoints": f"{_VERTEX}.EndpointServiceClient.list_endpoints",
        "gcp:aiplatform:ListModels": f"{_VERTEX}.ModelServiceClient.list_models",
        "gcp:aiplatform:ListTrainingPipelines": f"{_VERTEX}.PipelineServiceClient.list_training_pipelines",
        "gcp:aiplatform:ListTuningJobs": f"{_VERTEX}.GenAiTuningServiceClient.list_tuning_jobs",
        "gcp:api_keys:ListKeys": f"{_API_KEYS}.ApiKeysClient.list_keys",
        "gcp:dlp:ListFileStoreDataProfiles": f"{_DLP}.list_file_store_data_profiles",
        "gcp:dlp:ListTableDataProfiles": f"{_DLP}.list_table_data_profiles",
        "gcp:iam_admin:GetIamPolicy": f"{_IAM}.IAMClient.get_iam_policy",
        "gcp:iam_admin:GetRole": f"{_IAM}.IAMClient.get_role",
        "gcp:iam_admin:ListServiceAccountKeys": f"{_IAM}.IAMClient.list_service_account_keys",
        "gcp:iam_admin:ListServiceAccounts": f"{_IAM}.IAMClient.list_service_accounts",
        "gcp:resourcemanager:FoldersClient.GetIamPolicy": f"{_CRM}.FoldersClient.get_iam_policy",
        "gcp:resourcemanager:GetFolder": f"{_CRM}.FoldersClient.get_folder",
        "gcp:resourcemanager:GetOrganization": f"{_CRM}.OrganizationsClient.get_organization",
        "gcp:resourcemanager:GetProject": f"{_CRM}.ProjectsClient.get_project",
        "gcp:resourcemanager:OrganizationsClient.GetIamPolicy": f"{_CRM}.OrganizationsClient.get_iam_policy",
        "gcp:resourcemanager:ProjectsClient.GetIamPolicy": f"{_CRM}.ProjectsClient.get_iam_policy",
        "gcp:resourcemanager:SearchProjects": f"{_CRM}.ProjectsClient.search_projects",
        "gcp:storage:GetIamPolicy": f"{_STORAGE}.Bucket.get_iam_policy",
        "gcp:storage:ListBuckets": f"{_STORAGE}.Client.list_buckets",
    }
)
"""Call id to the full name of the SDK's method; a recording names its calls so."""

ADDRESSES: Mapping[str, str] = MappingProxyType(
    {
        "aiplatform": "{location}-aiplatform.googleapis.com",
        "api_keys": "apikeys.googleapis.com",
        "dlp": "dlp.googleapis.com",
        "iam_admin": "iam.googleapis.com",
        "resourcemanager": "cloudresourcemanager.googleapis.com",
        "storage": "https://storage.googleapis.com",
    }
)
"""Client to its address; `{location}` is filled in for services that listen in each location."""

LOCATIONS: tuple[str, ...] = (
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-southwest1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "europe-west12",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
)
"""Where Vertex AI is offered, when the settings name no locations.

https://cloud.google.com/vertex-ai/docs/general/locations
"""
