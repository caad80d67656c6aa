"""Amazon SageMaker notebook instances: as whom their users run code, and what they can reach."""

from collections.abc import Iterator, Sequence

from collectors.aws import names, sagemaker_models, things
from collectors.source import Answer, Source
from graph.model import Asset, Call, Evidence, Fact, Relation

LIST = Call("aws:sagemaker:ListNotebookInstances", lists=("Notebook",))
DESCRIBE = Call(
    "aws:sagemaker:DescribeNotebookInstance",
    fills=(
        "Notebook.direct_internet",
        "Notebook.root_access",
        "Notebook.imds_v1",
        "RUNS_AS",
        "IN_NETWORK",
        "ENCRYPTED_WITH",
    ),
)

LIFECYCLE = Call("aws:sagemaker:DescribeNotebookInstanceLifecycleConfig")
"""The scripts that run when a notebook is made and started: they may hold keys."""
TAGS = sagemaker_models.TAGS

REGIONAL = True

IMDS = "/InstanceMetadataServiceConfiguration/MinimumInstanceMetadataServiceVersion"


def collect(source: Source) -> Iterator[Fact]:
    for facts in source.each(lambda row: _notebook(source, row), source.pages(LIST)):
        yield from facts


def _notebook(source: Source, row: Answer) -> Sequence[Fact]:
    own = source.within(row.text("/NotebookInstanceArn") or "")
    notebook = own.call(DESCRIBE, NotebookInstanceName=row.text("/NotebookInstanceName"))
    if notebook.vanished:
        return ()
    return (_asset(own, row, notebook), *_relations(own, notebook))


def _asset(own: Source, row: Answer, notebook: Answer) -> Asset:
    labels, given = sagemaker_models.tags(own, own.parent)
    return Asset(
        id=own.parent,
        kind="Notebook",
        name=row.text("/NotebookInstanceName") or "",
        listed_by=row.listed_by,
        properties=names.known(
            native_kind="notebook_instance",
            tags=given,
            direct_internet=_is(notebook, "/DirectInternetAccess", "Enabled"),
            root_access=_is(notebook, "/RootAccess", "Enabled"),
            imds_v1=_is(notebook, IMDS, "1"),
        ),
        evidence=(
            *row.evidence(name="/NotebookInstanceName"),
            *notebook.evidence(
                direct_internet="/DirectInternetAccess", root_access="/RootAccess", imds_v1=IMDS
            ),
            *labels,
            *_scripts(own, notebook),
        ),
    )


def _scripts(own: Source, notebook: Answer) -> tuple[Evidence, ...]:
    if name := notebook.text("/NotebookInstanceLifecycleConfigName"):
        return own.call(LIFECYCLE, NotebookInstanceLifecycleConfigName=name).evidence()
    return ()


def _is(answer: Answer, pointer: str, value: str) -> bool | None:
    given = answer.text(pointer)
    return None if given is None else given == value


def _relations(own: Source, notebook: Answer) -> Iterator[Relation]:
    yield from things.runs_as(own, notebook, "/RoleArn")
    yield from things.in_subnets(own, notebook, "/SubnetId")
    yield from things.encrypted(own, notebook, "/KmsKeyId")
