"""Amazon SageMaker training jobs: what they learned from, as whom they ran, what came out."""

from collections.abc import Iterator, Sequence

import msgspec

from collectors.aws import names, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call("aws:sagemaker:ListTrainingJobs", lists=("TrainingJob",), fills=("TrainingJob.status",))
DESCRIBE = Call(
    "aws:sagemaker:DescribeTrainingJob",
    lists=("Dataset", "ModelFile", "ContainerImage"),
    fills=(
        "ContainerImage.tag",
        "ContainerImage.digest",
        "ContainerImage.public_registry",
        "ModelFile.unsafe_format",
        "TrainingJob.inter_container_tls",
        "TrainingJob.network_isolation",
        "TrainingJob.started_at",
        "RUNS_AS",
        "IN_NETWORK",
        "USES_IMAGE",
        "TRAINED_ON",
        "ENCRYPTED_WITH",
        "PRODUCED",
    ),
)

FRUITLESS = ("Failed", "Stopped", "Stopping", "Deleting")
"""States of a job that left no model behind; it is listed and not looked into."""


class Job(msgspec.Struct, frozen=True):
    """A described job: its facts, and the artefact that models may be made of."""

    arn: str
    facts: Sequence[Fact]
    artefact: str | None = None
    answer: Answer | None = None


def jobs(source: Source) -> Iterator[Job]:
    """All training jobs of the region, the fruitful ones in full."""
    yield from source.each(lambda row: _job(source, row), source.pages(LIST))


def _job(source: Source, row: Answer) -> Job:
    arn = row.text("/TrainingJobArn") or ""
    if row.text("/TrainingJobStatus") in FRUITLESS:
        return Job(arn, (_asset(row, row),))
    job = source.within(arn).call(DESCRIBE, TrainingJobName=row.text("/TrainingJobName"))
    if job.vanished:
        return Job(arn, ())
    artefact = names.place(job.text("/ModelArtifacts/S3ModelArtifacts") or "", source.region)
    facts = (
        _asset(row, job),
        *runs(arn, job, "/RoleArn", source),
        *_image(arn, job),
        *_data(arn, job, source.region),
        *_key(arn, job, source),
        *names.artefact(job, "/ModelArtifacts/S3ModelArtifacts", artefact),
    )
    return Job(arn, facts, artefact, job)


def _asset(row: Answer, job: Answer) -> Asset:
    isolation, tls = "/EnableNetworkIsolation", "/EnableInterContainerTrafficEncryption"
    described = row is not job
    return Asset(
        id=row.text("/TrainingJobArn") or "",
        kind="TrainingJob",
        name=row.text("/TrainingJobName") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="training_job",
            status=(row.text("/TrainingJobStatus") or "").lower() or None,
            started_at=job.text("/TrainingStartTime"),
            network_isolation=job.flag(isolation),
            inter_container_tls=job.flag(tls),
        ),
        evidence=(
            *row.evidence(name="/TrainingJobName", status="/TrainingJobStatus"),
            *(
                job.evidence(
                    started_at="/TrainingStartTime", network_isolation=isolation, inter_container_tls=tls
                )
                if described
                else ()
            ),
        ),
    )


def runs(arn: str, answer: Answer, role: str, source: Source) -> Iterator[Relation]:
    """RUNS_AS and IN_NETWORK, which jobs, models and endpoints say in the same way."""
    own = source.within(arn)
    yield from things.runs_as(own, answer, role)
    yield from things.in_subnets(own, answer, "/VpcConfig/Subnets")


def _image(arn: str, job: Answer) -> Iterator[Fact]:
    pointer = "/AlgorithmSpecification/TrainingImage"
    if address := job.text(pointer):
        yield from names.image(job, pointer)
        evidence = job.evidence(target=pointer)
        yield Relation("USES_IMAGE", arn, names.image_id(address), evidence=evidence)


def _data(arn: str, job: Answer, region: str) -> Iterator[Fact]:
    """Every channel, from S3 or a file system."""
    for channel in job.items("/InputDataConfig"):
        pointer = "/DataSource/S3DataSource/S3Uri"
        data = names.place(channel.text(pointer) or "", region)
        yield from names.dataset(channel, pointer, data)
        if system := channel.text("/DataSource/FileSystemDataSource/FileSystemId"):
            pointer = "/DataSource/FileSystemDataSource"
            data = _directory(system, channel.text(f"{pointer}/DirectoryPath") or "/", arn)
            yield Asset(
                id=data,
                kind="Dataset",
                name=data.rpartition(":")[2],
                listed_by=channel.listed_by,
                properties={"native_kind": "file_system_directory", "service": "elasticfilesystem"},
                evidence=channel.evidence(native_kind=pointer),
            )
        if data:
            yield Relation("TRAINED_ON", arn, data, evidence=channel.evidence(target=pointer))


def _directory(system: str, path: str, job: str) -> str:
    """The id of a directory of an EFS or FSx file system in the account and region of the job."""
    region, account = job.split(":")[3:5]
    path = path.strip("/")
    return names.arn("elasticfilesystem", region, account, f"file-system/{system}/{path}{'/' * bool(path)}")


def _key(arn: str, job: Answer, source: Source) -> Iterator[Relation]:
    pointer = "/OutputDataConfig/KmsKeyId"
    if key := names.key_arn(job.text(pointer), source.region, source.account):
        evidence = job.evidence(target=pointer)
        yield Relation("ENCRYPTED_WITH", arn, key, evidence=evidence, target_kind="EncryptionKey")
