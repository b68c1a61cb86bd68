"""Help beside fields: one catalogue, by the name of the field, or by the action and the field."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.kernel.errors import N_

HELP: Mapping[str, str] = MappingProxyType(
    {
        # -- on a matter: for every action that asks this ------------------------------------------
        "area": N_(
            "The area decides which unit is proposed; leave it empty when the place is unknown."
        ),
        "attended": N_("Only who was really there: who was called and did not come is counted."),
        "attendee": N_(
            "Name and office of the person, so that the others know whom they will meet."
        ),
        "basis": N_(
            "Law, decision or contract that settles the matter, and what was tried "
            "before. A second person reads it."
        ),
        "colleague": N_(
            "Who handles the ticket from now on: it leaves your list and stands in theirs."
        ),
        "co_departments": N_(
            "Units that help. Each gets a clock of its own for its opinion; the lead "
            "alone replies to the requester."
        ),
        "completed": N_(
            "Broken plans count against the unit, as a matter that is not solved does."
        ),
        "demand": N_(
            "One sentence that can be checked: what is to be there, and where it can be seen."
        ),
        "department": N_(
            "The unit that answers for the matter. What is proposed comes from the "
            "dispatch catalogue."
        ),
        "departments": N_("Each is told at once and has to say when it comes, within its limit."),
        "deputy": N_(
            "Say so openly: a deputy may speak for the unit but the absence is written down."
        ),
        "done_step": N_(
            "A step of the service list of this category. It is shown to the requester as done."
        ),
        "explanation": N_(
            "Facts and reasons, so that somebody who was not there can follow. It stays "
            "on the timeline."
        ),
        "founded": N_(
            "Founded: the unit has to mend it, and it counts. Unfounded: it is taken out "
            "of the unit's rates."
        ),
        "goes_on": N_(
            "Whether what held the matter up is still there. If not, the clock runs on at once."
        ),
        "is_anonymous": N_("The unit then sees the rating alone, not the words."),
        "leader": N_(
            "Giving a matter back is the unit's decision, not one person's: name the "
            "leader who agreed."
        ),
        "legal_basis": N_(
            "The rule that says whose duty it is. Without one a return is not decided in "
            "your favour."
        ),
        "level": N_(
            "Each level has its own limit, its own receivers and its own weight in credit."
        ),
        "moment": N_("Arrived, at work or done: it stands in the timeline with its time."),
        "method": N_(
            "A call to the number on the matter counts as contact; a text message alone does not."
        ),
        "milestone": N_(
            "The milestone is closed with this. The requester is told when it is one that"
            " he was promised."
        ),
        "minutes": N_("What was agreed, by whom and until when. Every unit that came can read it."),
        "note": N_(
            "Read by colleagues only, never by the requester, unless the field says "
            "otherwise. No telephone numbers: they are masked."
        ),
        "opinion": N_(
            "Whose duty it is and why, or what your unit contributes. The lead puts it "
            "into the reply."
        ),
        "parent": N_(
            "The matter that is kept. This one follows it and ends with it; both "
            "requesters are told."
        ),
        "place": N_("Room, address or telephone conference, so that nobody has to ask."),
        "rating": N_("What the requester said, not what you think of the work."),
        "reached": N_(
            "No is no shame: write when you tried. Three attempts at different times of "
            "day count as reached in vain."
        ),
        "reason": N_(
            "Why, in a sentence that the other side can answer. It stays on the timeline."
        ),
        "reply": N_(
            "What was found, what was done, and what comes next, in words that a citizen "
            "understands. It is sent to him."
        ),
        "report": N_("What your unit did of what was agreed, and until when the rest is done."),
        "request_type": N_(
            "Help, question, complaint, report, suggestion: the time limits depend on it."
        ),
        "resolved": N_(
            "Yes only if the requester himself would say so. He is asked, and a "
            "difference counts against the unit."
        ),
        "score": N_("How the unit came: in time, late, or not at all. It goes into its credit."),
        "solved": N_(
            "In the requester's own judgement. Ask it in these words; do not soften the answer."
        ),
        "stage": N_("How far the work is. The requester sees this word, without the details."),
        "summary": N_("What is better than before the plan, and how one can see it."),
        "text": N_("What is new about the matter. It reaches whoever works on it at once."),
        "told_how": N_(
            "The requester has to know before the limit moves. How he was told is checked."
        ),
        "uphold": N_(
            "Uphold: the matter leaves the unit and is dispatched anew. Otherwise it "
            "stays, and so does its clock."
        ),
        "used_opinions": N_(
            "Tick what really went into the reply: units that contributed are counted."
        ),
        "was_contacted": N_(
            "Whether somebody of the unit spoke with the requester, by his own account."
        ),
        "where_to": N_("Authority, telephone and hours, so that the requester need not ask again."),
        # -- where one name means something of its own ---------------------------------------------
        "dispatch.note": N_(
            "Goes to the unit with the matter: what to look at, what the caller was told."
        ),
        "record_visit.note": N_(
            "In the requester's own words. The unit reads them, unless you tick that it must not."
        ),
        "urge.note": N_("What the caller wants to know. The unit has to answer this."),
        "decide_consultation.department": N_(
            "The unit that leads from now on, as it was agreed when the units met."
        ),
        # -- taking a matter down -----------------------------------------------------------------
        "programme": N_(
            "A line of its own with limits of its own, such as matters of companies. Usually empty."
        ),
        "urgency": N_(
            "Danger to life or property is critical, no water, power or gas is urgent. "
            "Limits get shorter."
        ),
        "channel": N_("How the matter came in. Only telephone needs the caller's number."),
        "is_secret": N_(
            "The unit sees neither name, telephone nor door number; all goes through the hotline."
        ),
        # -- the house ----------------------------------------------------------------------------
        "peer_group": N_("Units of like kind. Credit and ranking compare within a group only."),
        "username": N_("What one types to sign in. It cannot be changed later, a name can."),
        "steps": N_(
            "What the unit has to do, step by step; one a line. It is ticked off on the matter."
        ),
        "datatype": N_("A list offers answers to choose from; text and number are typed."),
        "is_sure": N_(
            "Such a matter may go out without a dispatcher, when nothing else speaks against it."
        ),
        "min_level": N_(
            "What a bureau owns is not handed down to a street: the lowest level that may lead."
        ),
        "quiet_from": N_(
            "At night only critical messages come through; the others wait for the morning."
        ),
        "covered_until": N_(
            "As far as holidays are announced. Limits beyond it are marked as provisional."
        ),
        "category": N_(
            "Type some letters or the code. Questions, limits and the proposed unit depend on it."
        ),
    }
)
"""Message ids, by the name of a field, or by action, dot and field."""

OBVIOUS: frozenset[str] = frozenset(
    {"accept", "approve", "decision", "held_at", "items", "is_confirmed"}
)
"""Fields whose label says all there is to say."""


def help_for(field_id: str, name: str) -> str | None:
    """Return the help beside a field.

    Args:
        field_id: of the field on the page; forms of actions begin it with the action's name.
        name: of the field.
    """
    action = field_id.removesuffix(name).strip("-").replace("-", "_")
    return HELP.get(f"{action}.{name}") or HELP.get(name)
