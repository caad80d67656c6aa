"""An AWS organisation of any size: accounts, groups, boundaries, policies at three levels, resources.

Deterministic for its numbers; every distinct set of policies is held by several principals, as it is where
teams share managed policies.
"""

import random
from collections.abc import Iterator, Mapping

import msgspec

from graph.facts import Facts
from graph.model import Asset, Evidence, Json, Layer, Policy, Relation, Value, digest_of

ORGANIZATION = "arn:aws:organizations::000000000001:organization/o-bench"
ROOT = "arn:aws:organizations::000000000001:root/o-bench/r-1"
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
UNITS = 5
GROUPS = 4


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large; with `individual` bucket policies tell principals apart by a variable.

    `broad`: every set allows everything and denies some single buckets.
    """

    principals: int = 10_000
    sets: int = 2_000
    resources: int = 100_000
    accounts: int = 50
    individual: bool = False
    broad: bool = False


def organisation(size: Size, seed: int = 7) -> Facts:
    """The facts of an estate of this size."""
    built = _Builder(size, random.Random(seed))  # noqa: S311 - nothing here is secret
    built.build()
    return Facts.of_records(built.assets, built.relations, built.policies, built.documents)


def bucket(number: int) -> str:
    return f"arn:aws:s3:::data-{number % 100:02}-{number:06}"


def role(number: int, account: str) -> str:
    return f"arn:aws:iam::{account}:role/team/{number:06}"


class _Builder:
    def __init__(self, size: Size, dice: random.Random) -> None:
        self.size = size
        self.dice = dice
        self.assets: list[Asset] = []
        self.relations: list[Relation] = []
        self.policies: list[Policy] = []
        self.documents: dict[str, Json] = {}
        self.accounts = [f"{100_000_000_000 + number}" for number in range(size.accounts)]
        self.buckets = max(1, size.resources // 5)

    def build(self) -> None:
        self._organization()
        self._resources()
        managed = [self._document(*self._statements(number)) for number in range(self.size.sets)]
        boundary = self._document(EVERYTHING, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
        groups = {account: list(self._groups(account, managed)) for account in self.accounts}
        for number in range(self.size.principals):
            account = self.accounts[number % len(self.accounts)]
            kind = "User" if number % 5 == 0 else "Role"
            identifier = role(number, account).replace(":role/", f":{kind.lower()}/")
            self._asset(kind, identifier, account)
            chosen = (number // len(self.accounts)) % max(1, self.size.sets // len(self.accounts))
            own = chosen * len(self.accounts) + number % len(self.accounts)
            self._policy(identifier, "identity", managed[own % self.size.sets], f"managed-{own}")
            if own % 10 == 0:
                self._policy(identifier, "boundary", boundary, "boundary")
            if kind == "User":
                self.relations.append(Relation("MEMBER_OF", identifier, groups[account][own % GROUPS]))

    def _organization(self) -> None:
        everything = self._document(EVERYTHING)
        guard: Json = {"Effect": "Deny", "Action": ["organizations:*", "s3:DeleteBucket"], "Resource": "*"}
        self._asset("Organization", ORGANIZATION, "")
        self._asset("Folder", ROOT, "")
        self.relations.append(Relation("CONTAINS", ORGANIZATION, ROOT))
        units = [f"{ROOT.replace(':root/', ':ou/')}/ou-{number}" for number in range(UNITS)]
        for unit in units:
            self._asset("Folder", unit, "")
            self.relations.append(Relation("CONTAINS", ROOT, unit))
        for number, account in enumerate(self.accounts):
            self._asset("Account", f"aws://{account}", account)
            self.relations.append(Relation("CONTAINS", units[number % UNITS], f"aws://{account}"))
        for on in (ROOT, *units, *(f"aws://{account}" for account in self.accounts)):
            self._policy(on, "service_control", everything, "FullAWSAccess")
        self._policy(ROOT, "service_control", self._document(EVERYTHING, guard), "guard")

    def _resources(self) -> None:
        for number in range(self.size.resources):
            account = self.accounts[number % len(self.accounts)]
            if number < self.buckets:
                self._asset("Bucket", bucket(number), account)
            elif number % 10:
                self._asset("Dataset", f"{bucket(number % self.buckets)}/set-{number:06}/", account)
            else:
                self._asset(
                    "Function", f"arn:aws:lambda:eu-central-1:{account}:function:f-{number:06}", account
                )
        for number in range(0, self.buckets, 100):
            self._policy(bucket(number), "resource", self._document(self._bucket_policy(number)), "policy")

    def _bucket_policy(self, number: int) -> Json:
        other = self.accounts[(number + 1) % len(self.accounts)]
        statement: dict[str, Json] = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{other}:root"},
            "Action": "s3:GetObject",
            "Resource": f"{bucket(number)}/*",
        }
        if self.size.individual:
            statement["Resource"] = f"{bucket(number)}/${{aws:username}}/*"
        return statement

    def _statements(self, number: int) -> Iterator[Json]:
        """Nine statements, some wide, some narrow; every third set has a Deny."""
        if self.size.broad:
            yield EVERYTHING
            for _ in range(8):
                denied = bucket(self.dice.randrange(self.buckets))
                yield {"Effect": "Deny", "Action": "s3:*", "Resource": f"{denied}/*"}
            return
        for _ in range(7):
            near = self.dice.randrange(self.buckets)
            yield {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": f"{bucket(near)}/*",
            }
        wide = f"arn:aws:s3:::data-{self.dice.randrange(100):02}*"
        yield {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*" if self.dice.random() < 0.05 else wide}
        if number % 3 == 0:
            yield {"Effect": "Deny", "Action": "s3:*", "Resource": f"{bucket(number % self.buckets)}/*"}
        else:
            mfa: Json = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            yield {"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": mfa}

    def _groups(self, account: str, managed: list[Evidence]) -> Iterator[str]:
        for number in range(GROUPS):
            group = f"arn:aws:iam::{account}:group/{number}"
            self._asset("Group", group, account)
            self._policy(group, "identity", managed[number % len(managed)], f"managed-{number}")
            yield group

    def _asset(self, kind: str, identifier: str, account: str) -> None:
        properties: Mapping[str, Value] = {"account": account} if account else {}
        self.assets.append(Asset(id=identifier, kind=kind, name=identifier, properties=properties))

    def _policy(self, on: str, layer: Layer, evidence: Evidence, name: str) -> None:
        self.policies.append(Policy(on, layer, name, evidence))

    def _document(self, *statements: Json) -> Evidence:
        digest = digest_of(msgspec.json.encode(statements).decode(), prefix="d:")
        self.documents[digest] = {"Version": "2012-10-17", "Statement": list(statements)}
        return Evidence("aws:iam:GetAccountAuthorizationDetails", digest)
