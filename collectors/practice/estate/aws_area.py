"""One region of a practice account: Lambda and SageMaker, in the shapes in which they answer."""

import json
from collections.abc import Iterator, Mapping, Sequence

from collectors.practice.aws import Answer
from collectors.practice.estate.aws_parts import AT, NO_TAGS, Tags, pairs, policy
from graph.model import Json

LISTS = {
    "apigateway": {"GetRestApis": "items"},
    "apigatewayv2": {"GetApis": "Items"},
    "lambda": {"ListFunctions": "Functions"},
    "sagemaker": {
        "ListNotebookInstances": "NotebookInstances",
        "ListTrainingJobs": "TrainingJobSummaries",
        "ListModels": "Models",
        "ListEndpoints": "Endpoints",
    },
    "bedrock": {"ListFoundationModels": "modelSummaries", "ListGuardrails": "guardrails"},
    "bedrock-agent": {"ListAgents": "agentSummaries", "ListKnowledgeBases": "knowledgeBaseSummaries"},
}
"""Listings of a region, and where the items stand in them."""

INFERENCE = "763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-inference:2.6-cpu-py312"
TRAINING = "763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-training:2.6-gpu-py312"


class Area:
    """A region of an account. Each method adds a thing and gives its ARN."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.items: dict[str, list[Json]] = {name: [] for lists in LISTS.values() for name in lists}
        self._answers: list[Answer] = []

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def answers(self) -> Iterator[Answer]:
        for service, lists in LISTS.items():
            for operation, key in lists.items():
                response: dict[str, Json] = {key: self.items[operation]}
                yield Answer(service, operation, self.account, self.region, response=response)
        yield from self._answers
        yield self.answer("bedrock", "GetModelInvocationLoggingConfiguration", {}, {})

    def function(
        self,
        name: str,
        role: str,
        *,
        variables: Mapping[str, str] = NO_TAGS,
        url: str | None = None,
        statements: Sequence[Mapping[str, Json]] = (),
        tags: Tags = NO_TAGS,
    ) -> str:
        """A Lambda function; `url` is the authentication (NONE, AWS_IAM) of its address, if it has one."""
        arn = self.arn("lambda", f"function:{name}")
        self.items["ListFunctions"].append(
            {
                "FunctionName": name,
                "FunctionArn": arn,
                "Runtime": "python3.13",
                "Role": role,
                "Handler": "app.handler",
                "LastModified": AT,
                "Environment": {"Variables": dict(variables)},
            }
        )
        address = f"https://{name.replace('-', '')[:24]}.lambda-url.{self.region}.on.aws/"
        config: dict[str, Json] = {
            "FunctionUrl": address,
            "FunctionArn": arn,
            "AuthType": url,
            "CreationTime": AT,
            "LastModifiedTime": AT,
        }
        asked: dict[str, Json] = {"FunctionName": name}
        urls: dict[str, Json] = {"FunctionUrlConfigs": [config] if url else []}
        text = json.dumps(policy(*statements))
        self.add(
            self.answer("lambda", "ListFunctionUrlConfigs", asked, urls),
            self.answer("lambda", "GetPolicy", asked, {"Policy": text})
            if statements
            else self.answer("lambda", "GetPolicy", asked, {}, "ResourceNotFoundException"),
            self.answer("lambda", "ListTags", {"Resource": arn}, {"Tags": dict(tags)}),
        )
        return arn

    def notebook(self, name: str, role: str, *, internet: bool = True, tags: Tags = NO_TAGS) -> str:
        arn = self.arn("sagemaker", f"notebook-instance/{name}")
        row: dict[str, Json] = {
            "NotebookInstanceName": name,
            "NotebookInstanceArn": arn,
            "NotebookInstanceStatus": "InService",
            "InstanceType": "ml.t3.xlarge",
        }
        detail: dict[str, Json] = {
            **row,
            "RoleArn": role,
            "DirectInternetAccess": "Enabled" if internet else "Disabled",
            "RootAccess": "Enabled",
            "PlatformIdentifier": "notebook-al2023-v1",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
            **({} if internet else {"SubnetId": "subnet-0a1de0001"}),
        }
        self.items["ListNotebookInstances"].append(row)
        self._described("DescribeNotebookInstance", {"NotebookInstanceName": name}, detail, arn, tags)
        return arn

    def job(
        self,
        name: str,
        role: str,
        channels: Mapping[str, str],
        *,
        output: str,
        status: str = "Completed",
        isolated: bool = False,
    ) -> str:
        """A training job; `output` is an S3 prefix. Its artefact is at `self.artefact(output, name)`."""
        arn = self.arn("sagemaker", f"training-job/{name}")
        row: dict[str, Json] = {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "CreationTime": AT,
            "TrainingJobStatus": status,
        }
        data: list[Json] = [
            {
                "ChannelName": channel,
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": address,
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
            for channel, address in channels.items()
        ]
        detail: dict[str, Json] = {
            **row,
            "ModelArtifacts": {"S3ModelArtifacts": self.artefact(output, name)},
            "SecondaryStatus": status,
            "AlgorithmSpecification": {"TrainingImage": TRAINING, "TrainingInputMode": "File"},
            "RoleArn": role,
            "InputDataConfig": data,
            "OutputDataConfig": {"S3OutputPath": output},
            "ResourceConfig": {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 200},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "TrainingStartTime": AT,
            "EnableNetworkIsolation": isolated,
            "EnableInterContainerTrafficEncryption": False,
            "HyperParameters": {"epochs": "40", "learning-rate": "0.0003"},
        }
        self.items["ListTrainingJobs"].append(row)
        self.add(self.answer("sagemaker", "DescribeTrainingJob", {"TrainingJobName": name}, detail))
        return arn

    @staticmethod
    def artefact(output: str, job: str) -> str:
        return f"{output.rstrip('/')}/{job}/output/model.tar.gz"

    def model(self, name: str, role: str, *weights: str, tags: Tags = NO_TAGS, isolated: bool = False) -> str:
        """A model with one container for each address of weights (an archive, or a prefix)."""
        arn = self.arn("sagemaker", f"model/{name}")
        containers = [_container(address) for address in weights]
        row: dict[str, Json] = {"ModelName": name, "ModelArn": arn, "CreationTime": AT}
        several: dict[str, Json] = {"Containers": [*containers]}
        detail: dict[str, Json] = {
            **row,
            "ExecutionRoleArn": role,
            "EnableNetworkIsolation": isolated,
            **({"PrimaryContainer": containers[0]} if len(containers) == 1 else several),
        }
        self.items["ListModels"].append(row)
        self._described("DescribeModel", {"ModelName": name}, detail, arn, tags)
        return arn

    def endpoint(
        self,
        name: str,
        *models: str,
        shadow: str | None = None,
        capture: str | None = None,
        tags: Tags = NO_TAGS,
    ) -> str:
        """An endpoint with a variant for each model (by name); `capture` is where requests are written."""
        arn = self.arn("sagemaker", f"endpoint/{name}")
        row: dict[str, Json] = {
            "EndpointName": name,
            "EndpointArn": arn,
            "CreationTime": AT,
            "LastModifiedTime": AT,
            "EndpointStatus": "InService",
        }
        counts: list[Json] = [
            {"VariantName": model, "CurrentInstanceCount": 2, "CurrentWeight": 1.0} for model in models
        ]
        config: dict[str, Json] = {
            "EndpointConfigName": f"{name}-config",
            "EndpointConfigArn": self.arn("sagemaker", f"endpoint-config/{name}-config"),
            "ProductionVariants": [_variant(model) for model in models],
            "CreationTime": AT,
        }
        if shadow:
            config["ShadowProductionVariants"] = [_variant(shadow)]
        if capture:
            config["DataCaptureConfig"] = {
                "EnableCapture": True,
                "InitialSamplingPercentage": 20,
                "DestinationS3Uri": capture,
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            }
        detail: dict[str, Json] = {
            **row,
            "EndpointConfigName": f"{name}-config",
            "ProductionVariants": counts,
        }
        self.items["ListEndpoints"].append(row)
        self._described("DescribeEndpoint", {"EndpointName": name}, detail, arn, tags)
        asked: dict[str, Json] = {"EndpointConfigName": f"{name}-config"}
        self.add(self.answer("sagemaker", "DescribeEndpointConfig", asked, config))
        return arn

    def _described(
        self, operation: str, asked: Mapping[str, Json], detail: Mapping[str, Json], arn: str, tags: Tags
    ) -> None:
        self.add(
            self.answer("sagemaker", operation, asked, detail),
            self.answer("sagemaker", "ListTags", {"ResourceArn": arn}, {"Tags": pairs(tags)}),
        )

    def add(self, *answers: Answer) -> None:
        self._answers.extend(answers)

    def answer(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Json],
        response: Mapping[str, Json],
        error: str = "",
    ) -> Answer:
        return Answer(service, operation, self.account, self.region, parameters, response, error)


def _container(address: str) -> Json:
    if address.endswith("/"):
        where: Json = {"S3Uri": address, "S3DataType": "S3Prefix", "CompressionType": "None"}
        return {"Image": INFERENCE, "ModelDataSource": {"S3DataSource": where}}
    return {"Image": INFERENCE, "ModelDataUrl": address}


def _variant(model: str) -> Json:
    return {
        "VariantName": model,
        "ModelName": model,
        "InitialInstanceCount": 2,
        "InstanceType": "ml.m5.xlarge",
        "InitialVariantWeight": 1.0,
    }
