"""Ids out of AWS's names."""

import pytest

from collectors.aws import names


@pytest.mark.parametrize(
    ("address", "identifier"),
    [
        ("s3://b", "arn:aws:s3:::b/"),
        ("s3://b/", "arn:aws:s3:::b/"),
        ("s3://b/p", "arn:aws:s3:::b/p/"),
        ("s3://b/p//", "arn:aws:s3:::b/p/"),
        ("s3://b/p/train.csv", "arn:aws:s3:::b/p/train.csv"),
        ("s3://b/p/train.csv.gz", "arn:aws:s3:::b/p/train.csv.gz"),
        ("s3://b/p/model.safetensors", "arn:aws:s3:::b/p/model.safetensors"),
        ("s3://b/2026.10/", "arn:aws:s3:::b/2026.10/"),
        ("https://example.org/p", None),
        ("", None),
    ],
)
def test_an_address_is_a_prefix_or_an_object(address: str, identifier: str | None) -> None:
    assert names.place(address, "eu-central-1") == identifier


@pytest.mark.parametrize(
    ("region", "identifier"),
    [("cn-north-1", "arn:aws-cn:s3:::b/p/"), ("us-gov-west-1", "arn:aws-us-gov:s3:::b/p/")],
)
def test_other_partitions_have_other_names(region: str, identifier: str) -> None:
    assert names.place("s3://b/p/", region) == identifier


@pytest.mark.parametrize(
    "name",
    [
        "anthropic.claude-x-v1:0",
        "eu.anthropic.claude-x-v1:0",
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x-v1:0",
        "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-x-v1:0",
    ],
)
def test_a_foundation_model_has_one_id(name: str) -> None:
    expected = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x-v1:0"
    assert names.foundation_model(name, "eu-west-1") == expected


def test_other_models_of_bedrock_are_not_foundation_models() -> None:
    assert (
        names.foundation_model("arn:aws:bedrock:eu-west-1:111122223333:custom-model/x", "eu-west-1") is None
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, None),
        ("arn:aws:kms:r:a:key/1", "arn:aws:kms:r:a:key/1"),
        ("1-2", "arn:aws:kms:eu-west-1:111122223333:key/1-2"),
        ("alias/records", "arn:aws:kms:eu-west-1:111122223333:alias/records"),
    ],
)
def test_a_key_is_named_by_arn_id_or_alias(key: str | None, expected: str | None) -> None:
    assert names.key_arn(key, "eu-west-1", "111122223333") == expected


def test_a_function_without_its_alias() -> None:
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:f"
    assert names.unqualified(f"{arn}:live") == names.unqualified(arn) == arn
