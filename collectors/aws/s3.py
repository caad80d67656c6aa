"""Amazon S3: buckets, who may use them, and how they are kept."""

from collections.abc import Iterator, Sequence

from collectors.aws import names
from collectors.aws.trust import outsiders
from collectors.source import Answer, Source
from graph.model import Asset, Call, Fact, Policy, Relation

LIST = Call("aws:s3:ListBuckets", lists=("Bucket",), fills=("Bucket.region",))
LOCATION = Call("aws:s3:GetBucketLocation", fills=("Bucket.region",))
TAGS = Call("aws:s3:GetBucketTagging", fills=("Bucket.tags",), empty_on=("NoSuchTagSet",))
VERSIONING = Call("aws:s3:GetBucketVersioning", fills=("Bucket.versioning",))
ENCRYPTION = Call(
    "aws:s3:GetBucketEncryption",
    fills=("ENCRYPTED_WITH",),
    empty_on=("ServerSideEncryptionConfigurationNotFoundError",),
)
POLICY = Call(
    "aws:s3:GetBucketPolicy",
    lists=("ExternalPrincipal",),
    fills=("policy:resource",),
    empty_on=("NoSuchBucketPolicy",),
)
BLOCK = Call(
    "aws:s3:GetPublicAccessBlock",
    fills=("policy:public_access_block",),
    empty_on=("NoSuchPublicAccessBlockConfiguration",),
)
ACCOUNT_BLOCK = Call(
    "aws:s3control:GetPublicAccessBlock",
    fills=("policy:public_access_block",),
    empty_on=("NoSuchPublicAccessBlockConfiguration",),
)
OWNERSHIP = Call(
    "aws:s3:GetBucketOwnershipControls",
    fills=("Bucket.acl_enabled",),
    empty_on=("OwnershipControlsNotFoundError",),
)
ACL = Call("aws:s3:GetBucketAcl", lists=("ExternalPrincipal",), fills=("policy:acl",))

REGIONAL = False

ENFORCED = "BucketOwnerEnforced"
OWNED = "/OwnershipControls/Rules/0/ObjectOwnership"


def collect(source: Source) -> Iterator[Fact]:
    yield from _account_block(source)
    for facts in source.each(lambda row: _bucket(source, row), source.pages(LIST)):
        yield from facts


def _account_block(source: Source) -> Iterator[Policy]:
    """The account's own setting, with what its organisation makes of it: the call tells what is in force.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
    """
    own = source.within(f"aws://{source.account}")
    yield from _block(own.parent, own.call(ACCOUNT_BLOCK, AccountId=source.account))


def _block(on: str, answer: Answer) -> Iterator[Policy]:
    if answer.get("/PublicAccessBlockConfiguration"):
        evidence = answer.document("/PublicAccessBlockConfiguration").evidence()[0]
        yield Policy(on, "public_access_block", "public access block", evidence)


def _bucket(source: Source, row: Answer) -> Sequence[Fact]:
    name = row.text("/Name") or ""
    own = source.within(names.bucket(name, row.text("/BucketRegion") or ""))
    region, where = _region(own, row, name)
    if where.vanished:
        return ()
    labels = own.call(TAGS, Bucket=name)
    versioning = own.call(VERSIONING, Bucket=name)
    ownership = own.call(OWNERSHIP, Bucket=name)
    listed = _lists_count(ownership)
    asset = Asset(
        id=names.bucket(name, region or ""),
        kind="Bucket",
        name=name,
        listed_by=row.listed_by,
        properties=names.known(
            region=region,
            native_kind="bucket",
            tags=names.tags(labels, "/TagSet"),
            versioning=_versioned(versioning),
            acl_enabled=listed,
        ),
        evidence=(
            *row.evidence(name="/Name"),
            *where.evidence(region="/BucketRegion" if where is row else "/LocationConstraint"),
            *labels.evidence(tags="/TagSet"),
            *versioning.evidence(versioning="/Status"),
            *ownership.evidence(acl_enabled=OWNED),
        ),
    )
    lists = _list(own, asset.id, name) if listed is not False else ()
    return (asset, *_key(own, asset.id, name, region or ""), *_policies(own, asset.id, name), *lists)


def _region(own: Source, row: Answer, name: str) -> tuple[str | None, Answer]:
    """The bucket's region and the answer that says so: the listing, or a call of its own."""
    if region := row.text("/BucketRegion"):
        return region, row
    answer = own.call(LOCATION, Bucket=name)
    named = answer.text("/LocationConstraint")
    if not answer.ok:
        return None, answer
    # The two oldest regions have names of their own here.
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(named, named), answer


def _versioned(answer: Answer) -> bool | None:
    return answer.text("/Status") == "Enabled" if answer.ok else None


def _key(own: Source, bucket: str, name: str, region: str) -> Iterator[Fact]:
    encryption = own.call(ENCRYPTION, Bucket=name)
    for rule in encryption.items("/ServerSideEncryptionConfiguration/Rules"):
        pointer = "/ApplyServerSideEncryptionByDefault/KMSMasterKeyID"
        if key := names.key_arn(rule.text(pointer), region, own.account):
            yield Relation(
                "ENCRYPTED_WITH",
                bucket,
                key,
                evidence=rule.evidence(target=pointer),
                target_kind="EncryptionKey",
            )


def _policies(own: Source, bucket: str, name: str) -> Iterator[Fact]:
    policy = own.call(POLICY, Bucket=name)
    if policy.text("/Policy"):
        document = policy.document("/Policy")
        yield Policy(bucket, "resource", "bucket policy", document.evidence()[0])
        yield from outsiders(document, own.account)
    yield from _block(bucket, own.call(BLOCK, Bucket=name))


def _lists_count(ownership: Answer) -> bool | None:
    """Whether access control lists count; they do where nothing was set.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    return ownership.text(OWNED) != ENFORCED if ownership.ok else None


def _list(own: Source, bucket: str, name: str) -> Iterator[Fact]:
    """The grants of the bucket's access control list to others than its owner."""
    answer = own.call(ACL, Bucket=name)
    owner = answer.text("/Owner/ID")
    for grant in answer.items("/Grants"):
        grantee = grant.text("/Grantee/ID")
        if grantee != owner or grant.text("/Grantee/URI"):
            yield Policy(bucket, "acl", "access control list", grant.evidence()[0])
            yield from _grantee(grant)


def _grantee(grant: Answer) -> Iterator[Asset]:
    """An account that only its canonical user id is known of."""
    if identifier := grant.text("/Grantee/ID"):
        yield Asset(
            id=f"canonical:aws:{identifier}",
            kind="ExternalPrincipal",
            name=f"AWS account with the canonical user id {identifier}",
            listed_by=grant.listed_by,
            properties={"native_kind": "account", "service": "", "account": "", "region": ""},
            evidence=grant.evidence(native_kind="/Grantee"),
        )
