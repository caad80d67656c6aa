"""Cloud Storage: buckets, who may use them, and how they are kept."""

from collections.abc import Iterator

from collectors.gcp import names
from collectors.gcp.locations import key
from collectors.gcp.policies import GET_ROLE, allow, definitions, roles
from collectors.gcp.readings import evidence, known, labels
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Json, Policy

LIST = Call(
    "gcp:storage:ListBuckets",
    lists=("Bucket",),
    fills=(
        "Bucket.tags",
        "Bucket.versioning",
        "Bucket.immutable",
        "Bucket.retention_days",
        "Bucket.region",
        "ENCRYPTED_WITH",
        "policy:public_access_block",
    ),
)
POLICY = Call("gcp:storage:GetIamPolicy", lists=("User", "Group"), fills=("policy:allow",))

REGIONAL = False


def collect(source: Source) -> Iterator[Fact]:
    named: set[str] = set()
    rows = source.pages(LIST, project=source.account)
    for row, policy in source.each(lambda row: _with_policy(source, row), rows):
        if policy.vanished:
            continue
        bucket = names.bucket(row.text("/name") or "")
        yield _bucket(row, bucket)
        yield from key(row, "/encryption/defaultKmsKeyName", bucket, names.Project(source.account))
        if row.get("/iamConfiguration") is not None:
            access = row.document("/iamConfiguration")
            yield Policy(bucket, "public_access_block", "public access prevention", access.evidence()[0])
        yield from allow(policy, bucket, row.text("/name") or "")
        named |= roles([policy])
    yield from definitions(source, GET_ROLE, named)


def _with_policy(source: Source, row: Answer) -> tuple[Answer, Answer]:
    name = row.text("/name") or ""
    return row, source.within(names.bucket(name)).call(POLICY, bucket=name)


def _bucket(row: Answer, bucket: str) -> Asset:
    location = row.text("/location")
    return Asset(
        id=bucket,
        kind="Bucket",
        name=row.text("/name") or "",
        listed_by=row.listed_by,
        properties=known(
            native_kind="bucket",
            region=location.lower() if location else None,
            tags=labels(row),
            versioning=bool(row.flag("/versioning/enabled")),
            immutable=row.get("/retentionPolicy") is not None,
            retention_days=_kept_days(row),
        ),
        evidence=evidence(
            row,
            region="/location",
            tags="/labels",
            versioning="/versioning/enabled",
            immutable="/retentionPolicy",
            retention_days="/lifecycle/rule",
        ),
    )


def _kept_days(row: Answer) -> int | None:
    """After how many days a rule that holds for every object deletes it; None when there is no such rule."""
    ages = [
        rule.number("/condition/age")
        for rule in row.items("/lifecycle/rule")
        if rule.text("/action/type") == "Delete" and rule.json.get("condition", {}) in _only_age(rule)
    ]
    return min((age for age in ages if age is not None), default=None)


def _only_age(rule: Answer) -> tuple[Json, ...]:
    """The conditions that hold for every object of an age, and for nothing less."""
    age = rule.get("/condition/age")
    return {"age": age}, {"age": age, "isLive": True}
