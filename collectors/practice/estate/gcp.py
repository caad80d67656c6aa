"""Linden Health in Google Cloud: radiology images, a model that outlines lungs in them, its endpoint.

Everything is in the services' own wire shapes; names, numbers and people are invented. What is planted here,
and what nearly is, stands in `collectors/practice/truth/gcp.yaml`; access is in `gcp_access.py`.
"""

from collections.abc import Mapping, Sequence

from collectors.practice.estate.gcp_access import ACCESS, BUCKET_POLICIES, NUMBER, PROJECT
from collectors.practice.gcp import Estate
from graph.model import Json

LOCATION = "europe-west3"
VERTEX = f"projects/{NUMBER}/locations/{LOCATION}"
KEY = f"projects/{PROJECT}/locations/{LOCATION}/keyRings/imaging/cryptoKeys/models"
REGISTRY = f"{LOCATION}-docker.pkg.dev/{PROJECT}/ml"
TRAINER = f"train-runner@{PROJECT}.iam.gserviceaccount.com"
SERVER = f"seg-serving@{PROJECT}.iam.gserviceaccount.com"

HOSTILE = '<img src=x onerror=alert(1)> =HYPERLINK("https://attacker.example","open") | `**x**` ${7*7}'
"""What an attacker would call a model, if it ended up in a page, a spreadsheet or a query."""

LONG = "chest-ct-annotated-by-two-readers-and-adjudicated-by-a-third-with-demographic-balance-2024-2026-" * 2

MODELS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/models/7001",
        "displayName": "lung-segmentation",
        "versionId": "7",
        "artifactUri": "gs://linden-model-artifacts/lung-segmentation/7",
        "trainingPipeline": f"{VERTEX}/trainingPipelines/6001",
        "containerSpec": {"imageUri": f"{REGISTRY}/segmentation-serving:2.3"},
        "encryptionSpec": {"kmsKeyName": KEY},
        "labels": {"environment": "prod", "owner": "radiology-ml"},
    },
    {
        "name": f"{VERTEX}/models/7002",
        "displayName": "nodule-detector",
        "versionId": "3",
        "artifactUri": "gs://linden-model-archive/nodule-detector/3/",
        "trainingPipeline": f"{VERTEX}/trainingPipelines/6002",
        "labels": {"environment": "prod"},
    },
    {
        "name": f"{VERTEX}/models/7003",
        "displayName": "finding-summariser",
        "versionId": "1",
        "baseModelSource": {
            "modelGardenSource": {"publicModelName": "publishers/google/models/gemini-2.5-flash"}
        },
        "labels": {"environment": "staging"},
    },
    {
        "name": f"{VERTEX}/models/7004",
        "displayName": HOSTILE,
        "versionId": "1",
        "originalModelInfo": {"model": f"{VERTEX}/models/7002"},
        "artifactUri": "gs://linden-model-archive/experiments/nodule-detector-copy",
    },
)

ENDPOINTS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/endpoints/8001",
        "displayName": "segmentation-live",
        "deployedModels": [
            {
                "id": "1",
                "model": f"{VERTEX}/models/7001@7",
                "serviceAccount": SERVER,
                "dedicatedResources": {"machineSpec": {"machineType": "g2-standard-8"}, "minReplicaCount": 2},
            },
            {
                "id": "2",
                "model": f"{VERTEX}/models/7002",
                "serviceAccount": SERVER,
                "dedicatedResources": {"machineSpec": {"machineType": "g2-standard-8"}, "minReplicaCount": 1},
            },
        ],
        "trafficSplit": {"1": 90, "2": 10},
        "encryptionSpec": {"kmsKeyName": KEY},
        "predictRequestResponseLoggingConfig": {
            "enabled": True,
            "samplingRate": 1.0,
            "bigqueryDestination": {"outputUri": f"bq://{PROJECT}.endpoint_logs.segmentation_live"},
        },
        "labels": {"environment": "prod"},
    },
    {
        "name": f"{VERTEX}/endpoints/8002",
        "displayName": "nodules-ward-network",
        "network": f"projects/{NUMBER}/global/networks/wards",
        "modelDeploymentMonitoringJob": f"{VERTEX}/modelDeploymentMonitoringJobs/1",
        "deployedModels": [
            {"id": "1", "model": f"{VERTEX}/models/7002", "automaticResources": {"minReplicaCount": 1}}
        ],
    },
    {
        "name": f"{VERTEX}/endpoints/8003",
        "displayName": "summaries-for-the-archive",
        "dedicatedEndpointEnabled": True,
        "privateServiceConnectConfig": {
            "enablePrivateServiceConnect": True,
            "projectAllowlist": ["linden-archive"],
        },
        "deployedModels": [
            {"id": "1", "model": f"{VERTEX}/models/7003"},
            {"id": "2", "model": "publishers/google/models/medgemma-27b"},
        ],
    },
)

CUSTOM_JOBS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/customJobs/5001",
        "displayName": "segmentation-holdout-check",
        "state": "JOB_STATE_SUCCEEDED",
        "startTime": "2026-11-02T04:00:00Z",
        "jobSpec": {
            "serviceAccount": f"report-reader@{PROJECT}.iam.gserviceaccount.com",
            "network": f"projects/{NUMBER}/global/networks/wards",
            "baseOutputDirectory": {"outputUriPrefix": "gs://linden-imaging-staging/checks"},
            "workerPoolSpecs": [
                {
                    "replicaCount": "1",
                    "containerSpec": {
                        "imageUri": f"{REGISTRY}/segmentation-train:2.3",
                        "args": ["--images", "gs://linden-radiology-holdout/chest-ct/", "--epochs=0"],
                        "env": [{"name": "MASKS_URI", "value": "gs://linden-radiology-holdout/masks/"}],
                    },
                }
            ],
        },
    },
    {
        "name": f"{VERTEX}/customJobs/5002",
        "displayName": "pretrain-encoder",
        "state": "JOB_STATE_FAILED",
        "startTime": "2026-10-20T20:15:00Z",
        "encryptionSpec": {"kmsKeyName": KEY},
        "jobSpec": {
            "workerPoolSpecs": [
                {
                    "pythonPackageSpec": {
                        "executorImageUri": "europe-docker.pkg.dev/vertex-ai/training/pytorch-gpu.2-4:latest",
                        "packageUris": ["gs://linden-imaging-staging/code/encoder-0.3.tar.gz"],
                        "pythonModule": "encoder.train",
                        "args": [
                            "--data=/gcs/linden-imaging-staging/unlabelled/",
                            "--output-dir=/gcs/linden-imaging-staging/encoder/",
                        ],
                    }
                },
                {
                    "containerSpec": {
                        "imageUri": f"{REGISTRY}/parameter-server@sha256:{'5e' * 32}",
                        "args": ["--shards", "gs://linden-imaging-staging/a/,gs://linden-imaging-staging/b/"],
                    }
                },
            ]
        },
    },
)

TRAINING_PIPELINES: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/trainingPipelines/6001",
        "displayName": "lung-segmentation-nightly",
        "state": "PIPELINE_STATE_SUCCEEDED",
        "startTime": "2026-11-24T01:00:00Z",
        "labels": {"environment": "prod", "schedule": "nightly"},
        "encryptionSpec": {"kmsKeyName": KEY},
        "inputDataConfig": {"datasetId": "4001"},
        "trainingTaskDefinition": "gs://google-cloud-aiplatform/schema/trainingjob/definition/custom_task_1.0.0.yaml",
        "trainingTaskInputs": {
            "serviceAccount": TRAINER,
            "network": f"projects/{NUMBER}/global/networks/training",
            "baseOutputDirectory": {"outputUriPrefix": "gs://linden-model-artifacts/lung-segmentation/"},
            "workerPoolSpecs": [
                {
                    "replicaCount": "2",
                    "containerSpec": {
                        "imageUri": f"{REGISTRY}/segmentation-train:2.3",
                        "args": [
                            "--train-data=gs://linden-radiology-train/chest-ct/2026/",
                            "--checkpoint-dir",
                            "gs://linden-model-artifacts/lung-segmentation/checkpoints/",
                        ],
                    },
                }
            ],
        },
        "modelToUpload": {"name": f"{VERTEX}/models/7001", "displayName": "lung-segmentation"},
    },
    {
        "name": f"{VERTEX}/trainingPipelines/6002",
        "displayName": "nodule-detector-automl",
        "state": "PIPELINE_STATE_SUCCEEDED",
        "startTime": "2026-09-14T09:30:00Z",
        "inputDataConfig": {
            "datasetId": "4002",
            "gcsDestination": {"outputUriPrefix": "gs://linden-imaging-staging/automl-export/"},
        },
        "modelToUpload": {"name": f"{VERTEX}/models/7002", "displayName": "nodule-detector"},
    },
)

TUNING_JOBS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/tuningJobs/9001",
        "tunedModelDisplayName": "finding-summariser",
        "baseModel": "gemini-2.5-flash",
        "state": "JOB_STATE_SUCCEEDED",
        "startTime": "2026-08-03T12:00:00Z",
        "serviceAccount": TRAINER,
        "encryptionSpec": {"kmsKeyName": KEY},
        "labels": {"environment": "staging"},
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://linden-imaging-staging/summaries/train.jsonl",
            "validationDatasetUri": "gs://linden-imaging-staging/summaries/validation.jsonl",
        },
        "tunedModel": {"model": f"{VERTEX}/models/7003@1", "endpoint": f"{VERTEX}/endpoints/8003"},
    },
)

DATASETS: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{VERTEX}/datasets/4001",
        "displayName": "chest-ct-2026",
        "metadataSchemaUri": "gs://google-cloud-aiplatform/schema/dataset/metadata/image_1.0.0.yaml",
        "metadata": {"gcsBucket": "linden-radiology-train"},
        "labels": {"data-class": "health"},
        "encryptionSpec": {"kmsKeyName": KEY},
    },
    {
        "name": f"{VERTEX}/datasets/4002",
        "displayName": "nodule-measurements",
        "metadata": {
            "inputConfig": {
                "gcsSource": {
                    "uri": [
                        "gs://linden-imaging-staging/measurements/part-1.csv",
                        "gs://linden-imaging-staging/measurements/part-2.csv",
                    ]
                }
            }
        },
    },
    {
        "name": f"{VERTEX}/datasets/4003",
        "displayName": LONG[:128],
        "metadata": {"inputConfig": {"bigquerySource": {"uri": f"bq://{PROJECT}.annotations.readers"}}},
    },
)


ORGANIZATION = "organizations/310000000001"
AT = "2026-10-01T06:00:00Z"

FILE_STORE_PROFILES: Sequence[Mapping[str, Json]] = (
    {
        "name": f"{ORGANIZATION}/locations/{LOCATION}/fileStoreDataProfiles/1",
        "projectId": PROJECT,
        "fileStoreLocation": LOCATION,
        "fileStorePath": "gs://linden-radiology-train",
        "fullResource": "//storage.googleapis.com/linden-radiology-train",
        "state": "DONE",
        "profileLastGenerated": AT,
        "fileStoreInfoTypeSummaries": [
            {"infoType": {"name": "MEDICAL_RECORD_NUMBER"}},
            {"infoType": {"name": "PERSON_NAME"}},
        ],
    },
)
"""What the organization's discovery found: letters lie beside the images."""

TABLE_PROFILES: Sequence[Mapping[str, Json]] = (
    {
        "name": f"projects/{PROJECT}/locations/eu/tableDataProfiles/1",
        "datasetProjectId": PROJECT,
        "datasetId": "annotations",
        "datasetLocation": "EU",
        "tableId": "readers",
        "fullResource": f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/annotations/tables/readers",
        "state": "DONE",
        "profileLastGenerated": AT,
        "predictedInfoTypes": [{"infoType": {"name": "EMAIL_ADDRESS"}, "estimatedPrevalence": 98}],
    },
)


def _bucket(name: str, prevention: str = "inherited", **fields: Json) -> Mapping[str, Json]:
    """A bucket as Cloud Storage lists it."""
    return {
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "projectNumber": NUMBER,
        "location": "EUROPE-WEST3",
        "locationType": "region",
        "storageClass": "STANDARD",
        "iamConfiguration": {
            "publicAccessPrevention": prevention,
            "uniformBucketLevelAccess": {"enabled": True},
        },
        **fields,
    }


BUCKETS: Sequence[Mapping[str, Json]] = (
    _bucket(
        "linden-radiology-train",
        labels={"data-class": "health", "environment": "prod", "owner": "radiology-ml"},
    ),
    _bucket("linden-radiology-holdout", "enforced", labels={"data-class": "health", "environment": "prod"}),
    _bucket("linden-model-artifacts", labels={"environment": "prod"}, versioning={"enabled": True}),
    _bucket(
        "linden-model-archive",
        retentionPolicy={"retentionPeriod": "31536000", "isLocked": True},
        encryption={"defaultKmsKeyName": KEY},
    ),
    _bucket(
        "linden-imaging-staging",
        "enforced",
        lifecycle={
            "rule": [
                {"action": {"type": "Delete"}, "condition": {"age": 30}},
                {"action": {"type": "Delete"}, "condition": {"age": 2, "matchesPrefix": ["tmp/"]}},
            ]
        },
    ),
    _bucket("linden-imaging-website", labels={"data-class": "public"}),
)

ESTATE = Estate(
    projects={PROJECT: NUMBER},
    locations=(LOCATION,),
    answers={
        **ACCESS,
        "google.cloud.aiplatform.v1.ModelService/ListModels": MODELS,
        "google.cloud.aiplatform.v1.EndpointService/ListEndpoints": ENDPOINTS,
        "google.cloud.aiplatform.v1.JobService/ListCustomJobs": CUSTOM_JOBS,
        "google.cloud.aiplatform.v1.PipelineService/ListTrainingPipelines": TRAINING_PIPELINES,
        "google.cloud.aiplatform.v1.GenAiTuningService/ListTuningJobs": TUNING_JOBS,
        "google.cloud.aiplatform.v1.DatasetService/ListDatasets": DATASETS,
        "google.privacy.dlp.v2.DlpService/ListFileStoreDataProfiles": FILE_STORE_PROFILES,
        "google.privacy.dlp.v2.DlpService/ListTableDataProfiles": TABLE_PROFILES,
    },
    buckets={PROJECT: BUCKETS},
    bucket_policies=BUCKET_POLICIES,
)
