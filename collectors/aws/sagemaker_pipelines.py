"""Amazon SageMaker pipelines: as whom their steps run. Their definitions are not asked for."""

from collections.abc import Iterator

from collectors.aws import things
from collectors.source import Source
from graph.model import Call, Fact

LIST = Call("aws:sagemaker:ListPipelines", lists=("Pipeline",), fills=("RUNS_AS",))

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST):
        own = source.within(row.text("/PipelineArn") or "")
        yield things.thing(own, row, "Pipeline", "sagemaker_pipeline", "/PipelineName")
        yield from things.runs_as(own, row, "/RoleArn")
