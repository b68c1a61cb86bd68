"""Publishing policies, and putting open tickets under another one, each in an action of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

import structlog

from hotline.kernel.errors import N_, DomainError, ErrorKind
from hotline.kernel.jobs import is_passing
from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla import actions as sla
from hotline.sla.actions import Draft, drafted
from hotline.sla.models import PolicyVersion
from hotline.sla.queries import PinnedPolicy, find_policy
from hotline.tickets.catalogue import require_category
from hotline.tickets.lifecycle import Action
from hotline.tickets.models import RequestType, Ticket, Urgency
from hotline.tickets.reapplication import (
    Choice,
    LiveClock,
    Preview,
    Promised,
    TicketMove,
    asks_otherwise,
    choice_in_force,
    move_of,
    numbers_to_reapply,
    preview_policy,
    terms_for,
    traits_of,
)
from hotline.tickets.step import POLICIES, Step
from hotline.tickets.vocabulary import require_known_words

log = structlog.get_logger(__name__)


class NothingChanges(DomainError):
    """A reclassification that says what the ticket is already."""

    kind = ErrorKind.INVALID
    code = "nothing-changes"
    title = N_("The ticket has this urgency, type, category and area already")


# -- versions --------------------------------------------------------------------------------------


async def publish_policy(tx: Tx, draft: Draft) -> PolicyVersion:
    """Add the next version of a policy, if tickets know every word of it.

    Raises:
        PermissionDenied: the actor may not manage policies.
        InvalidPolicy: the definition cannot be kept, or uses a word that nothing goes by.
        DefaultPolicyNeeded: it would switch off the default.
    """
    row = await sla.publish_policy(tx, draft)
    await require_known_words(tx.session, drafted(draft, row))
    return row


async def roll_back_policy(tx: Tx, code: str, version: int) -> PolicyVersion:
    """Publish an earlier version's definition as the next version.

    Raises:
        PermissionDenied: the actor may not manage policies.
        UnknownPolicy: there is no such version.
        InvalidPolicy: what it speaks of is not there any more.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    return await publish_policy(tx, await sla.earlier_version(tx, code, version))


async def switch_policy(tx: Tx, code: str, *, is_active: bool) -> PolicyVersion:
    """Switch a policy on or off for tickets to come, as its next version.

    Raises:
        PermissionDenied: the actor may not manage policies.
        UnknownPolicy: there is no such policy.
        DefaultPolicyNeeded: it would switch off the default.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    draft = await sla.switched(tx, code, is_active=is_active)
    # What is switched off may speak of what is gone: that is a reason to switch it off.
    return await (publish_policy if is_active else sla.publish_policy)(tx, draft)


async def restore_preset(tx: Tx, code: str) -> PolicyVersion:
    """Publish a preset as it came, as the next version; in force or not as the policy is now.

    Raises:
        PermissionDenied: the actor may not manage policies.
        UnknownPolicy: there is no such preset.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    newest = await find_policy(tx.session, code)
    return await publish_policy(
        tx, sla.preset_draft(code, is_active=newest.is_active if newest else None)
    )


async def preview_draft(tx: Tx, draft: Draft) -> Preview:
    """Return what publishing and re-applying a draft would do; nothing is changed.

    Raises:
        PermissionDenied: the actor may not manage policies.
        InvalidPolicy: the draft cannot be kept, or uses a word that nothing goes by.
    """
    tx.actor.require(Permission.MANAGE_POLICIES)
    newest = await find_policy(tx.session, draft.code)
    await require_known_words(tx.session, drafted(draft, newest))
    return await preview_policy(tx.session, draft, now=tx.now)


# -- open tickets ----------------------------------------------------------------------------------


async def reapply_policy(
    tx: Tx,
    number: str,
    *,
    reason: str,
    policy_id: int | None = None,
    expected_version: int | None = None,
) -> bool:
    """Put a ticket under the policy that it would get today, or under a given version.

    Every live clock whose rule differs goes under the new rule: what it used stays used, what fired
    has fired, a broken promise stays broken. Done once more, nothing changes.

    Args:
        tx: the transaction.
        number: the ticket.
        reason: why, in words.
        policy_id: a version; None for the one that fits the ticket today.
        expected_version: the version the actor has read.

    Returns:
        Whether the ticket noticed anything.

    Raises:
        ActionForbidden: the actor is no administrator.
        IllegalTransition: the ticket is not open.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.REAPPLY_POLICY)
    if policy_id is None:
        after = (await choice_in_force(tx.session)).of(traits_of(step.ticket))
    else:
        after = await POLICIES.version(tx.session, policy_id)
    if after.id == step.policy.id or not asks_otherwise(step.policy.policy, after.policy):
        return False
    done = await _put_under(step, after, step.ticket.request_type, Action.REAPPLY_POLICY)
    await step.finish(move, Action.REAPPLY_POLICY, text=reason, details=details_of(done))
    return True


async def reclassify_ticket(
    tx: Tx,
    number: str,
    *,
    reason: str,
    urgency: Urgency | None = None,
    request_type: RequestType | None = None,
    category: str | None = None,
    area: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Say anew how urgent an open matter is and what it is about; what was used stays used.

    The policy is chosen anew. When that is another one, the clocks whose rule differs go under its
    rules; when it is the same, the ticket keeps the version it has, for a new version touches open
    tickets only when it is re-applied.

    Args:
        tx: the transaction.
        number: the ticket.
        reason: why, in words.
        urgency: the right one; None for as it is.
        request_type: the right one; None for as it is.
        category: the right one's code; None for as it is.
        area: the right one; None for as it is.
        expected_version: the version the actor has read.

    Raises:
        UnknownCode: there is no such category.
        NothingChanges: it is all that already.
    """
    step = await Step.begin(tx, number, expected_version)
    move = step.decide(Action.RECLASSIFY)
    ticket, request_type_before = step.ticket, step.ticket.request_type
    if category is not None and category != ticket.category_code:
        await require_category(tx.session, category)
    wanted = {
        "urgency": urgency,
        "request_type": request_type,
        "category_code": category,
        "area": area,
    }
    changed = {
        name: {"from": _word(getattr(ticket, name)), "to": _word(value)}
        for name, value in wanted.items()
        if value is not None and value != getattr(ticket, name)
    }
    if not changed:
        raise NothingChanges
    for name in changed:
        setattr(ticket, name, wanted[name])
    after = await _kept_or_chosen(step, await choice_in_force(tx.session))
    done = await _put_under(step, after, request_type_before, Action.RECLASSIFY)
    return await step.finish(
        move,
        Action.RECLASSIFY,
        text=reason,
        details={"reclassified": changed, **details_of(done)},
    )


def _word(value: object) -> str | None:
    return None if value is None else str(value)


async def _kept_or_chosen(step: Step, choice: Choice) -> PinnedPolicy:
    chosen = choice.of(traits_of(step.ticket))
    return step.policy if chosen.policy.code == step.policy.policy.code else chosen


async def _put_under(
    step: Step, after: PinnedPolicy, request_type_before: RequestType, action: Action
) -> TicketMove:
    """Put the live clocks and the promise of a ticket under a policy, and say what changed."""
    session, now, ticket = step.tx.session, step.tx.now, step.ticket
    commitment = await step.active_commitment()
    promised = Promised.of(commitment)
    types = (request_type_before.value, ticket.request_type.value)
    live = [
        LiveClock(
            clock,
            (await POLICIES.version(session, clock.policy_id)).policy,
            step.clocks.calendar(clock),
        )
        for clock in step.clocks.live
    ]
    done = move_of(
        ticket.number,
        step.policy,
        after,
        live,
        promised,
        request_type=types,
        calendars=step.calendars,
        now=now,
    )
    for item in live:
        terms = terms_for(
            item,
            after.policy,
            promised,
            request_type=types,
            calendars=step.calendars,
            now=now,
        )
        if terms is not None:
            await step.clocks.limit(item.clock, terms, after.id, action)
    if commitment is not None and done.new_promise_due_at is not None:
        commitment.due_at = done.new_promise_due_at
    ticket.policy_id, step.policy = after.id, after
    return done


def details_of(done: TicketMove) -> Mapping[str, Any]:
    """Return what changed, as it is written into the timeline."""
    written: dict[str, Any] = {
        "policy": {
            "from": {"code": done.before.policy.code, "version": done.before.version},
            "to": {"code": done.after.policy.code, "version": done.after.version},
        },
        "clocks": [
            {
                "clock": clock.kind.value,
                "limit_seconds": {"from": clock.limit_seconds, "to": clock.new_limit_seconds},
                "calendar": {"from": clock.calendar, "to": clock.new_calendar},
                "due_at": {
                    "from": clock.due_at.isoformat(),
                    "to": clock.new_due_at.isoformat(),
                },
            }
            for clock in done.clocks
        ],
    }
    if done.promise_due_at is not None and done.new_promise_due_at is not None:
        written["promise_due_at"] = {
            "from": done.promise_due_at.isoformat(),
            "to": done.new_promise_due_at.isoformat(),
        }
    return written


@dataclass(frozen=True, slots=True)
class Failure:
    """A ticket that could not be put under its policy.

    Attributes:
        number: its number.
        error: why; None when the database was away or somebody held the ticket too long.
    """

    number: str
    error: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Reapplied:
    """What became of a batch.

    Attributes:
        changed: tickets put under another policy.
        unchanged: tickets that had nothing to notice.
        failures: tickets that could not be.
        remaining: tickets of the policy that are left.
        last: the number to go on behind; None when nothing is left.
    """

    changed: int
    unchanged: int
    failures: Sequence[Failure]
    remaining: int = 0
    last: str | None = None


OpenTx = Callable[[], AbstractAsyncContextManager[Tx]]
"""Opens a transaction for the same actor; it commits at the end of the block."""


async def reapply_next(
    open_tx: OpenTx, code: str, *, reason: str, after: str = "", limit: int
) -> Reapplied:
    """Re-apply a policy to the next open tickets that it would touch.

    Args:
        open_tx: opens a transaction.
        code: the policy.
        reason: why, in words.
        after: only tickets behind this number.
        limit: so many tickets at most.

    Raises:
        UnknownPolicy: there is no such policy.
    """
    async with open_tx() as tx:
        tx.actor.require(Permission.MANAGE_POLICIES)
        if await find_policy(tx.session, code) is None:
            raise sla.UnknownPolicy(policy=code)
        count, numbers = await numbers_to_reapply(tx.session, code, after=after, limit=limit)
    done = await reapply_to(open_tx, numbers, reason=reason)
    remaining = count - len(numbers)
    return replace(done, remaining=remaining, last=numbers[-1] if remaining else None)


async def reapply_to(open_tx: OpenTx, numbers: Sequence[str], *, reason: str) -> Reapplied:
    """Put tickets under the policies that they would get today, each in a transaction of its own.

    One that cannot be done is named and stops no other.
    """
    changed = unchanged = 0
    failures = []
    async for number, outcome in _each(open_tx, numbers, reason):
        if isinstance(outcome, bool):
            changed += outcome
            unchanged += not outcome
        else:
            failures.append(Failure(number, outcome))
    log.info("policy_reapplied", changed=changed, unchanged=unchanged, failed=len(failures))
    return Reapplied(changed, unchanged, failures)


async def _each(
    open_tx: OpenTx, numbers: Sequence[str], reason: str
) -> AsyncIterator[tuple[str, bool | DomainError | None]]:
    for number in dict.fromkeys(numbers):
        try:
            async with open_tx() as tx:
                outcome = await reapply_policy(tx, number, reason=reason)
        except DomainError as error:
            yield number, error
        except Exception as error:
            if not is_passing(error):
                raise
            yield number, None
        else:
            yield number, outcome
