"""DynamoDB: `dynamodb://REGION/TABLE`, or `dynamodb://TABLE` in the region of the environment.

A table has no schema but its keys. A Scan can be split into segments by the hash of the partition key
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html), so segments chosen by the seed
are a sample of the partition keys: items of one partition key come together. Reads are eventually
consistent, which costs half.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from collectors.inspect.databases import Closed, Column, Cost, Database, Table, Taken, within
from collectors.inspect.databases.aws import client, size, told
from collectors.inspect.databases.rows import Rows
from collectors.inspect.places import Budget, Spent
from collectors.inspect.sampling import Sampler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ScanOutputTypeDef, TableDescriptionTypeDef

EACH = 100
"""Items that are wanted of one segment."""
REQUESTS = 60
"""Scans of one table at most."""
EMPTY = 10
"""Segments with nothing in them after which the count is taken to be old."""
UNITS = 1_000.0
"""Read units of one table after which no further scan is made."""
SEGMENTS = 1_000_000
"""The most segments that a scan is split into, by DynamoDB's own limit."""
UNIT_BYTES = 8_192
"""Bytes that one read unit examines when the read is eventually consistent."""
UNIT_DOLLARS = 0.125 / 1_000_000
"""On demand, us-east-1 (https://aws.amazon.com/dynamodb/pricing/on-demand/)."""
REASONS = {
    "ResourceNotFoundException": "there is no such table",
    "AccessDeniedException": "reading it is denied (dynamodb:DescribeTable and dynamodb:Scan are needed)",
    "ProvisionedThroughputExceededException": "its provisioned reads are used up",
}
"""What DynamoDB's codes mean; its messages are not repeated."""


def database(address: str) -> Database:
    region, _, table = address.removeprefix("dynamodb://").strip("/").rpartition("/")
    return _Region(region, table)


class _Region:
    """One table of a region."""

    def __init__(self, region: str, table: str) -> None:
        if not table or "/" in region:
            raise Closed("an address is dynamodb://REGION/TABLE or dynamodb://TABLE")
        self._client = cast("DynamoDBClient", client("dynamodb", region))
        self._address = f"dynamodb://{region}/{table}" if region else f"dynamodb://{table}"
        self._table = table

    def names(self) -> Sequence[str]:
        return [self._table]

    def table(self, name: str) -> Table:
        with told("DynamoDB", REASONS):
            about = self._client.describe_table(TableName=name)["Table"]
        return _Table(self._client, self._address, about)


class _Table:
    def __init__(self, client: "DynamoDBClient", address: str, about: "TableDescriptionTypeDef") -> None:
        self._client, self.name, self._about = client, address, about

    @property
    def columns(self) -> Sequence[Column]:
        keys = self._about.get("AttributeDefinitions", [])
        return [Column(key["AttributeName"], key["AttributeType"]) for key in keys]

    @property
    def rows(self) -> int:
        """DynamoDB counts every six hours or so; a new table has none until then."""
        return self._about.get("ItemCount", 0)

    def cost(self, most: int) -> Cost:
        rows = min(most, self.rows) if self.rows else most
        size = rows * max(1, self._item_bytes())
        requests = min(REQUESTS, -(-rows // EACH))
        units = min(UNITS, size / UNIT_BYTES + requests)
        return Cost(size, requests, units * UNIT_DOLLARS)

    def sample(self, sampler: Sampler, budget: Budget, most: int) -> Taken:
        segments = min(SEGMENTS, -(-self.rows // EACH)) if self.rows > most else 1
        scan = _Scan(self._client, self._about["TableName"], budget, self._item_bytes())
        if segments == 1:
            scan.through(most)
        else:
            scan.segments(sampler.shuffled(segments), segments, most)
            if not scan.items:  # the count is old and the table is not what it was
                scan.through(most)
        total = len(scan.items) if scan.whole else max(self.rows, len(scan.items))
        found = tuple(scan.items.columns("$", sampler, total))
        return Taken(found, len(scan.items), scan.told(segments))

    def _item_bytes(self) -> int:
        return self._about.get("TableSizeBytes", 0) // self.rows if self.rows else 0


class _Scan:
    """Items that were read, and what reading them took."""

    def __init__(self, client: "DynamoDBClient", table: str, budget: Budget, item_bytes: int) -> None:
        self._client, self._table, self._budget, self._item_bytes = client, table, budget, item_bytes
        self.items = Rows()
        self.asked: list[int] = []
        self.whole = False
        self._requests, self._units, self._spent = 0, 0.0, ""

    def segments(self, order: Sequence[int], segments: int, most: int) -> None:
        """One page of each segment in this order, until there is enough."""
        for segment in order:
            if self._enough(most) or (len(self.asked) >= EMPTY and not self.items):
                return
            if not self._page(most, segment=segment, segments=segments):
                return
            self.asked.append(segment)

    def through(self, most: int) -> None:
        """Pages from the start: all of it where it is small."""
        start: Mapping[str, object] | None = None
        while not self._enough(most):
            page = self._page(most, start=start)
            if page is None:
                return
            start = page.get("LastEvaluatedKey")
            if not start:
                self.whole = True
                return

    def told(self, segments: int) -> str:
        how = f"{len(self.items):,} items"
        if self.whole:
            how += ", all there are"
        elif self.asked:
            how += (
                f" of {len(self.asked):,} of {segments:,} segments by the hash of the key, chosen by the seed"
            )
        else:
            how += ", the first by the hash of the key"
        return f"{how}; {self._requests:,} requests, {self._units:,.1f} read units{self._spent}"

    def _enough(self, most: int) -> bool:
        return len(self.items) >= most or self._requests >= REQUESTS or self._units >= UNITS

    def _page(
        self, most: int, *, start: Mapping[str, object] | None = None, segment: int = 0, segments: int = 1
    ) -> "ScanOutputTypeDef | None":
        """One page; None when the budget ends before it, and something was read already."""
        wanted = min(most - len(self.items), 4 * EACH if segments > 1 else most)
        try:
            limit = within(self._budget, wanted, self._item_bytes)
        except Spent as spent:
            if not self._requests:
                raise
            self._spent = f"; {spent}"
            return None
        with told("DynamoDB", REASONS):
            page = self._client.scan(
                TableName=self._table,
                Limit=limit,
                ReturnConsumedCapacity="TOTAL",
                Segment=segment,
                TotalSegments=segments,
                **({"ExclusiveStartKey": start} if start else {}),  # type: ignore[arg-type]  # a key as it came
            )
        self._count(page)
        self.items.add([_plain(item) for item in page["Items"]], segment)
        return page

    def _count(self, page: "ScanOutputTypeDef") -> None:
        self._budget.read(size(page))
        self._requests += 1
        self._units += page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)


def _plain(item: Mapping[str, object]) -> object:
    """An item as JSON has it: sets become lists, numbers numbers; bytes are left out."""
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    return {name: _value(read(value)) for name, value in item.items()}  # type: ignore[arg-type]  # as it came


def _value(value: object) -> object:
    from boto3.dynamodb.types import Binary

    if isinstance(value, Mapping):
        return {name: _value(member) for name, member in value.items()}
    if isinstance(value, list | set):
        return [_value(member) for member in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if isinstance(value, Binary | bytes) else value
