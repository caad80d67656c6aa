"""The other end of the AWS collectors: a server that answers real boto3 from an estate held as data.

Several accounts and regions, every protocol, real paging. What the estate does not hold is denied, so a call
that nobody thought of shows up in the coverage and never looks like an empty answer.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import msgspec

from collectors.practice import aws_wire
from collectors.practice import objects as stored
from collectors.practice.aws_wire import AwsError, Reply, Request
from collectors.practice.objects import LOOKER, Objects
from graph.model import Json

KEY = "PRACTICE"
"""Access key ids are this and the account's 12 digits; the server checks no signature."""

HOME_REGION = "us-east-1"


class Answer(msgspec.Struct, frozen=True):
    """One recorded answer: a call with the parameters that matter, and the response or the error.

    `region` is empty for what answers everywhere (IAM, S3). A list operation holds the complete list: the
    server pages.
    """

    service: str
    operation: str
    account: str
    region: str = ""
    parameters: Mapping[str, Json] = {}
    response: Mapping[str, Json] = {}
    error: str = ""


class Fault(msgspec.Struct, frozen=True):
    """A call that goes wrong `times` times (-1: always), in one account and region or in all."""

    service: str
    operation: str
    code: str
    status: int = 400
    times: int = 1
    account: str = ""
    region: str = ""
    message: str = "This is a planted fault of the practice estate."


class Estate(msgspec.Struct, frozen=True):
    """What the server holds. `home` is the account that the environment's keys belong to.

    `auditor` is the name of the role that may be assumed in every account; `pages` are page sizes by
    (service, operation) that are smaller than what clients ask for.
    """

    home: str
    regions: tuple[str, ...]
    accounts: tuple[str, ...]
    answers: tuple[Answer, ...]
    auditor: str = "CrownpathAudit"
    pages: Mapping[tuple[str, str], int] = {}
    faults: tuple[Fault, ...] = ()
    objects: Objects = {}


NOT_FOUND = {
    "s3": ("NoSuchBucket", "The specified bucket does not exist", 404),
    "iam": ("NoSuchEntity", "The entity cannot be found.", 404),
    "sagemaker": ("ValidationException", "Could not find the requested resource.", 400),
}
"""How a service says that there is no such thing; the others say ResourceNotFoundException."""

MISSING = ("ResourceNotFoundException", "The resource was not found.", 404)


class AwsServer:
    """`with AwsServer(estate) as server:` serves the estate on a free port of this machine.

    `server.environment()` is all that boto3 needs; `server.calls` counts by (account, region, service,
    operation).
    """

    def __init__(self, estate: Estate) -> None:
        for answer in estate.answers:
            if not answer.error:
                aws_wire.check(answer.service, answer.operation, answer.response)
        self.estate = estate
        self.calls: Counter[tuple[str, str, str, str]] = Counter()
        self._faults = [(fault, [fault.times]) for fault in estate.faults]
        self._answers = _by_operation(estate.answers)
        self._lock = threading.Lock()
        self._http: ThreadingHTTPServer | None = None

    def __enter__(self) -> "AwsServer":
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()

    @property
    def address(self) -> str:
        if self._http is None:
            raise RuntimeError("The practice server is not running: use it in a with statement.")
        return f"http://127.0.0.1:{self._http.server_port}"

    def environment(self) -> dict[str, str]:
        """boto3's own settings that point it at this server, as the auditor of the home account."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": KEY + self.estate.home,
            "AWS_SECRET_ACCESS_KEY": "practice",
            "AWS_DEFAULT_REGION": self.estate.regions[0],
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def looking(self) -> dict[str, str]:
        """The same as the role that may look inside the home account's buckets, and may do nothing else."""
        return {**self.environment(), "AWS_ACCESS_KEY_ID": LOOKER + self.estate.home}

    def role_arns(self) -> tuple[str, ...]:
        """The auditor's roles in the other accounts."""
        others = [account for account in self.estate.accounts if account != self.estate.home]
        return tuple(f"arn:aws:iam::{account}:role/{self.estate.auditor}" for account in others)

    def plant(self, fault: Fault) -> None:
        """Let a call go wrong from now on."""
        with self._lock:
            self._faults.append((fault, [fault.times]))

    def reply(self, headers: Mapping[str, str], method: str, address: str, body: bytes) -> Reply:
        """The HTTP answer to one HTTP request."""
        service = None
        if about_objects := stored.reply(self.estate.objects, headers, method, address):
            return about_objects
        try:
            request = aws_wire.understand(headers, method, address, body)
            service = request.service
            return aws_wire.succeed(request, self._answer(request))
        except AwsError as error:
            return aws_wire.fail(error, service)

    def _answer(self, request: Request) -> Mapping[str, Json]:
        account = request.key.removeprefix(KEY)
        with self._lock:
            self.calls[account, request.region, request.service, request.operation] += 1
            self._strike(account, request)
        if account not in self.estate.accounts or request.region not in (*self.estate.regions, HOME_REGION):
            code = (
                "InvalidClientTokenId" if request.service in ("iam", "sts") else "UnrecognizedClientException"
            )
            raise AwsError(code, "The security token included in the request is invalid.", 403)
        if request.service == "sts":
            return self._identity(account, request)
        response = self._find(account, request)
        return aws_wire.page(request, response, self.estate.pages.get((request.service, request.operation)))

    def _strike(self, account: str, request: Request) -> None:
        """Raise the first planted fault that is due."""
        for fault, left in self._faults:
            same = (fault.service, fault.operation) == (request.service, request.operation)
            here = fault.account in ("", account) and fault.region in ("", request.region)
            if same and here and left[0]:
                left[0] -= 1
                raise AwsError(fault.code, fault.message, fault.status)

    def _identity(self, account: str, request: Request) -> Mapping[str, Json]:
        if request.operation == "GetCallerIdentity":
            arn = f"arn:aws:sts::{account}:assumed-role/{self.estate.auditor}/crownpath"
            return {"Account": account, "Arn": arn, "UserId": "AROAPRACTICE:crownpath"}
        arn = str(request.parameters.get("RoleArn", ""))
        if request.operation == "AssumeRole" and arn in self.role_arns():
            return _session(arn)
        raise AwsError("AccessDenied", f"not authorized to perform: sts:{request.operation} on {arn}", 403)

    def _find(self, account: str, request: Request) -> Mapping[str, Json]:
        """The seeded answer whose parameters all occur in the request, the most particular first."""
        name = (account, request.service, request.operation)
        seeded = [answer for answer in self._answers.get(name, ()) if answer.region in ("", request.region)]
        if not seeded:
            permission = f"{request.service}:{request.operation}"
            code = "AccessDenied" if request.service in ("s3", "iam") else "AccessDeniedException"
            raise AwsError(code, f"User is not authorized to perform: {permission}", 403)
        for answer in seeded:
            if all(request.parameters.get(key) == value for key, value in answer.parameters.items()):
                if answer.error:
                    raise AwsError(answer.error, "Planted by the practice estate.", 404)
                return answer.response
        raise AwsError(*NOT_FOUND.get(request.service, MISSING))


def _by_operation(answers: Iterable[Answer]) -> dict[tuple[str, str, str], list[Answer]]:
    table: dict[tuple[str, str, str], list[Answer]] = {}
    for answer in sorted(answers, key=lambda answer: -len(answer.parameters)):
        table.setdefault((answer.account, answer.service, answer.operation), []).append(answer)
    return table


def _session(role: str) -> Mapping[str, Json]:
    """Credentials of the account that an assumed role belongs to."""
    account, name = role.split(":")[4], role.rpartition("/")[2]
    return {
        "Credentials": {
            "AccessKeyId": KEY + account,
            "SecretAccessKey": "practice",
            "SessionToken": "practice",
            "Expiration": "2099-01-01T00:00:00Z",
        },
        "AssumedRoleUser": {
            "AssumedRoleId": "AROAPRACTICE:crownpath",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/crownpath",
        },
    }


class _Http(ThreadingHTTPServer):
    daemon_threads = True


def _handler(server: AwsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write per answer
        disable_nagle_algorithm = True  # without it a delayed ACK makes it ten times slower

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Requests are counted, not printed."""

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: str(value) for name, value in self.headers.items()}
            reply = server.reply(headers, self.command, self.path, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", reply.headers.get("Content-Length", str(len(reply.body))))
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  the base class's names

    return Handler
