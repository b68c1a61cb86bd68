"""What an empty list will hold, why it is empty, and what to do next."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

from hotline.kernel.errors import N_
from hotline.people.permissions import Permission
from hotline.people.principal import Principal

_P = Permission


@dataclass(frozen=True, slots=True)
class About:
    """What a list is for.

    Attributes:
        holds: message id of what it will hold, and how that comes about.
        href: where one does something about it; None when others do.
        text: message id of what is done there.
        may: the permission that this needs; None for whoever sees the list.
    """

    holds: str
    href: str | None = None
    text: str = ""
    may: Permission | None = None


class EmptyAdvice:
    """What the empty list of a page says, once: a page may have several lists.

    Attributes:
        holds: message id of what the list will hold.
        is_filtered: the reader has asked for a part only.
        everything: the same list without a filter.
        href: where the reader may do something about it.
        text: message id of what is done there.
    """

    def __init__(self, about: About, path: str, *, is_filtered: bool, may_act: bool) -> None:
        self.holds = about.holds
        self.is_filtered = is_filtered
        self.everything = path
        self.href = about.href if may_act else None
        self.text = about.text
        self._is_taken = False

    def take(self) -> "EmptyAdvice | None":
        """Return the advice the first time, and nothing after that."""
        if self._is_taken:
            return None
        self._is_taken = True
        return self


_NEW = ("/desk/intake", N_("Record a new matter"), _P.CREATE_TICKETS)
_SET_UP = ("/admin/setup", N_("Set the house up"), _P.MANAGE_DIRECTORY)
_DESK = ("/desk", N_("To my desk"), _P.READ_TICKETS)

ABOUT: Mapping[str, About] = MappingProxyType(
    {
        "/desk": About(
            N_(
                "Matters that wait for you stand here, the most pressing first. They come "
                "from calls, letters, the public page and other desks."
            ),
            *_NEW,
        ),
        "/queues/accept": About(
            N_("Every new matter comes here first: somebody accepts it, answers it or refuses it."),
            *_NEW,
        ),
        "/queues/dispatch": About(
            N_("What was accepted waits here until a dispatcher sends it to a unit."), *_DESK
        ),
        "/queues/sign": About(N_("What was sent to a unit waits here for its signature."), *_DESK),
        "/queues/processing": About(
            N_("What a unit has signed for and works on stands here."), *_DESK
        ),
        "/queues/audit": About(
            N_("Replies of units wait here until an auditor has checked them."), *_DESK
        ),
        "/queues/visit": About(
            N_("What was checked waits here until the requester was asked whether it is solved."),
            *_DESK,
        ),
        "/queues/*": About(
            N_(
                "Matters come here by themselves when it is this desk's turn. Nothing waits "
                "at the moment."
            ),
            *_DESK,
        ),
        "/tickets": About(
            N_("Every matter that you may see stands here, from its first call to its end."), *_NEW
        ),
        "/search": About(
            N_(
                "Search by number, telephone, name, address or words; the parts of a number "
                "are enough."
            ),
            *_DESK,
        ),
        "/notices": About(
            N_("Warnings of limits and news of your own matters come here by themselves."), *_DESK
        ),
        "/search/views": About(
            N_("A search that you need again and again can be kept under a name."),
            "/search",
            N_("Search"),
        ),
        "/desk/missed-calls": About(
            N_("Callers whom nobody answered stand here until somebody has called back."), *_DESK
        ),
        "/desk/calls": About(
            N_("Every call that the telephone exchange tells of stands here."),
            "/help/administrator",
            N_("How an exchange is connected"),
        ),
        "/desk/letters": About(
            N_("Letters to the hotline's mailbox wait here to be taken down."),
            "/help/administrator",
            N_("How a mailbox is connected"),
            _P.MANAGE_DIRECTORY,
        ),
        "/held-reports": About(
            N_("Reports of other systems that somebody must look at wait here."),
            "/admin/open311",
            N_("Other systems"),
            _P.MANAGE_OPEN311,
        ),
        "/desk/handover": About(
            N_("When a shift ends, write down what the next one has to know."), *_DESK
        ),
        "/supervision/orders": About(
            N_(
                "Supervision orders come by themselves when a limit is long over, or by hand "
                "on a matter."
            ),
            "/supervision",
            N_("What is late now"),
            _P.READ_BOARD,
        ),
        "/supervision/alerts": About(
            N_("A red alert stands here until somebody has seen it."),
            "/supervision",
            N_("What is late now"),
            _P.READ_BOARD,
        ),
        "/supervision/listed": About(
            N_(
                "Matters that are watched until they are done, because they were late for too long."
            ),
            "/supervision",
            N_("What is late now"),
            _P.READ_BOARD,
        ),
        "/interviews": About(
            N_("Units whose work stays below what was agreed are called to an interview."),
            "/credit",
            N_("Credit of the units"),
            _P.READ_CREDIT,
        ),
        "/bulletins": About(
            N_("What was said in public about how units work; a supervisor writes it."),
            "/bulletins/new",
            N_("Write a bulletin"),
            _P.PUBLISH_BULLETIN,
        ),
        "/clues": About(
            N_("Clues for the discipline inspection are handed over on the page of a matter."),
            *_DESK,
        ),
        "/incidents": About(
            N_(
                "When several people tell of the same, their matters are gathered here by "
                "themselves."
            ),
            *_NEW,
        ),
        "/incidents/bursts": About(
            N_("When far more matters come in than is usual for the hour, it is said here."), *_NEW
        ),
        "/anomalies": About(
            N_("What looks odd in how matters are worked off is found at night and waits here."),
            *_DESK,
        ),
        "/returns": About(
            N_("Every wish of a unit to give a matter back, and what became of it."), *_DESK
        ),
        "/suspensions": About(
            N_(
                "Matters that wait for something that nobody here can hurry, with the day of "
                "their review."
            ),
            *_DESK,
        ),
        "/plans": About(N_("Matters that take long, with a plan and its milestones."), *_DESK),
        "/whistles": About(
            N_(
                "Units called together about one matter; a dispatcher or a supervisor blows "
                "the whistle."
            ),
            *_DESK,
        ),
        "/groups": About(
            N_("Matters that several requesters told of, with everybody behind each."), *_NEW
        ),
        "/papers": About(
            N_(
                "Papers are issued on the page of a matter: orders, letters of commitment and"
                " others."
            ),
            *_DESK,
        ),
        "/handovers": About(
            N_("Files in which matters were handed to other authorities, and what those answered."),
            "/handovers/new",
            N_("Make a hand-over file"),
            _P.HAND_OVER_TICKETS,
        ),
        "/exports": About(
            N_(
                "Who took which list out of the house, and when. A list is exported on its "
                "own page."
            ),
            "/tickets",
            N_("All tickets"),
            _P.READ_TICKETS,
        ),
        "/knowledge": About(
            N_(
                "What the hotline answers from. Articles are written here, checked by a "
                "second person, and come up by themselves at the desk."
            ),
            "/knowledge/new",
            N_("Write an article"),
            _P.WRITE_KNOWLEDGE,
        ),
        "/knowledge/reviews": About(
            N_("Articles come here when they have to be looked at again."),
            "/knowledge",
            N_("Knowledge"),
        ),
        "/knowledge/corrections": About(
            N_("Who finds a mistake in an article says so beside it; it waits here."),
            "/knowledge",
            N_("Knowledge"),
        ),
        "/phrases": About(
            N_("Sentences that are said or written often, at hand by one key."),
            "/phrases/new",
            N_("Write a phrase"),
            _P.MANAGE_PHRASES,
        ),
        "/visits": About(
            N_("Matters whose requester is to be asked. They come here once a reply has passed."),
            *_DESK,
        ),
        "/field-checks": About(
            N_(
                "A draw of solved matters that somebody looks at on the spot; it is drawn "
                "every month."
            ),
            *_DESK,
        ),
        "/second-looks": About(
            N_("Return visits that a second person looks at again."),
            "/visits",
            N_("Visitors' desk"),
        ),
        "/catalogue": About(
            N_(
                "Which unit leads for which matter. Without it dispatchers choose for every "
                "single one."
            ),
            "/admin/setup/sheets/catalogue",
            N_("Bring it in by XLSX"),
            _P.MANAGE_CATALOGUE,
        ),
        "/precedents": About(
            N_("Decisions about whose a matter is become precedents by themselves."),
            "/catalogue",
            N_("Dispatch catalogue"),
        ),
        "/departments": About(
            N_("The units that matters go to. Every one needs somebody who signs."), *_SET_UP
        ),
        "/admin/categories": About(N_("What matters are about, in up to three levels."), *_SET_UP),
        "/admin/users": About(
            N_("Who may sign in, as what."), "/admin/users/new", N_("New account"), _P.MANAGE_USERS
        ),
        "/admin/setup/passwords": About(
            N_("Accounts that were brought in by a sheet get their first passwords here."),
            "/admin/setup/sheets/people",
            N_("Bring people in by XLSX"),
            _P.MANAGE_USERS,
        ),
        "/admin/policies": About(
            N_("How long each step may take, and for which matters."), *_SET_UP
        ),
        "/admin/calendars": About(N_("Which days are worked."), *_SET_UP),
        "/admin/open311": About(
            N_("Other systems that report matters by Open311, each with its key."),
            "/help/administrator",
            N_("The administrator's guide"),
        ),
        "/webhooks": About(
            N_("Systems of units that are told of events, each signed."),
            "/webhooks/new",
            N_("Connect a system"),
            _P.MANAGE_WEBHOOKS,
        ),
        "/admin/deliveries": About(
            N_("Messages to requesters and to people of the house, with what became of each."),
            "/help/administrator",
            N_("How messages are sent"),
        ),
        "/admin/subscriptions": About(
            N_("Group chats and addresses that are told of alerts."),
            "/help/administrator",
            N_("How messages are sent"),
        ),
        "/credit": About(
            N_(
                "Credit is worked out every night from what units did. It begins with the "
                "first closed matters."
            ),
            "/help/words",
            N_("What the words mean"),
        ),
        "/credit/ranking": About(
            N_("Units are ranked among their peers once a period has enough matters."),
            "/departments",
            N_("Departments"),
        ),
        "/credit/events": About(
            N_("Praise and reproach beside the rates, each with its rule and its file."),
            "/help/words",
            N_("What the words mean"),
        ),
        "/credit/appeals": About(
            N_("A unit that holds an entry for wrong says so on the entry; it waits here."),
            "/credit",
            N_("Credit"),
        ),
        "/credit/repairs": About(
            N_("A unit that has mended what it lost credit for asks here for it back."),
            "/credit",
            N_("Credit"),
        ),
        "/credit/reports": About(
            N_("Reports of a period are drafted by themselves once it is frozen."),
            "/credit/periods",
            N_("Periods"),
        ),
        "/credit/exclusions": About(
            N_("Matters that are left out of credit because nobody could have done better."), *_DESK
        ),
        "/credit/observers": About(
            N_("People from outside who look at how matters are worked off."),
            "/credit/observers/new",
            N_("Take in an observer"),
            _P.MANAGE_OBSERVERS,
        ),
        "/credit/findings": About(
            N_("What observers found; the unit answers here."), "/credit", N_("Credit")
        ),
        "/observer/surveys": About(
            N_("Surveys that you are asked to fill in come here."), "/observer", N_("My portal")
        ),
        "/observer/visits": About(
            N_("Visits that you are asked for come here."), "/observer", N_("My portal")
        ),
        "/observer/snaps": About(
            N_("What you saw in the street and sent with a picture."),
            "/observer/snaps/new",
            N_("Send a report"),
            _P.OBSERVE,
        ),
    }
)
"""What each list is for, by its address."""

_WITHOUT_MEANING = frozenset({"after", "cursor", "page", "sort", "done", "at", "language", "tab"})


def about(path: str) -> About | None:
    """Return what the list at an address is for."""
    found = ABOUT.get(path)
    if found is None and re.fullmatch(r"/queues/[\w-]+", path):
        return ABOUT["/queues/*"]
    return found


def advice_for(path: str, query: str, principal: Principal) -> EmptyAdvice | None:
    """Return what an empty list at an address says to a person.

    Args:
        path: of the page.
        query: what was asked of it.
        principal: who reads it.
    """
    found = about(path)
    if found is None:
        return None
    filters = {name for name, value in parse_qsl(query) if value} - _WITHOUT_MEANING
    may_act = found.may is None or found.may in principal.permissions
    return EmptyAdvice(found, path, is_filtered=bool(filters), may_act=may_act)
