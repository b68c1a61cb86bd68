"""Writing policies: every change is a new version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.codec import policy_from_json, policy_to_json
from hotline.sla.models import PolicyVersion
from hotline.sla.policy import InvalidPolicy, Match, Policy
from hotline.sla.presets import PRESETS
from hotline.sla.queries import find_policy, list_policy_versions

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class DefaultPolicyNeeded(DomainError):
    """The default policy may not be switched off, for then some ticket would have no limits."""

    kind = ErrorKind.CONFLICT
    code = "default-policy-needed"
    title = N_("The default policy cannot be switched off")


class UnknownPolicy(DomainError):
    """No policy, no version of it, or no preset goes by this name."""

    kind = ErrorKind.NOT_FOUND
    code = "unknown-policy"
    title = N_("There is no such time-limit policy: {policy}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A policy as somebody wants it to be.

    Attributes:
        code: stable name.
        name: what people call it.
        definition: which tickets it is for and how its clocks run, as JSON.
        is_active: whether it is to be in force.
    """

    code: str
    name: str
    definition: Mapping[str, Any]
    is_active: bool = True


def drafted(draft: Draft, newest: PolicyVersion | None) -> Policy:
    """Return the policy that a draft would become.

    Args:
        draft: what somebody wants.
        newest: the version that it would follow.

    Raises:
        InvalidPolicy: the definition cannot be kept.
        DefaultPolicyNeeded: it would switch off the default.
    """
    if not _CODE.fullmatch(draft.code):
        raise InvalidPolicy(N_("a code is made of small letters, digits, - and _"))
    if not draft.name.strip():
        raise InvalidPolicy(N_("a policy needs a name"))
    is_default = newest is not None and newest.is_default
    if is_default and not draft.is_active:
        raise DefaultPolicyNeeded
    policy = policy_from_json(
        draft.code, draft.name.strip(), draft.definition, is_default=is_default
    )
    if is_default and policy.match != Match():
        raise InvalidPolicy(N_("the default policy is for every ticket: leave match empty"))
    return policy


async def publish_policy(tx: Tx, draft: Draft) -> PolicyVersion:
    """Add the next version of a policy; tickets that have a version keep it.

    Raises:
        PermissionDenied: the actor may not manage policies.
        InvalidPolicy: the definition cannot be kept.
        DefaultPolicyNeeded: it would switch off the default.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    # One writer at a time, so that two administrators never make the same version.
    await tx.session.exec(
        sa.text("SELECT pg_advisory_xact_lock(hashtext('sla_policies'))")  # type: ignore[call-overload]
    )
    newest = await find_policy(tx.session, draft.code)
    policy = drafted(draft, newest)
    row = _add(tx, policy, newest.version + 1 if newest else 1, is_active=draft.is_active)
    await tx.session.flush()  # whoever re-applies it in this transaction needs its id
    return row


async def earlier_version(tx: Tx, code: str, version: int) -> Draft:
    """Return an earlier version as a draft, in force or not as the policy is now.

    Raises:
        UnknownPolicy: there is no such version.
    """
    versions = await list_policy_versions(tx.session, code)
    found = next((row for row in versions if row.version == version), None)
    if found is None:
        raise UnknownPolicy(policy=f"{code} {version}")
    return Draft(
        code=code, name=found.name, definition=found.definition, is_active=versions[0].is_active
    )


async def switched(tx: Tx, code: str, *, is_active: bool) -> Draft:
    """Return the newest version as a draft that is switched on or off.

    Raises:
        UnknownPolicy: there is no such policy.
    """
    found = await find_policy(tx.session, code)
    if found is None:
        raise UnknownPolicy(policy=code)
    return Draft(code=code, name=found.name, definition=found.definition, is_active=is_active)


def preset_draft(code: str, *, is_active: bool | None = None) -> Draft:
    """Return a preset as a draft.

    Args:
        code: of the preset.
        is_active: in force or not; None for as it came.

    Raises:
        UnknownPolicy: there is no such preset.
    """
    preset = next((preset for preset in PRESETS if preset.policy.code == code), None)
    if preset is None:
        raise UnknownPolicy(policy=code)
    return Draft(
        code=code,
        name=preset.policy.name,
        definition=policy_to_json(preset.policy),
        is_active=preset.is_active if is_active is None else is_active,
    )


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
