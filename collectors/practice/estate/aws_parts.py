"""Pieces of an AWS account for the practice estate, in the shapes in which AWS's APIs answer.

An `Account` collects users, groups, roles, policies and buckets; an `Area` is one region of it with
functions, SageMaker and Bedrock. `answers()` gives every call the collectors may make there, empty lists
included, so that what is not asked for stays denied.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from collectors.practice.aws import Answer
from collectors.practice.keys import access_key_id
from graph.model import Json

PROD, DEV = "111122223333", "444455556666"
"""Linden Health's accounts."""

RECORDS_KEY = f"arn:aws:kms:eu-central-1:{PROD}:key/00000000-0000-4000-8000-00000000beef"
"""The key of the patients' records."""

AT = "2026-10-14T06:30:00Z"
"""When everything was made that has no time of its own."""

Statement = Mapping[str, Json]

Tags = Mapping[str, str]
NO_TAGS: Tags = MappingProxyType({})

Inline = Mapping[str, Mapping[str, Json]]
NO_POLICIES: Inline = MappingProxyType({})


def policy(*statements: Mapping[str, Json]) -> dict[str, Json]:
    return {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}


def allow(actions: Sequence[str], resources: Sequence[str], **more: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def deny(resources: Sequence[str], **more: Json) -> dict[str, Json]:
    return {"Effect": "Deny", "Resource": list(resources), **more}


def trust(*statements: Mapping[str, Json]) -> dict[str, Json]:
    return policy(*statements)


def service(name: str, account: str = "") -> dict[str, Json]:
    """A service may use the role; with an account, only on behalf of that one."""
    condition: dict[str, Json] = (
        {"Condition": {"StringEquals": {"aws:SourceAccount": account}}} if account else {}
    )
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{name}.amazonaws.com"},
        "Action": "sts:AssumeRole",
        **condition,
    }


def principal(arn: str) -> dict[str, Json]:
    return {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}


def github(account: str, subject: str) -> dict[str, Json]:
    """Workflows of GitHub repositories whose token's subject matches may use the role."""
    issuer = "token.actions.githubusercontent.com"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{issuer}:sub": subject},
        },
    }


def wire(document: Mapping[str, Json]) -> str:
    """A policy as IAM sends it: URL-encoded JSON."""
    return quote(json.dumps(document))


def pairs(tags: Tags) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


_UNUSED = (
    ("apprunner", "ListServices", "ServiceSummaryList"),
    ("batch", "DescribeJobDefinitions", "jobDefinitions"),
    ("batch", "DescribeJobQueues", "jobQueues"),
    ("bedrock-agent", "ListPrompts", "promptSummaries"),
    ("bedrock-agentcore-control", "ListAgentRuntimes", "agentRuntimes"),
    ("bedrock-agentcore-control", "ListBrowsers", "browserSummaries"),
    ("bedrock-agentcore-control", "ListCodeInterpreters", "codeInterpreterSummaries"),
    ("cloudformation", "DescribeStacks", "Stacks"),
    ("codebuild", "ListProjects", ""),
    ("cognito-identity", "ListIdentityPools", "IdentityPools"),
    ("datapipeline", "ListPipelines", "pipelineIdList"),
    ("ec2", "DescribeInstances", "Reservations"),
    ("ec2", "DescribeVpcEndpoints", "VpcEndpoints"),
    ("s3control", "ListAccessPoints", "AccessPointList"),
    ("ecr", "DescribeRepositories", "repositories"),
    ("ecs", "ListClusters", "clusterArns"),
    ("ecs", "ListTaskDefinitions", "taskDefinitionArns"),
    ("eks", "ListClusters", "clusters"),
    ("emr", "ListClusters", "Clusters"),
    ("glue", "GetDevEndpoints", "DevEndpoints"),
    ("glue", "GetJobs", "Jobs"),
    ("glue", "ListSessions", "Sessions"),
    ("macie2", "ListFindings", "findingIds"),
    ("sagemaker", "ListDomains", "Domains"),
    ("sagemaker", "ListPipelines", "PipelineSummaries"),
    ("secretsmanager", "ListSecrets", "SecretList"),
    ("sns", "ListTopics", "Topics"),
    ("sqs", "ListQueues", "QueueUrls"),
    ("stepfunctions", "ListStateMachines", "stateMachines"),
)
"""Services that nothing of the practice estate uses: service, listing, where its rows would be (left out
where that is how the service says that there are none)."""


class Account:
    """IAM and S3 of one account."""

    def __init__(self, number: str) -> None:
        self.number = number
        self._users: list[dict[str, Json]] = []
        self._access_keys: dict[str, list[Json]] = {}
        self._last_used: list[Answer] = []
        self._bedrock_keys: list[Json] = []
        self._groups: list[Json] = []
        self._roles: list[Json] = []
        self._policies: dict[str, Json] = {}
        self._buckets: list[Json] = []
        self._bucket_answers: list[Answer] = []
        self._keys: dict[str, list[Answer]] = {}
        self._providers: set[str] = set()

    def key(
        self,
        arn: str,
        description: str,
        *,
        statements: Sequence[Mapping[str, Json]] = (),
        grants: Sequence[Mapping[str, Json]] = (),
        tags: Tags = NO_TAGS,
        only: str = "",
    ) -> str:
        """A customer's key, its ARN. Its policy leaves it to the account, or to `only` one identity, and says
        what `statements` say."""
        identifier, region = arn.rpartition("/")[2], arn.split(":")[3]
        root: Json = {"AWS": only or f"arn:aws:iam::{self.number}:root"}
        account = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
        about: dict[str, Json] = {
            "KeyId": identifier,
            "Arn": arn,
            "Description": description,
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
            "KeySpec": "SYMMETRIC_DEFAULT",
        }
        labels: list[Json] = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
        given: dict[str, dict[str, Json]] = {
            "DescribeKey": {"KeyMetadata": about},
            "GetKeyPolicy": {"Policy": json.dumps(policy(account, *statements))},
            "ListGrants": {"Grants": [dict(each) for each in grants]},
            "GetKeyRotationStatus": {"KeyRotationEnabled": True},
            "ListResourceTags": {"Tags": labels},
        }
        self._keys.setdefault(region, []).extend(
            Answer("kms", operation, self.number, region, {"KeyId": identifier}, response)
            for operation, response in given.items()
        )
        return arn

    def managed(self, name: str, document: Mapping[str, Json], *, arn: str | None = None) -> str:
        """A managed policy; its ARN."""
        arn = arn or f"arn:aws:iam::{self.number}:policy/{name}"
        old: dict[str, Json] = {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": AT}
        now: dict[str, Json] = {"Document": wire(document), "VersionId": "v2", "IsDefaultVersion": True}
        self._policies[arn] = {
            "PolicyName": name,
            "Arn": arn,
            "DefaultVersionId": "v2",
            "AttachmentCount": 1,
            "PolicyVersionList": [{**old, "Document": wire(policy())}, {**now, "CreateDate": AT}],
        }
        return arn

    def role(
        self,
        name: str,
        trusts: Mapping[str, Json],
        inline: Inline = NO_POLICIES,
        *,
        attached: Sequence[str] = (),
        boundary: str | None = None,
        tags: Tags = NO_TAGS,
        last_used: str | None = AT,
        path: str = "/",
    ) -> str:
        """A role; its ARN."""
        arn = f"arn:aws:iam::{self.number}:role{path}{name}"
        self._providers |= set(_federated(trusts))
        used: dict[str, Json] = {"LastUsedDate": last_used, "Region": "eu-central-1"} if last_used else {}
        self._roles.append(
            {
                "RoleName": name,
                "Arn": arn,
                "Path": path,
                "RoleId": f"AROA{len(self._roles):012}",
                "CreateDate": AT,
                "AssumeRolePolicyDocument": wire(trusts),
                "RolePolicyList": _inline(inline),
                "AttachedManagedPolicies": _attached(attached),
                "InstanceProfileList": [],
                "Tags": pairs(tags),
                "RoleLastUsed": used,
                **_boundary(boundary),
            }
        )
        return arn

    def user(
        self,
        name: str,
        inline: Inline = NO_POLICIES,
        *,
        groups: Sequence[str] = (),
        attached: Sequence[str] = (),
        boundary: str | None = None,
        tags: Tags = NO_TAGS,
        path: str = "/",
    ) -> str:
        """A user; the ARN."""
        arn = f"arn:aws:iam::{self.number}:user{path}{name}"
        self._users.append(
            {
                "UserName": name,
                "Arn": arn,
                "Path": path,
                "UserId": f"AIDA{len(self._users):012}",
                "CreateDate": AT,
                "UserPolicyList": _inline(inline),
                "GroupList": list(groups),
                "AttachedManagedPolicies": _attached(attached),
                "Tags": pairs(tags),
                **_boundary(boundary),
            }
        )
        return arn

    def access_key(
        self, user: str, *, active: bool = True, made: str = AT, last_used: str | None = None
    ) -> str:
        """A key of a user; its id."""
        identifier = access_key_id(self.number, len(self._last_used))
        row: dict[str, Json] = {"UserName": user, "AccessKeyId": identifier, "CreateDate": made}
        self._access_keys.setdefault(user, []).append({**row, "Status": "Active" if active else "Inactive"})
        used: dict[str, Json] = {"ServiceName": "s3", "Region": "eu-central-1"}
        used = {**used, "LastUsedDate": last_used} if last_used else {"ServiceName": "N/A", "Region": "N/A"}
        response: dict[str, Json] = {"UserName": user, "AccessKeyLastUsed": used}
        asked: dict[str, Json] = {"AccessKeyId": identifier}
        self._last_used.append(Answer("iam", "GetAccessKeyLastUsed", self.number, "", asked, response))
        return identifier

    def bedrock_key(self, user: str, identifier: str, *, status: str = "Active", expires: str = "") -> None:
        """A long-term API key of a user for Bedrock."""
        self._bedrock_keys.append(
            {
                "UserName": user,
                "Status": status,
                "ServiceName": "bedrock.amazonaws.com",
                "ServiceSpecificCredentialId": identifier,
                "ServiceCredentialAlias": f"{user}-at-{self.number}",
                "CreateDate": AT,
                **({"ExpirationDate": expires} if expires else {}),
            }
        )

    def group(self, name: str, inline: Inline = NO_POLICIES, *, attached: Sequence[str] = ()) -> str:
        """A group; its name, which is what users are listed with."""
        self._groups.append(
            {
                "GroupName": name,
                "Arn": f"arn:aws:iam::{self.number}:group/{name}",
                "Path": "/",
                "GroupId": f"AGPA{len(self._groups):012}",
                "CreateDate": AT,
                "GroupPolicyList": _inline(inline),
                "AttachedManagedPolicies": _attached(attached),
            }
        )
        return name

    def bucket(
        self,
        name: str,
        region: str = "eu-central-1",
        *,
        statements: Sequence[Mapping[str, Json]] = (),
        blocked: bool = True,
        key: str | None = None,
        versioned: bool = False,
        tags: Tags = NO_TAGS,
    ) -> str:
        """A bucket; its ARN."""
        self._buckets.append({"Name": name, "CreationDate": AT, "BucketRegion": region})
        rule: dict[str, Json] = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {}
        encryption: Json = {
            "Rules": [{"ApplyServerSideEncryptionByDefault": rule or {"SSEAlgorithm": "AES256"}}]
        }
        block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        owned: list[Json] = [{"ObjectOwnership": "BucketOwnerEnforced"}]
        text = json.dumps(policy(*statements)) if statements else None
        given: dict[str, tuple[dict[str, Json], str]] = {
            "GetBucketPolicy": ({"Policy": text} if text else {}, "NoSuchBucketPolicy"),
            "GetPublicAccessBlock": (
                {"PublicAccessBlockConfiguration": dict.fromkeys(block, True)} if blocked else {},
                "NoSuchPublicAccessBlockConfiguration",
            ),
            "GetBucketEncryption": ({"ServerSideEncryptionConfiguration": encryption}, ""),
            "GetBucketVersioning": ({"Status": "Enabled" if versioned else "Suspended"}, ""),
            "GetBucketOwnershipControls": ({"OwnershipControls": {"Rules": owned}}, ""),
            "GetBucketTagging": ({"TagSet": pairs(tags)} if tags else {}, "NoSuchTagSet"),
            "GetBucketLocation": (
                {"LocationConstraint": region} if region != "us-east-1" else {"LocationConstraint": ""},
                "",
            ),
        }
        for operation, (response, error) in given.items():
            asked: dict[str, Json] = {"Bucket": name}
            missing = "" if response else error
            self._bucket_answers.append(Answer("s3", operation, self.number, "", asked, response, missing))
        return f"arn:aws:s3:::{name}"

    def answers(self, regions: Sequence[str]) -> Iterator[Answer]:
        details: dict[str, Json] = {
            "UserDetailList": list(self._users),
            "GroupDetailList": self._groups,
            "RoleDetailList": self._roles,
            "Policies": list(self._policies.values()),
        }
        yield Answer("iam", "GetAccountAuthorizationDetails", self.number, response=details)
        yield from self._provider_answers()
        yield from self._user_answers()
        yield Answer("s3", "ListBuckets", self.number, response={"Buckets": self._buckets})
        yield from self._bucket_answers
        none = "NoSuchPublicAccessBlockConfiguration"
        yield Answer("s3control", "GetPublicAccessBlock", self.number, error=none)
        for region in regions:
            yield from self._key_answers(region)
            for service, operation, rows in _UNUSED:
                yield Answer(service, operation, self.number, region, response={rows: []} if rows else {})
        enabled: list[Json] = [{"RegionName": name, "RegionOptStatus": "ENABLED"} for name in regions]
        yield Answer("account", "ListRegions", self.number, response={"Regions": enabled})

    def _provider_answers(self) -> Iterator[Answer]:
        """The identity providers that roles trust are there."""
        rows: list[Json] = [{"Arn": arn} for arn in sorted(self._providers)]
        given: dict[str, Json] = {"OpenIDConnectProviderList": rows}
        yield Answer("iam", "ListOpenIDConnectProviders", self.number, response=given)
        yield Answer("iam", "ListSAMLProviders", self.number, response={"SAMLProviderList": []})
        for arn in sorted(self._providers):
            about: dict[str, Json] = {
                "Url": arn.partition("/")[2],
                "ClientIDList": ["sts.amazonaws.com"],
                "CreateDate": AT,
            }
            asked: dict[str, Json] = {"OpenIDConnectProviderArn": arn}
            yield Answer("iam", "GetOpenIDConnectProvider", self.number, "", asked, about)

    def _user_answers(self) -> Iterator[Answer]:
        """The users once more, as they are listed, and their keys."""
        rows: list[Json] = [
            {name: user[name] for name in ("UserName", "Arn", "Path", "UserId", "CreateDate")}
            for user in self._users
        ]
        yield Answer("iam", "ListUsers", self.number, response={"Users": rows})
        for user in self._users:
            keys = self._access_keys.get(str(user["UserName"]), [])
            asked: dict[str, Json] = {"UserName": user["UserName"]}
            yield Answer("iam", "ListAccessKeys", self.number, "", asked, {"AccessKeyMetadata": keys})
        yield from self._last_used
        given: dict[str, Json] = {"ServiceSpecificCredentials": self._bedrock_keys}
        yield Answer("iam", "ListServiceSpecificCredentials", self.number, response=given)
        counts: dict[str, Json] = {"Users": len(rows), "AccountAccessKeysPresent": 0}
        yield Answer("iam", "GetAccountSummary", self.number, response={"SummaryMap": counts})

    def _key_answers(self, region: str) -> Iterator[Answer]:
        made = self._keys.get(region, [])
        arns = sorted({str(each.parameters["KeyId"]) for each in made})
        rows: list[Json] = [
            {"KeyId": key, "KeyArn": f"arn:aws:kms:{region}:{self.number}:key/{key}"} for key in arns
        ]
        yield Answer("kms", "ListKeys", self.number, region, response={"Keys": rows})
        yield from made


def _federated(trusts: Mapping[str, Json]) -> Iterator[str]:
    statements = trusts.get("Statement")
    for each in statements if isinstance(statements, list) else []:
        principal = each.get("Principal") if isinstance(each, dict) else None
        if isinstance(principal, dict) and isinstance(principal.get("Federated"), str):
            yield str(principal["Federated"])


def _inline(policies: Inline) -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": wire(document)} for name, document in policies.items()]


def _attached(arns: Sequence[str]) -> list[Json]:
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def _boundary(arn: str | None) -> dict[str, Json]:
    if arn is None:
        return {}
    boundary: dict[str, Json] = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": arn,
    }
    return {"PermissionsBoundary": boundary}
