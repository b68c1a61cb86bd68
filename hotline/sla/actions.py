"""Writing policies: every change is a new version."""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.codec import policy_from_json, policy_to_json
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import InvalidPolicy, Match, Policy
from hotline.sla.presets import PRESETS

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class DefaultPolicyNeeded(DomainError):
    """The default policy may not be switched off, for then some ticket would have no limits."""

    kind = ErrorKind.CONFLICT
    code = "default-policy-needed"
    title = N_("The default policy cannot be switched off")


async def publish_policy(
    tx: Tx, *, code: str, name: str, definition: Mapping[str, Any], is_active: bool = True
) -> PolicyVersion:
    """Add the next version of a policy; tickets that have a version keep it.

    Raises:
        PermissionDenied: the actor may not manage policies.
        InvalidPolicy: the definition cannot be kept.
        DefaultPolicyNeeded: it would switch off the default.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    if not _CODE.fullmatch(code):
        raise InvalidPolicy(N_("a code is made of small letters, digits, - and _"))
    if not name.strip():
        raise InvalidPolicy(N_("a policy needs a name"))
    # One writer at a time, so that two administrators never make the same version.
    await tx.session.exec(
        sa.text("SELECT pg_advisory_xact_lock(hashtext('sla_policies'))")  # type: ignore[call-overload]
    )
    newest = (
        await tx.session.exec(
            select(PolicyVersion)
            .where(PolicyVersion.code == code)
            .order_by(col(PolicyVersion.version).desc())
            .limit(1)
        )
    ).first()
    is_default = newest is not None and newest.is_default
    if is_default and not is_active:
        raise DefaultPolicyNeeded
    policy = policy_from_json(code, name, definition, is_default=is_default)
    if is_default and policy.match != Match():
        raise InvalidPolicy(N_("the default policy is for every ticket: leave match empty"))
    return _add(tx, policy, newest.version + 1 if newest else 1, is_active=is_active)


def _add(tx: Tx, policy: Policy, version: int, *, is_active: bool) -> PolicyVersion:
    row = PolicyVersion(
        code=policy.code,
        version=version,
        name=policy.name,
        definition=policy_to_json(policy),
        is_default=policy.is_default,
        is_active=is_active,
        created_at=tx.now,
        created_by=tx.actor.username,
    )
    tx.session.add(row)
    return row


async def install_presets(tx: Tx) -> int:
    """Add the presets that are not there yet, and return how many were added."""
    known = set((await tx.session.exec(select(PolicyVersion.code))).all())
    missing = [preset for preset in PRESETS if preset.policy.code not in known]
    for preset in missing:
        _add(tx, preset.policy, 1, is_active=preset.is_active)
    return len(missing)
