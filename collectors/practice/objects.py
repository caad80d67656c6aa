"""What lies in the practice estate's buckets, served as Amazon S3 does: listing and reading, no writing.

Only the role that looks inside may read; the auditor's, which the posture is collected with, is denied.
"""

import hashlib
from collections.abc import Mapping
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from collectors.practice.aws_wire import CREDENTIAL, Reply

LOOKER = "PRACTICELOOK"
"""Access key ids of the role that looks inside begin with this."""
PAGE = 1_000
WRITTEN = 1_760_423_400
"""When every object was written, in seconds since 1970."""

Objects = Mapping[str, Mapping[str, bytes]]
"""Content by bucket and key."""


def reply(objects: Objects, headers: Mapping[str, str], method: str, address: str) -> Reply | None:
    """The answer to a request about objects; None when it is about something else."""
    given = {name.lower(): value for name, value in headers.items()}
    signature = CREDENTIAL.search(given.get("authorization", ""))
    url = urlsplit(address)
    bucket, _, key = unquote(url.path).strip("/").partition("/")
    query = parse_qs(url.query, keep_blank_values=True)
    listing = "list-type" in query
    if signature is None or signature["signed"] != "s3" or method not in ("GET", "HEAD"):
        return None
    if "x-amz-account-id" in given:  # a call of S3 Control
        return None
    if not (key or listing or (method == "HEAD" and bucket)):
        return None
    if not signature["key"].startswith(LOOKER):
        return _error(403, "AccessDenied", "not authorized to perform: s3:GetObject")
    if bucket not in objects:
        return _error(404, "NoSuchBucket", "The specified bucket does not exist")
    if listing:
        return _listed(objects[bucket], bucket, {name: values[0] for name, values in query.items()})
    if not key:
        return Reply(200, {"x-amz-bucket-region": signature["region"]}, b"")
    content = objects[bucket].get(key)
    if content is None:
        return _error(404, "NoSuchKey", "The specified key does not exist.")
    return _content(content, given.get("range", ""), method)


def _listed(objects: Mapping[str, bytes], bucket: str, query: Mapping[str, str]) -> Reply:
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    size = min(int(query.get("max-keys", PAGE)), PAGE)
    after = query.get("continuation-token", query.get("start-after", ""))
    names = sorted(name for name in objects if name.startswith(prefix) and name > after)
    rows: list[str] = []
    folders: dict[str, None] = {}
    for name in names[:size]:
        rest = name[len(prefix) :]
        if delimiter and delimiter in rest:
            folders[prefix + rest.partition(delimiter)[0] + delimiter] = None
        else:
            rows.append(_row(name, objects[name]))
    more = len(names) > size
    token = f"<NextContinuationToken>{escape(names[size - 1])}</NextContinuationToken>" if more else ""
    common = "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{escape(bucket)}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<KeyCount>{len(rows) + len(folders)}</KeyCount>"
        f"<MaxKeys>{size}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(rows)}{common}"
        "</ListBucketResult>"
    )
    return Reply(200, {"Content-Type": "application/xml"}, body.encode())


def _row(name: str, content: bytes) -> str:
    return (
        f"<Contents><Key>{escape(name)}</Key><LastModified>2025-10-14T06:30:00.000Z</LastModified>"
        f'<ETag>"{_etag(content)}"</ETag><Size>{len(content)}</Size>'
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def _content(content: bytes, asked: str, method: str) -> Reply:
    headers = {
        "Content-Type": "application/octet-stream",
        "ETag": f'"{_etag(content)}"',
        "Last-Modified": formatdate(WRITTEN, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if not asked:
        return Reply(200, {**headers, "Content-Length": str(len(content))}, _body(content, method))
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if start >= len(content):
        return _error(416, "InvalidRange", "The requested range is not satisfiable")
    part = content[start : end + 1]
    headers |= {"Content-Range": f"bytes {start}-{end}/{len(content)}", "Content-Length": str(len(part))}
    return Reply(206, headers, _body(part, method))


def _body(content: bytes, method: str) -> bytes:
    return b"" if method == "HEAD" else content


def _etag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _error(status: int, code: str, message: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Reply(status, {"Content-Type": "application/xml"}, body.encode())
