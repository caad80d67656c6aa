"""Amazon Bedrock knowledge bases: what they were built from, where the vectors lie, as whom they read."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.bedrock_agents import TAGS
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Relation

LIST = Call("aws:bedrock-agent:ListKnowledgeBases", lists=("KnowledgeBase",))
GET = Call("aws:bedrock-agent:GetKnowledgeBase", lists=("VectorIndex",), fills=("RUNS_AS", "STORED_IN"))
SOURCES = Call("aws:bedrock-agent:ListDataSources")
SOURCE = Call("aws:bedrock-agent:GetDataSource", lists=("Dataset",), fills=("INDEXES",))

REGIONAL = True

STORES = {
    "opensearchServerlessConfiguration": ("/collectionArn", "/vectorIndexName", "opensearch"),
    "opensearchManagedClusterConfiguration": ("/domainArn", "/vectorIndexName", "opensearch"),
    "s3VectorsConfiguration": ("/indexArn", "", "s3_vectors"),
    "rdsConfiguration": ("/resourceArn", "/tableName", "aurora"),
    "neptuneAnalyticsConfiguration": ("/graphArn", "", "neptune_analytics"),
    "pineconeConfiguration": ("/connectionString", "/namespace", "pinecone"),
    "redisEnterpriseCloudConfiguration": ("/endpoint", "/vectorIndexName", "redis_enterprise_cloud"),
}
"""Kind of vector store: where its answer names the store, the index in it, and our word for it."""


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _base(source, row), source.pages(LIST)):
        yield from facts


def _base(source: Source, row: Answer) -> Sequence[Fact]:
    base = row.text("/knowledgeBaseId") or ""
    own = source.within(names.arn("bedrock", source.region, source.account, f"knowledge-base/{base}"))
    detail = own.call(GET, knowledgeBaseId=base)
    if detail.vanished:
        return ()
    labels = own.call(TAGS, resourceArn=own.parent)
    asset = Asset(
        id=own.parent,
        kind="KnowledgeBase",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=names.known(native_kind="knowledge_base", tags=names.tags(labels, "/tags")),
        evidence=(*row.evidence(name="/name"), *labels.evidence(tags="/tags")),
    )
    return (asset, *_identity(own, detail), *_store(own, detail), *_sources(own, base))


def _identity(own: Source, detail: Answer) -> Iterator[Relation]:
    pointer = "/knowledgeBase/roleArn"
    if role := detail.text(pointer):
        yield Relation("RUNS_AS", own.parent, role, {}, detail.evidence(target=pointer), target_kind="Role")


def _store(own: Source, detail: Answer) -> Iterator[Fact]:
    for key, (store, index, word) in STORES.items():
        pointer = f"/knowledgeBase/storageConfiguration/{key}"
        where, name = detail.text(pointer + store), detail.text(pointer + index) if index else None
        if not where:
            continue
        identifier = f"{where}/{name}" if name else where
        yield Asset(
            id=identifier,
            kind="VectorIndex",
            name=name or where.rpartition("/")[2],
            listed_by=detail.listed_by,
            properties={"native_kind": word, "service": word},
            evidence=detail.evidence(native_kind=pointer),
        )
        yield Relation("STORED_IN", own.parent, identifier, evidence=detail.evidence(target=pointer + store))


def _sources(own: Source, base: str) -> Iterator[Fact]:
    for row in own.pages(SOURCES, knowledgeBaseId=base):
        source = own.call(SOURCE, knowledgeBaseId=base, dataSourceId=row.text("/dataSourceId"))
        config = source.at("/dataSource/dataSourceConfiguration/s3Configuration")
        for data, pointer in _prefixes(config):
            yield from names.dataset(config, pointer, data)
            yield Relation("INDEXES", own.parent, data, evidence=config.evidence(target=pointer))


def _prefixes(config: Answer) -> Iterator[tuple[str, str]]:
    """The parts of a bucket that a data source takes in: the whole of it when nothing narrows it."""
    bucket = config.text("/bucketArn")
    if not bucket:
        return
    given = config.get("/inclusionPrefixes")
    prefixes = given if isinstance(given, list) and given else None
    if prefixes is None:
        yield f"{bucket}/", "/bucketArn"
        return
    for index, prefix in enumerate(prefixes):
        yield f"{bucket}/{str(prefix).strip('/')}/", f"/inclusionPrefixes/{index}"
