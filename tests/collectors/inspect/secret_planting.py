"""A history with secrets everywhere that people leave them, and with what only looks like one."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.collectors.inspect.secret_maker import HEX, Maker, commit, git

SELF_TELLING = (
    "openai",
    "anthropic",
    "huggingface",
    "github",
    "github_fine",
    "groq",
    "replicate",
    "slack",
    "google",
    "gitlab",
    "databricks",
    "perplexity",
    "nvidia",
    "xai",
    "openrouter",
    "langsmith",
    "pinecone",
    "stripe",
    "npm",
    "azure_search",
)
"""Kinds that are known by their form, wherever they stand."""


def plant(folder: Path, make: Maker) -> None:
    """Everywhere, and some of it deleted again or on another branch only."""
    for name, form in FORMS.items():
        commit(folder, name, form([getattr(make, kind)() for kind in SELF_TELLING]))
    for name in (".env", "secrets/old.toml"):
        (folder / name).unlink()
    commit(folder, "README", "nothing")
    git(folder, "checkout", "-qb", "other")
    commit(folder, "deploy.sh", "".join(f"export T_{n}={each}\n" for n, each in enumerate(_all(make))))
    git(folder, "checkout", "-q", "main")
    for name, told in _contextual(make).items():
        commit(folder, name, told)


def _all(make: Maker) -> Iterator[str]:
    for kind in SELF_TELLING:
        yield getattr(make, kind)()


def _lines(form: str) -> Callable[[list[str]], str]:
    return lambda secrets: "".join(form.format(n=n, s=secret) for n, secret in enumerate(secrets))


def _notebook(secrets: list[str]) -> str:
    half = len(secrets) // 2
    cells = [
        {"cell_type": "code", "source": [f"key = '{one}'\n"], "outputs": [{"text": [f"{other}\n"]}]}
        for one, other in zip(secrets[:half], secrets[half:], strict=True)
    ]
    return json.dumps({"cells": cells, "nbformat": 4})


def _state(secrets: list[str]) -> str:
    values = {f"secret_{n}": secret for n, secret in enumerate(secrets)}
    resource = {"type": "aws_ssm_parameter", "instances": [{"attributes": values}]}
    return json.dumps({"version": 4, "resources": [resource]}, indent=2)


def _manifest(secrets: list[str]) -> str:
    lines = (f"  k{n}: {base64.b64encode(each.encode()).decode()}\n" for n, each in enumerate(secrets))
    return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\ndata:\n" + "".join(lines)


FORMS: Mapping[str, Callable[[list[str]], str]] = {
    ".env": _lines("KEY_{n}={s}\n"),
    "app.py": _lines('client_{n} = Client(api_key="{s}")\n'),
    "config.yaml": _lines("token_{n}: {s}\n"),
    "settings.json": lambda secrets: json.dumps({f"token{n}": each for n, each in enumerate(secrets)}),
    "secrets/old.toml": _lines('[service{n}]\nkey = "{s}"\n'),
    "analysis.ipynb": _notebook,
    "terraform.tfstate": _state,
    "Dockerfile": _lines("ENV KEY_{n}={s}\n"),
    "k8s.yaml": _manifest,
    "run.log": _lines("2024-05-01 10:00:{n:02d} INFO calling with Authorization: Bearer {s}\n"),
}


def _contextual(make: Maker) -> dict[str, str]:
    """Kinds that only their surroundings tell."""
    pem = make.private_key()
    account = {
        "type": "service_account",
        "private_key_id": make.some(40, HEX),
        "private_key": make.private_key(),
        "client_email": "robot@clinic.iam.gserviceaccount.com",
    }
    hidden = {"aws_access_key_id": make.key_id(), "aws_secret_access_key": make.aws()}
    indented = "".join(f"    {line}\n" for line in make.private_key().splitlines())

    def keys(equals: str, then: str) -> str:
        return f"aws_access_key_id{equals}{make.key_id()}{then}aws_secret_access_key{equals}{make.aws()}"

    blob = f"AccountName=x1;AccountKey={make.azure_storage()}"
    server = "Server=tcp:x.database.windows.net,1433;Database=d;User ID=u"
    return {
        "aws/credentials": f"[default]\n{keys(' = ', chr(10))}\n",
        "aws/.env": f"AWS_ACCESS_KEY_ID={make.key_id()}\nAWS_SECRET_ACCESS_KEY={make.aws()}\n",
        "aws/alone.env": f'export AWS_SECRET_ACCESS_KEY="{make.aws()}"\n',
        "aws/main.tf": f'provider "aws" {{\n  access_key = "{make.key_id()}"\n'
        f'  secret_key = "{make.aws()}"\n}}\n',
        "aws/keys.json": json.dumps({"AccessKeyId": make.key_id(), "SecretAccessKey": make.aws()}),
        "aws/keys.csv": f"Access key ID,Secret access key\n{make.key_id()},{make.aws()}\n",
        "aws/use.py": f"""boto3.client("s3", {keys('="', '", ')}")\n""",
        "aws/hidden.txt": f"blob: {base64.b64encode(json.dumps(hidden).encode()).decode()}\n",
        "azure/.env": f"AZURE_OPENAI_API_KEY={make.azure_openai()}\n",
        "azure/a.yaml": f"azure:\n  openai_api_key: {make.azure_openai()}\n",
        "azure/a.json": json.dumps({"azureOpenAIKey": make.azure_openai()}),
        "azure/a.py": f'client = AzureOpenAI(azure_openai_key="{make.azure_openai()}")\n',
        "azure/storage.env": "CONNECTION=DefaultEndpointsProtocol=https;AccountName=clinic;"
        f"AccountKey={make.azure_storage()};EndpointSuffix=core.windows.net\n",
        "azure/storage.json": json.dumps({"ConnectionStrings": {"Blob": blob}}),
        "azure/key.env": f"AZURE_STORAGE_KEY={make.azure_storage()}\n",
        "azure/key.tf": f'  storage_account_access_key = "{make.azure_storage()}"\n',
        "keys/key.pem": pem,
        "keys/key.yaml": f"tls.key: |\n{indented}",
        "keys/account.json": json.dumps(account, indent=2),
        "keys/hidden.txt": f"key: {base64.b64encode(make.private_key().encode()).decode()}\n",
        "keys/key.env": f'KEY="{json.dumps(make.private_key())[1:-1]}"\n',
        "db/.env": f"DATABASE_URL=postgresql://app:{make.password()}@db.clinic.test:5432/patients\n",
        "db/a.yaml": f"uri: mongodb+srv://app:{make.password()}@cluster0.ab12c.mongodb.net/x\n",
        "db/a.py": f'engine = create_engine("mysql+pymysql://root:{make.password()}@10.0.0.7/clinic")\n',
        "db/web.config": f"{server};Password={make.password()};\n",
        "db/docker-compose.yml": f"environment:\n  POSTGRES_PASSWORD: {make.password()}\n",
    }


def decoys(folder: Path, make: Maker) -> int:
    """Examples, placeholders, hashes, references and public keys; how many."""
    lines = _decoys(make)
    for number, (name, text) in enumerate(lines):
        commit_later(folder, f"decoys/{number}{name}", text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "nothing secret")
    return len(lines)


def commit_later(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text + "\n")


def _decoys(make: Maker) -> list[tuple[str, str]]:
    digest = hashlib.sha512(make.bytes(8)).digest()
    integrity = base64.b64encode(digest).decode()
    picture = base64.b64encode(make.bytes(600)).decode()
    uuid = "-".join(make.some(size, HEX) for size in (8, 4, 4, 4, 12))
    public, certificate = _public(make)
    return [
        (".env", "OPENAI_API_KEY=sk-your-key-here"),
        (".env", "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (".env", "ANTHROPIC_API_KEY=<your key>"),
        (".env", "ANTHROPIC_API_KEY=sk-ant-..."),
        (".env", "HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (".env", "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (".env", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"),
        (".env", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        (".env", "AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY="),
        (".env", "PASSWORD=changeme"),
        (".env", "DB_PASSWORD=${DB_PASSWORD}"),
        (".env", "API_KEY=$(cat /run/secrets/api_key)"),
        (".env", "SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"),
        (".env", "API_TOKEN_FILE=/run/secrets/token"),
        (".yml", "token: ${{ secrets.GITHUB_TOKEN }}"),
        (".yml", "password: '{{ vault_db_password }}'"),
        (".yml", "valueFrom:\n  secretKeyRef:\n    name: openai\n    key: api-key"),
        (".yaml", "api_key: changeme"),
        (".yaml", f"image: registry/x@sha256:{make.some(64, HEX)}"),
        (".yaml", f'resourceVersion: "{make.some(9, "0123456789")}"\nuid: {uuid}'),
        (".py", "password = os.environ['PASSWORD']"),
        (".py", "api_key = getpass.getpass('API key: ')"),
        (".py", "token = config.get('token', default=None)"),
        (".py", "secret = secretmanager.access('projects/1/secrets/x/versions/latest')"),
        (".py", "def check_password(password: str, hashed_password: str) -> bool: ..."),
        (".py", f"SHA256 = '{make.some(64, HEX)}'"),
        (".py", f"md5 = '{make.some(32, HEX)}'"),
        (".py", f"COMMIT = '{make.some(40, HEX)}'"),
        (".py", f"request_id = '{uuid}'"),
        (".py", f"etag = '\"{make.some(32, HEX)}\"'"),
        (".py", "KEY = bytes.fromhex('0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b')  # RFC 4231"),
        (".py", "key = '2b7e151628aed2a6abf7158809cf4f3c'  # FIPS 197"),
        (".py", "vector = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51'"),
        (".py", "url = 'postgresql://user:password@localhost/db'"),
        (".py", "url = 'https://user:pass@example.com/'"),
        (".py", "url = f'postgresql://{user}:{password}@{host}/db'"),
        (".ts", "const token = await getToken(process.env.API_KEY!)"),
        (".ts", "export const PASSWORD_MIN_LENGTH = 12"),
        (".js", f'<script integrity="sha384-{integrity[:64]}"></script>'),
        (".css", f"background: url(data:image/png;base64,{picture})"),
        (".html", f'<img src="data:image/png;base64,{picture}">'),
        (".map", f'{{"mappings": "{"AAAA,SAASA;" * 20}"}}'),
        (".json", f'{{"integrity": "sha512-{integrity}"}}'),
        (".json", f'{{"resolved": "https://registry.test/x/-/x-1.2.3.tgz#{make.some(40, HEX)}"}}'),
        (".json", f'{{"id": "{uuid}", "hash": "{make.some(64, HEX)}"}}'),
        (".json", '{"client_id": "32555940559.apps.googleusercontent.com"}'),
        (".json", f'{{"cells": [{{"outputs": [{{"data": {{"image/png": "{picture}"}}}}]}}]}}'),
        (".sum", f"github.com/x/y v1.2.3 h1:{base64.b64encode(digest[:32]).decode()}"),
        (".lock", f'checksum = "{make.some(64, HEX)}"'),
        (".lock", f'{{file = "x-1.0-py3-none-any.whl", hash = "sha256:{make.some(64, HEX)}"}}'),
        (".txt", f"requests==2.0 --hash=sha256:{make.some(64, HEX)}"),
        (".txt", f"commit {make.some(40, HEX)}\nAuthor: dev"),
        (".txt", "123e4567-e89b-12d3-a456-426614174000"),
        (".txt", "The quick brown fox jumps over the lazy dog; the secret is in the pudding."),
        (".md", "Set `OPENAI_API_KEY` to your key, it begins with `sk-`."),
        (".md", "export HUGGING_FACE_HUB_TOKEN=hf_..."),
        (".md", "curl -H 'Authorization: Bearer $TOKEN' https://api.clinic.test"),
        (".md", "`AccountName=myaccount;AccountKey=<key>;EndpointSuffix=core.windows.net`"),
        (".tf", 'variable "db_password" {\n  type = string\n  sensitive = true\n}'),
        (".tf", "password = random_password.db.result"),
        (".tf", f'ami = "ami-{make.some(17, HEX)}"\nsubnet = "subnet-{make.some(17, HEX)}"'),
        (".pem", public),
        (".pem", certificate),
        (".pub", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{make.some(43)} dev@clinic.example"),
        (".pub", f"github.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{make.some(300)}"),
        (
            ".asc",
            f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{make.some(64)}\n-----END PGP PUBLIC KEY BLOCK-----",
        ),
        (".sql", f"INSERT INTO files VALUES ('{uuid}', '{make.some(40, HEX)}');"),
        (".log", f"trace_id={make.some(32, HEX)} span_id={make.some(16, HEX)} took 12 ms"),
        (".log", f"Cache-Key: build-{make.some(24)}"),
        (".csv", "\n".join(f"{make.some(8, HEX)},{make.some(12)}" for _ in range(20))),
    ]


def _public(make: Maker) -> tuple[str, str]:
    """A public key and a certificate, as PEM."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.derive_private_key(int.from_bytes(make.bytes(30), "big"), ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic.example")])
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode(), certificate.public_bytes(pem).decode()
