"""Amazon SageMaker, from training data to endpoints: jobs, the models made of them, what serves these."""

from collections.abc import Iterator, Mapping, Sequence

from collectors.aws import sagemaker_endpoints, sagemaker_models, sagemaker_training
from collectors.aws.sagemaker_models import Model
from collectors.aws.sagemaker_training import Job
from collectors.source import Source
from graph.model import Fact, Relation

# The frame reads from here which calls this collector makes.
LIST_JOBS, DESCRIBE_JOB = sagemaker_training.LIST, sagemaker_training.DESCRIBE
LIST_MODELS, DESCRIBE_MODEL = sagemaker_models.LIST, sagemaker_models.DESCRIBE
LIST_ENDPOINTS, DESCRIBE_ENDPOINT = sagemaker_endpoints.LIST, sagemaker_endpoints.DESCRIBE
ENDPOINT_CONFIG, TAGS = sagemaker_endpoints.CONFIG, sagemaker_models.TAGS

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    jobs: dict[str, list[Job]] = {}
    for job in sagemaker_training.jobs(source):
        yield from job.facts
        if job.artefact:
            jobs.setdefault(job.artefact, []).append(job)
    models: dict[str, Model] = {}
    for model in sagemaker_models.models(source):
        yield from model.facts
        yield from _produced(model, jobs)
        models[model.name] = model
    for facts in sagemaker_endpoints.endpoints(source, models):
        yield from facts


def _produced(model: Model, jobs: Mapping[str, Sequence[Job]]) -> Iterator[Relation]:
    """The jobs whose artefact the model is made of: SageMaker keeps no other link between the two."""
    for place, answer, pointer in model.weights:
        for artefact in jobs if place.endswith("/") else (place,):
            for job in jobs.get(artefact, ()) if artefact.startswith(place) else ():
                made = job.answer.evidence(source="/ModelArtifacts/S3ModelArtifacts") if job.answer else ()
                yield Relation(
                    "PRODUCED", job.arn, model.arn, evidence=(*made, *answer.evidence(target=pointer))
                )
