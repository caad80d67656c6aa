"""The command `crownpath`. Each command's work is in `app/commands`, imported when it is called."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from app import faults

app = typer.Typer(
    name="crownpath",
    help="AI security posture as a graph: who can reach, steal, poison or misuse your AI, with proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
snapshot_app = typer.Typer(no_args_is_help=True, help="What scans saw: list, show, verify, merge.")
inspect_app = typer.Typer(
    help="What is inside files: sensitive data. Values are never shown or kept.", no_args_is_help=True
)
access_app = typer.Typer(
    no_args_is_help=True, help="May this principal do this? Decisions and their reasons."
)
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(access_app, name="access")
app.add_typer(inspect_app, name="inspect")

Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of snapshots and results (default: $CROWNPATH_HOME).")
]
Store = Annotated[
    str | None,
    typer.Option(
        "--store", help="embedded:PATH, bolt://, neo4j:// or neo4j+s:// (default: $CROWNPATH_STORE)."
    ),
]
SnapshotId = Annotated[str, typer.Argument(help="Id or folder of a snapshot, or 'latest'.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


@app.command()
def demo(
    *,
    home: Home = None,
    store: Store = None,
    show_app: Annotated[bool, typer.Option("--app/--no-app", help="Open the app at the end.")] = True,
    port: Annotated[int, typer.Option(help="Port of the app; 0 takes a free one.")] = 0,
) -> None:
    """Run the whole line on the practice estate: a hospital group with AI in three clouds."""
    _run("demo", home=home, store=store, show_app=show_app, port=port)


@app.command()
def scan(
    providers: Annotated[list[str] | None, typer.Argument(help="aws, gcp, azure; all by default.")] = None,
    *,
    home: Home = None,
    estate: Annotated[Path | None, typer.Option(help="estate.yaml: what only people know.")] = None,
    record: Annotated[Path | None, typer.Option(help="Also keep each call and its answer, redacted.")] = None,
    replay: Annotated[
        list[Path] | None, typer.Option(help="Answer the calls from recordings; no network.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Id or folder of the new snapshot.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with a scan that was stopped.")] = None,
    shard: Annotated[str | None, typer.Option(help="Only a part of the accounts: 3/16.")] = None,
    inspected: Annotated[
        list[Path] | None,
        typer.Option(help="A report of `crownpath inspect --out`, or a folder of them, beside those kept."),
    ] = None,
) -> None:
    """Collect what there is into a snapshot."""
    _run(
        "scan",
        providers=providers or [],
        home=home,
        estate=estate,
        record=record,
        replay=replay or [],
        out=out,
        resume=resume,
        shard=shard,
        inspected=inspected or [],
    )


@app.command()
def derive(snapshot: SnapshotId = "latest", *, home: Home = None) -> None:
    """Work out access, exposure, lineage and the attack graph of a snapshot."""
    _run("derive", snapshot=snapshot, home=home)


@app.command()
def load(snapshot: SnapshotId = "latest", *, home: Home = None, store: Store = None) -> None:
    """Make the graph store equal to a snapshot and what follows from it."""
    _run("load", snapshot=snapshot, home=home, store=store)


@app.command()
def check(
    snapshot: SnapshotId = "latest",
    *,
    home: Home = None,
    store: Store = None,
    rule: Annotated[list[str] | None, typer.Option(help="Only these rules; repeat it for several.")] = None,
    exemptions: Annotated[Path | None, typer.Option(help="exemptions.yaml: accepted risks.")] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit with 1 on findings of this severity or worse: critical, high, medium, low, never."
        ),
    ] = "high",
    as_json: AsJson = False,
) -> None:
    """Run the rules and attack-path queries; write results and say what was found."""
    _run(
        "check",
        snapshot=snapshot,
        home=home,
        store=store,
        rules=rule or [],
        exemptions=exemptions,
        fail_on=fail_on,
        as_json=as_json,
    )


@app.command()
def paths(
    snapshot: SnapshotId = "latest",
    *,
    home: Home = None,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(help="How many to print; 0 prints all.")] = 22,
) -> None:
    """The attack paths that the last check found, the worst first."""
    _run("paths", snapshot=snapshot, home=home, as_json=as_json, limit=limit)


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="Id of a saved query; lists them when left out.")] = None,
    *,
    home: Home = None,
    store: Store = None,
    cypher: Annotated[str | None, typer.Option(help="A reading Cypher statement instead.")] = None,
    parameter: Annotated[list[str] | None, typer.Option("--param", "-p", help="name=value")] = None,
    limit: Annotated[int, typer.Option(help="Rows at most.")] = 1000,
    timeout: Annotated[float, typer.Option(help="Seconds at most.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Run a saved query, or your own, on the graph; read-only."""
    _run(
        "query",
        name=name,
        home=home,
        store=store,
        cypher=cypher,
        parameters=parameter or [],
        limit=limit,
        timeout=timeout,
        as_json=as_json,
    )


@app.command("app")
def run_app(
    *,
    home: Home = None,
    store: Store = None,
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 8501,
) -> None:
    """Show the latest snapshot in the browser."""
    _run("show", home=home, store=store, port=port)


@app.command()
def doctor(*, home: Home = None, store: Store = None) -> None:
    """Check what the product needs: home, store, credentials; say how to mend what is missing."""
    _run("doctor", home=home, store=store)


@snapshot_app.command("list")
def snapshot_list(*, home: Home = None, as_json: AsJson = False) -> None:
    """The snapshots in the home, oldest first."""
    _run("snapshot", "list_all", home=home, as_json=as_json)


@snapshot_app.command("show")
def snapshot_show(
    snapshot: SnapshotId = "latest",
    *,
    home: Home = None,
    assets: Annotated[bool, typer.Option("--assets", help="Every asset.")] = False,
    relations: Annotated[bool, typer.Option("--relations", help="Every relation.")] = False,
    as_json: AsJson = False,
) -> None:
    """What a snapshot holds, and what could not be seen."""
    _run(
        "snapshot", "show", snapshot=snapshot, home=home, assets=assets, relations=relations, as_json=as_json
    )


@snapshot_app.command("verify")
def snapshot_verify(snapshot: SnapshotId = "latest", *, home: Home = None) -> None:
    """Check every byte against the manifest; name the file and line that is wrong."""
    _run("snapshot", "verify", snapshot=snapshot, home=home)


@snapshot_app.command("merge")
def snapshot_merge(
    snapshots: Annotated[list[str], typer.Argument(help="Ids of snapshots, such as those of shards.")],
    *,
    home: Home = None,
    out: Annotated[str | None, typer.Option(help="Id of the merged snapshot.")] = None,
) -> None:
    """One snapshot of several: shards of one estate, or the clouds scanned apart."""
    _run("snapshot", "merge", snapshots=snapshots, home=home, out=out)


@app.command()
def lineage(
    asset: Annotated[str, typer.Argument(help="The id of a dataset, model, endpoint, agent ...")],
    *,
    snapshot: Annotated[str, typer.Option(help="Id, folder or latest.")] = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What learned from an asset, and what it learned from."""
    _run("lineage", asset=asset, snapshot=snapshot, home=home, as_json=as_json)


Out = Annotated[
    Path | None, typer.Option("--out", help="Write down what was found, for `crownpath scan --inspected`.")
]
Keep = Annotated[
    bool, typer.Option("--keep", help="Keep what was found in the home: every scan takes it in.")
]


@inspect_app.command("data")
def inspect_data(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, prefixes, tables (docs/inspect.md).")],
    *,
    seed: Annotated[int, typer.Option(help="Chooses what is looked at; the same seed, the same.")] = 0,
    files: Annotated[int | None, typer.Option(help="Look at so many files or tables of each path.")] = None,
    megabytes: Annotated[int | None, typer.Option(help="Read so many megabytes at most.")] = None,
    requests: Annotated[int | None, typer.Option(help="Make so many requests at most.")] = None,
    dollars: Annotated[float | None, typer.Option(help="Spend so much on requests, about.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be read; read nothing.")] = False,
    names: Annotated[
        str,
        typer.Option(
            help="spaCy pipelines, by package or path, with commas between: names and illnesses in free text."
        ),
    ] = "",
    home: Home = None,
    out: Out = None,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Sensitive data in files: what types, where, how much of what was looked at."""
    _run(
        "inspect_data",
        paths=paths,
        seed=seed,
        files=files,
        megabytes=megabytes,
        requests=requests,
        dollars=dollars,
        plan=plan,
        names=names,
        home=home,
        out=out,
        keep=keep,
        as_json=as_json,
    )


@inspect_app.command("secrets")
def inspect_secrets(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, repositories, images; https:// and file:// repositories; "
            "github:OWNER or github:OWNER/REPOSITORY; oci://HOST/REPOSITORY:TAG."
        ),
    ],
    *,
    github_url: Annotated[
        str, typer.Option(envvar="GITHUB_API_URL", help="Address of GitHub's API; GITHUB_TOKEN is for it.")
    ] = "https://api.github.com",
    forks: Annotated[bool, typer.Option("--forks", help="Read an owner's forks too.")] = False,
    archived: Annotated[bool, typer.Option(help="Read an owner's archived repositories too.")] = True,
    home: Home = None,
    out: Out = None,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Secrets in files, whole histories and images; only fingerprints are shown."""
    _run(
        "inspect_secrets",
        paths=paths,
        home=home,
        github_url=github_url,
        forks=forks,
        archived=archived,
        out=out,
        keep=keep,
        as_json=as_json,
    )


@inspect_app.command("models")
def inspect_models(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Model files, folders, s3://, gs:// or abfss:// prefixes, "
            "mlflow://HOST/MODEL/VERSION, hf://OWNER/NAME@REVISION, oci://HOST/NAME:TAG."
        ),
    ],
    *,
    key: Annotated[
        Path | None, typer.Option(help="Public key or certificate (PEM) that signatures are checked with.")
    ] = None,
    megabytes: Annotated[int | None, typer.Option(help="Fetch so many megabytes at most.")] = None,
    home: Home = None,
    out: Out = None,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Model files: what they really are, whether loading them could run something, what they hold."""
    _run(
        "inspect_models",
        paths=paths,
        key=key,
        megabytes=megabytes,
        home=home,
        out=out,
        keep=keep,
        as_json=as_json,
    )


@access_app.command("evaluate")
def access_evaluate(
    cases: Annotated[Path, typer.Argument(help="JSON cases, one a line; - reads standard input.")],
    *,
    provider: Annotated[str, typer.Option(help="Of cases that name none: aws, gcp or azure.")] = "aws",
) -> None:
    """Answer access cases, one JSON answer a line; docs/access.md has the format."""
    _run("access", "evaluate", cases=cases, provider=provider)


Asked = Annotated[str, typer.Option("--snapshot", help="Id or folder of a snapshot, or 'latest'.")]
Principal = Annotated[str, typer.Argument(help="Id of a user, role or outsider; a session; a service.")]
Action = Annotated[str, typer.Argument(help="service:Action; who-can takes a pattern, such as 's3:Get*'.")]
Resource = Annotated[str, typer.Argument(help="An ARN or a pattern of ARNs; * for actions that take none.")]


@access_app.command("who-can")
def access_who_can(
    action: Action,
    resource: Resource,
    *,
    snapshot: Asked = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Everybody who may do an action on a resource: identities, outsiders, services, anyone."""
    _run("ask", "who_can", action=action, resource=resource, snapshot=snapshot, home=home, as_json=as_json)


@access_app.command("what-can")
def access_what_can(
    principal: Principal,
    *,
    action: Annotated[str | None, typer.Option(help="Only this action, or these: 's3:Get*'.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only these resources: an ARN or a pattern.")] = None,
    snapshot: Asked = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What a principal may do, by capability and set of resources; what something stops, too."""
    _run(
        "ask",
        "what_can",
        principal=principal,
        action=action,
        resource=resource,
        snapshot=snapshot,
        home=home,
        as_json=as_json,
    )


@access_app.command("explain")
def access_explain(
    principal: Principal,
    action: Action,
    resource: Resource,
    *,
    snapshot: Asked = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Why a principal may or may not: each layer, its verdict, the statement's text, who says so."""
    _run(
        "ask",
        "explain",
        principal=principal,
        action=action,
        resource=resource,
        snapshot=snapshot,
        home=home,
        as_json=as_json,
    )


@access_app.command("admins")
def access_admins(snapshot: SnapshotId = "latest", *, home: Home = None, as_json: AsJson = False) -> None:
    """Who is administrator of its account, who can become it, and by which steps."""
    _run("ask", "admins", snapshot=snapshot, home=home, as_json=as_json)


@access_app.command("confirm")
def access_confirm(
    path: Annotated[str, typer.Argument(help="Id of an attack path, as `crownpath paths --json` prints it.")],
    *,
    snapshot: Asked = "latest",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print, per step of a path, the provider's own read-only check, for you to run; it runs nothing."""
    _run("confirm", path=path, snapshot=snapshot, home=home, as_json=as_json)


def _run(module: str, function: str = "run", **arguments: object) -> None:
    code = getattr(import_module(f"app.commands.{module}"), function)(**arguments)
    raise typer.Exit(code or faults.OK)


def main() -> None:
    """Run the command; what a person can mend ends in one sentence and a documented exit code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(faults.INTERRUPTED)
    except BrokenPipeError:
        sys.exit(faults.OK)
    except Exception as fault:
        code = _code_of(fault)
        if code is None:
            raise
        sys.stderr.write(f"{fault}\n")
        sys.exit(code)


def _code_of(fault: Exception) -> int | None:
    """The exit code of a fault that has a sentence for people; None for a fault of the product's own."""
    if isinstance(fault, faults.Fault):
        return fault.code
    names = {cls.__name__ for cls in type(fault).__mro__}
    if "StoreError" in names:
        return faults.STORE
    mendable = {
        "SnapshotProblem",
        "BadRecording",
        "ContentError",
        "ResultsError",
        "EstateError",
        "InspectionError",
        "LedgerError",
        "NotAsked",
    }
    return faults.BAD_INPUT if names & mendable else None
