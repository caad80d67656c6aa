"""AWS Data Pipeline: pipelines. Their definitions, which may hold passwords, are not asked for: whoever
writes one names its role anew."""

from collections.abc import Iterator

from collectors.aws import names, things
from collectors.source import Source
from graph.model import Call, Fact

LIST = Call("aws:datapipeline:ListPipelines", lists=("Pipeline",))

REGIONAL = True


def collect(source: Source) -> Iterator[Fact]:
    for row in source.pages(LIST):
        identifier = f"pipeline/{row.text('/id')}"
        own = source.within(names.arn("datapipeline", source.region, source.account, identifier))
        yield things.thing(own, row, "Pipeline", "data_pipeline", "/name")
