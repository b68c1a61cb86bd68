"""The queues: which tickets each shows, and who finds it in his side bar."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from hotline.kernel.errors import N_
from hotline.people.permissions import DEPARTMENT_ROLES, Permission, Role
from hotline.people.principal import Principal
from hotline.tickets.lifecycle import Hold, Status
from hotline.tickets.queries import QueueCount, TicketFilter
from web.views.rendering import NavGroup, NavItem

MOST_OPEN = 16
"""What a side bar shows unfolded: about a screen of 800 points, the headings of the rest below."""

_OVERSEERS = frozenset({Role.SUPERVISOR, Role.AUTHORITY})


@dataclass(frozen=True, slots=True)
class Queue:
    """A place of the machine where tickets wait for somebody.

    Attributes:
        code: its name in the address.
        text: message id of its heading.
        hint: message id of what to do there.
        icon: name in the sprite.
        roles: who has it in the side bar.
        status: tickets in any of these, not held up.
        hold: tickets held up by any of these.
    """

    code: str
    text: str
    hint: str
    icon: str
    roles: frozenset[Role]
    status: tuple[Status, ...] = ()
    hold: tuple[Hold, ...] = ()

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/queues/{self.code}"

    def holds(self, count: QueueCount) -> bool:
        """Tell whether a counted place belongs to this queue."""
        if self.hold:
            return count.hold in self.hold
        return count.status in self.status


QUEUES: Sequence[Queue] = (
    Queue(
        "accept",
        N_("To accept"),
        N_("Accept with a promise, answer at once, or send elsewhere."),
        "inbox",
        frozenset({Role.OPERATOR}) | _OVERSEERS,
        (Status.SUBMITTED,),
    ),
    Queue(
        "dispatch",
        N_("To dispatch"),
        N_("Choose the department whose duty it is."),
        "send",
        frozenset({Role.DISPATCHER}) | _OVERSEERS,
        (Status.ACCEPTED,),
    ),
    Queue(
        "returns",
        N_("Returns to decide"),
        N_("Decide whether the department gives the ticket back."),
        "arrow-back-up",
        frozenset({Role.DISPATCHER}) | _OVERSEERS,
        hold=(Hold.RETURN_REVIEW, Hold.ARBITRATION),
    ),
    Queue(
        "sign",
        N_("To sign for"),
        N_("Sign for the ticket, or ask to return it while the window is open."),
        "writing-sign",
        DEPARTMENT_ROLES | _OVERSEERS,
        (Status.DISPATCHED,),
    ),
    Queue(
        "processing",
        N_("In handling"),
        N_("Contact the requester, do the work, submit the feedback."),
        "tool",
        DEPARTMENT_ROLES | _OVERSEERS,
        (Status.PROCESSING,),
    ),
    Queue(
        "audit",
        N_("To audit"),
        N_("Check the department's feedback before it counts as done."),
        "clipboard-check",
        frozenset({Role.AUDITOR}) | DEPARTMENT_ROLES | _OVERSEERS,
        (Status.FEEDBACK_SUBMITTED,),
    ),
    Queue(
        "visit",
        N_("To visit"),
        N_("Ask the requester whether the matter is solved and how it was handled."),
        "phone-call",
        frozenset({Role.VISITOR}) | _OVERSEERS,
        (Status.PENDING_VISIT,),
    ),
    Queue(
        "ratings",
        N_("Bad ratings to check"),
        N_("Find out whether a bad rating is founded."),
        "star",
        frozenset({Role.AUDITOR}) | _OVERSEERS,
        hold=(Hold.RATING_CHECK,),
    ),
    Queue(
        "final-replies",
        N_("Final replies to approve"),
        N_("Approve a final reply, or send the matter back."),
        "gavel",
        frozenset({Role.LEADER}) | _OVERSEERS,
        hold=(Hold.FINAL_REPLY,),
    ),
)


def find_queue(code: str) -> Queue | None:
    """Return the queue with this name."""
    return next((queue for queue in QUEUES if queue.code == code), None)


def filter_of(queue: Queue) -> TicketFilter:
    """Return what a queue shows."""
    return TicketFilter(status=queue.status, hold=queue.hold, open_only=not queue.hold)


def home_of(principal: Principal) -> str:
    """Return the first page of somebody who has signed in."""
    first = (
        (principal.roles & {Role.SUPERVISOR, Role.AUTHORITY}, "/board"),
        (principal.roles & {Role.ADMIN}, "/admin/policies"),
        (principal.is_department, "/today"),
        (Permission.READ_TICKETS in principal.permissions, "/desk"),
        (Permission.READ_CLUES in principal.permissions, "/clues"),
        (Permission.OBSERVE in principal.permissions, "/observer"),
    )
    return next((path for is_his, path in first if is_his), "/departments")


def nav_groups(
    principal: Principal,
    path: str,
    counts: Sequence[QueueCount] | None = None,
    unread: int | None = None,
) -> list[NavGroup]:
    """Return the side bar of a person.

    Args:
        principal: whose.
        path: the page he is on.
        counts: what waits where; None when it was not counted.
        unread: how many notices he has not read; None when it was not counted.
    """
    may = principal.permissions
    groups = [
        (N_("My work"), _own_items(principal, unread)),
        (
            N_("Queues"),
            [_queue_item(queue, counts) for queue in QUEUES if queue.roles & principal.roles],
        ),
        *(
            (text, [item for permission, item in items if permission in may])
            for text, items in ((N_("Calls and letters"), _DESK), *_domains(may))
        ),
    ]
    here = max(
        (item.href for _, items in groups for item in items if _leads_to(item, path)),
        key=len,
        default=None,
    )
    shown, length = [], 0
    for text, items in groups:
        length += len(items)
        if items:
            marked = [replace(item, current=item.href == here) for item in items]
            is_here = any(item.current for item in marked)
            shown.append(NavGroup(text, marked, is_open=length <= MOST_OPEN or is_here))
    return shown


def _domains(
    may: Collection[Permission],
) -> Sequence[tuple[str, Sequence[tuple[Permission, NavItem]]]]:
    """Return what else there is; whoever keeps the rules has them first."""
    if Permission.MANAGE_USERS not in may:
        return _DOMAINS
    return sorted(_DOMAINS, key=lambda domain: domain[0] != _RULES)


def _own_items(principal: Principal, unread: int | None) -> list[NavItem]:
    """Return the pages of whoever works with tickets."""
    items = [item for permission, item in _OWN if permission in principal.permissions]
    if principal.is_department:
        items.insert(
            0, NavItem(N_("Today's work"), "/today", "calendar", has_more=True, shortcut="alt+d")
        )
    if principal.is_department:
        items.append(NavItem(N_("Called to meetings"), "/whistles", "users"))
    return [
        replace(item, count=unread or None) if item.href == _NOTICES else item for item in items
    ]


def _queue_item(queue: Queue, counts: Sequence[QueueCount] | None) -> NavItem:
    if counts is None:
        return NavItem(queue.text, queue.path, queue.icon)
    here = [count for count in counts if queue.holds(count)]
    return NavItem(
        queue.text,
        queue.path,
        queue.icon,
        count=sum(count.count for count in here),
        late=sum(count.late for count in here),
        places=" ".join(queue.hold or queue.status),
    )


_P = Permission

_NOTICES = "/notices"

_OWN: Sequence[tuple[Permission, NavItem]] = (
    (_P.READ_TICKETS, NavItem(N_("My desk"), "/desk", "home", shortcut="alt+q")),
    (
        _P.CREATE_TICKETS,
        NavItem(N_("Record a new matter"), "/desk/intake", "plus", shortcut="alt+n"),
    ),
    (_P.READ_TICKETS, NavItem(N_("Search"), "/search", "search", has_more=True)),
    (_P.READ_TICKETS, NavItem(N_("All tickets"), "/tickets", "list-details")),
    (_P.READ_TICKETS, NavItem(N_("Notices"), _NOTICES, "bell")),
)

_DESK: Sequence[tuple[Permission, NavItem]] = (
    (_P.TAKE_CALLS, NavItem(N_("My telephone"), "/desk/call", "phone")),
    (_P.READ_CALLS, NavItem(N_("Missed calls"), "/desk/missed-calls", "phone-call")),
    (_P.READ_CALLS, NavItem(N_("Live board"), "/desk/board", "chart-bar")),
    (_P.READ_CALLS, NavItem(N_("Telephone calls"), "/desk/calls", "list-details")),
    (_P.CREATE_TICKETS, NavItem(N_("Letters"), "/desk/letters", "inbox", has_more=True)),
    (_P.MODERATE_REPORTS, NavItem(N_("Reports of other systems"), "/held-reports", "key")),
    (_P.HAND_OVER_SHIFTS, NavItem(N_("Shift hand-over"), "/desk/handover", "history")),
)
"""What comes in at the desk."""

_RULES = N_("Rules and directory")

_DOMAINS: Sequence[tuple[str, Sequence[tuple[Permission, NavItem]]]] = (
    (
        N_("Observing"),
        (
            (_P.OBSERVE, NavItem(N_("My portal"), "/observer", "home")),
            (_P.OBSERVE, NavItem(N_("Surveys of observers"), "/observer/surveys", "star")),
            (_P.OBSERVE, NavItem(N_("My visits"), "/observer/visits", "eye")),
            (_P.OBSERVE, NavItem(N_("My findings"), "/credit/findings", "flag")),
            (_P.OBSERVE, NavItem(N_("My reports"), "/observer/snaps", "send")),
            (_P.OBSERVE, NavItem(N_("Ranking of observers"), "/observer/ranking", "list-details")),
            (_P.OBSERVE, NavItem(N_("My card"), "/observer/card", "user")),
            (_P.OBSERVE, NavItem(N_("Notices"), "/notices", "bell")),
        ),
    ),
    (
        N_("Oversight"),
        (
            (_P.READ_BOARD, NavItem(N_("Supervision"), "/supervision", "eye")),
            (_P.READ_BOARD, NavItem(N_("Board"), "/board", "chart-bar")),
            (_P.READ_OWN_BOARD, NavItem(N_("Board"), "/board", "chart-bar")),
            (_P.READ_TICKETS, NavItem(N_("Listed matters"), "/supervision/listed", "flag")),
            (_P.READ_INTERVIEWS, NavItem(N_("Interviews"), "/interviews", "message")),
            (_P.READ_TICKETS, NavItem(N_("Bulletins"), "/bulletins", "inbox")),
            (
                _P.READ_OBSERVERS,
                NavItem(N_("Observers"), "/credit/observers", "eye", has_more=True),
            ),
            (_P.ANSWER_FINDINGS, NavItem(N_("Observers' findings"), "/credit/findings", "flag")),
            (_P.READ_INCIDENTS, NavItem(N_("Incidents"), "/incidents", "alert-triangle")),
            (_P.READ_ANOMALIES, NavItem(N_("Anomalies"), "/anomalies", "search")),
            (_P.READ_CREDIT, NavItem(N_("Credit"), "/credit", "star", has_more=True)),
            (_P.TRANSFER_CLUE, NavItem(N_("Clues handed over"), "/clues", "lock")),
            (_P.READ_CLUES, NavItem(N_("Clues"), "/clues", "lock")),
        ),
    ),
    (
        N_("Ledgers"),
        (
            (_P.READ_RETURNS, NavItem(N_("Ledger of returns"), "/returns", "arrow-back-up")),
            (_P.READ_TICKETS, NavItem(N_("Suspended matters"), "/suspensions", "player-pause")),
            (_P.READ_TICKETS, NavItem(N_("Rectification plans"), "/plans", "flag")),
            (_P.READ_BOARD, NavItem(N_("Whistles"), "/whistles", "users")),
            (_P.READ_GROUPS, NavItem(N_("Group matters"), "/groups", "users")),
            (_P.READ_BOARD, NavItem(N_("Papers"), "/papers", "writing-sign")),
            (
                _P.HAND_OVER_TICKETS,
                NavItem(N_("Hand-over files"), "/handovers", "send", has_more=True),
            ),
            (_P.EXPORT_LISTS, NavItem(N_("Log of exports"), "/exports", "device-floppy")),
        ),
    ),
    (
        N_("Knowledge"),
        (
            (_P.READ_KNOWLEDGE, NavItem(N_("Knowledge"), "/knowledge", "search", has_more=True)),
            (
                _P.WRITE_KNOWLEDGE,
                NavItem(N_("Reviews of knowledge"), "/knowledge/reviews", "calendar"),
            ),
            (
                _P.READ_KNOWLEDGE,
                NavItem(N_("Reports of mistakes"), "/knowledge/corrections", "flag"),
            ),
            (_P.READ_KNOWLEDGE, NavItem(N_("Phrases"), "/phrases", "message")),
        ),
    ),
    (
        N_("Return visits"),
        (
            (_P.READ_VISITS, NavItem(N_("Visitors' desk"), "/visits", "phone")),
            (_P.READ_VISITS, NavItem(N_("Own visits compared"), "/visits/comparison", "users")),
            (_P.READ_VISITS, NavItem(N_("Field checks"), "/field-checks", "clipboard-check")),
            (_P.READ_VISITS, NavItem(N_("Second looks"), "/second-looks", "eye")),
        ),
    ),
    (
        _RULES,
        (
            (
                _P.READ_POLICIES,
                NavItem(N_("Time-limit policies"), "/admin/policies", "adjustments"),
            ),
            (_P.READ_POLICIES, NavItem(N_("Working calendars"), "/admin/calendars", "calendar")),
            (_P.READ_CATALOGUE, NavItem(N_("Dispatch catalogue"), "/catalogue", "send")),
            (_P.READ_CATALOGUE, NavItem(N_("Precedents"), "/precedents", "gavel")),
            (
                _P.MANAGE_SUGGESTIONS,
                NavItem(N_("Suggestions"), "/admin/suggestions", "star"),
            ),
            (_P.READ_DIRECTORY, NavItem(N_("Departments"), "/departments", "building")),
            (_P.MANAGE_DIRECTORY, NavItem(N_("Categories"), "/admin/categories", "category")),
            (
                _P.MANAGE_DIRECTORY,
                NavItem(N_("Setting up"), "/admin/setup", "clipboard-check", has_more=True),
            ),
            (
                _P.MANAGE_OPEN311,
                NavItem(N_("Other systems"), "/admin/open311", "key", has_more=True),
            ),
            (_P.MANAGE_USERS, NavItem(N_("Users"), "/admin/users", "users")),
            (_P.MANAGE_SCREENS, NavItem(N_("Wall screens"), "/admin/screens", "chart-bar")),
            (_P.MANAGE_WEBHOOKS, NavItem(N_("Webhooks"), "/webhooks", "send")),
        ),
    ),
)
"""What else somebody may open, by subject."""


def _leads_to(item: NavItem, path: str) -> bool:
    """Tell whether a page is an entry's own, or one of those below it."""
    return item.href == path or (item.has_more and path.startswith(f"{item.href}/"))
