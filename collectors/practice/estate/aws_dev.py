"""Linden Health's data science account: people, one of whom gets at production's training data."""

from collections.abc import Sequence

from collectors.practice.estate.aws_area import Area
from collectors.practice.estate.aws_parts import DEV, PROD, Account, allow, policy, principal, service, trust


def account(regions: Sequence[str]) -> tuple[Account, Sequence[Area]]:
    """The account, and its regions in the order given."""
    dev = Account(DEV)
    areas = [Area(DEV, region) for region in regions]
    dev.role("CrownpathAudit", trust(principal(f"arn:aws:iam::{PROD}:root")))
    _people(dev)
    _sandbox(dev, areas[0])
    return dev, areas


def _people(dev: Account) -> None:
    """Both may see the sandbox; only one of them may take production's curator role."""
    sandbox = allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::linden-ds-sandbox/*"])
    scientists = dev.group("data-scientists", {"sandbox": policy(sandbox)})
    curate = allow(["sts:AssumeRole"], [f"arn:aws:iam::{PROD}:role/TrainingDataCurator"])
    dev.user("lena.brandt", {"curate": policy(curate)}, groups=[scientists], tags={"team": "imaging-ai"})
    dev.user("tom.keller", groups=[scientists], tags={"team": "imaging-ai"})


def _sandbox(dev: Account, area: Area) -> None:
    sandbox = dev.bucket("linden-ds-sandbox", tags={"env": "sandbox", "data-class": "internal"})
    read = allow(["s3:GetObject"], [f"{sandbox}/*"])
    role = dev.role("SandboxNotebook", trust(service("sagemaker", DEV)), {"sandbox": policy(read)})
    area.notebook("feature-sandbox", role, internet=False, tags={"env": "sandbox"})
    helper = dev.role("SandboxHelper", trust(service("lambda", DEV)))
    area.function("label-studio-sync", helper, url="AWS_IAM", tags={"env": "sandbox"})
