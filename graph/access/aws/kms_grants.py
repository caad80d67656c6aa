"""A KMS grant, read as the statement of a key policy that it amounts to.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html: the grantee may do the operations with the
key, without any policy that says so. What a grant's encryption context must hold is a condition.
"""

from graph.model import Json


def as_policy(grant: Json) -> Json:
    """The policy document; what cannot be read gives none, and so a document with a fault."""
    if not isinstance(grant, dict):
        return None
    grantee, operations = grant.get("GranteePrincipal"), grant.get("Operations")
    if not isinstance(grantee, str) or not isinstance(operations, list):
        return None
    by_service = grantee.endswith((".amazonaws.com", ".aws.internal"))
    actions: list[Json] = [f"kms:{each}" for each in operations if isinstance(each, str)]
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": {"Service" if by_service else "AWS": grantee},
        "Action": actions,
        "Resource": "*",
    }
    if condition := _condition(grant.get("Constraints")):
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": statement}


def _condition(constraints: Json) -> dict[str, Json]:
    """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context"""
    if not isinstance(constraints, dict):
        return {}
    pairs: dict[str, Json] = {}
    for name in ("EncryptionContextSubset", "EncryptionContextEquals"):
        required = constraints.get(name)
        if isinstance(required, dict):
            pairs |= {f"kms:EncryptionContext:{key}": value for key, value in required.items()}
    return {"StringEquals": pairs} if pairs else {}
