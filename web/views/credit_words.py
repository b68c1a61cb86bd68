"""The codes of credit's rules in words: events, and every value of a rule book."""

from collections.abc import Mapping
from types import MappingProxyType

from credit.rulebook import Grade, Indicator, Severity
from hotline.kernel.errors import N_
from web.i18n import Translator
from web.labels import label

EVENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "promise_kept": N_("Promise kept"),
        "promise_broken": N_("Promise broken"),
        "late_sign": N_("Signed late"),
        "late_contact": N_("Contacted late"),
        "supervision_l2": N_("Put under supervision"),
        "supervision_unanswered": N_("Supervision order not answered"),
        "unfounded_return": N_("Unfounded return"),
        "refuse_after_designation": N_("Refused after designation"),
        "no_contact_close": N_("Feedback without contact"),
        "nonresponsive_reply": N_("Reply beside the matter"),
        "false_closure": N_("False completion"),
        "repeat_after_done": N_("Same matter again within 30 days"),
        "milestone_missed": N_("Milestone missed"),
        "plan_failed": N_("Rectification plan failed"),
        "co_timeout": N_("Co-handling let lapse"),
        "rude_service": N_("Rude service"),
        "bad_rating_founded_unfixed": N_("Founded bad rating not fixed"),
        "privacy_leak": N_("Requester's data leaked"),
        "retaliation": N_("Retaliation"),
        "rating_pressure": N_("Pressure for ratings"),
        "data_tamper": N_("Data tampered with"),
        "accountability": N_("Held to account"),
        "false_repair_statement": N_("False statement for a repair"),
        "kb_stale": N_("Knowledge not kept up to date"),
        "hard_case_solved": N_("Hard case solved"),
        "first_receiver_lead": N_("First receiver led many to the end"),
        "proactive_fix": N_("Cured before it was asked for"),
        "praise_verified": N_("Praise, verified"),
        "kb_contribution": N_("Contribution to knowledge"),
        "whistle_good": N_("Answered a whistle well"),
        "tolerance": N_("Fault excused"),
    }
)
"""Events of the table; one that people have added goes by its code."""

PART_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "severity": N_("Class"),
        "points": N_("Points"),
        "cap": N_("Cap"),
        "cap_days": N_("Cap within days"),
        "from_checks": N_("Two-person check only"),
        "weight": N_("Weight"),
        "floor": N_("Floor"),
        "target": N_("Target"),
        "full_days": N_("Days of full weight"),
        "end_days": N_("Ends after days"),
        "shown_days.0": N_("Shown for days, at least"),
        "shown_days.1": N_("Shown for days, at most"),
        "qa_share": N_("Feedback looked at again"),
        "check_share": N_("Solved matters checked on the spot"),
        "check_days": N_("Days between routine checks"),
        "is_watched": N_("On the watch list"),
        "may_extend": N_("May ask for more time"),
        "interview": N_("Interview proposed"),
        "plan": N_("Plan of rectification asked for"),
        "honours": N_("May be honoured"),
        "lines.A": N_("Least score of an A"),
        "lines.B": N_("Least score of a B"),
        "lines.C": N_("Least score of a C"),
        "a_performance": N_("Least performance part of an A"),
        "margin": N_("Margin to cross a line by"),
        "least_n": N_("Tickets below which a grade is on trial"),
        "formula": N_("Formula"),
        "strength": N_("Tickets that the peers' rate counts for"),
        "window_days": N_("Days of the rolling window"),
        "prior_months": N_("Months of the peers' rate"),
        "least_ranked_n": N_("Tickets below which nobody is ranked"),
        "exclusion_alarm": N_("Share of exclusions that raises an alarm"),
        "exclusion_factor": N_("Times the peers' share of exclusions that raise an alarm"),
        "recheck_share": N_("Share of exclusions looked at again"),
        "notice_days": N_("Working days of notice before publication"),
        "confirm_days": N_("Working days until an event comes into force"),
        "season_drop": N_("Drop of complaints that is worth a plus"),
        "season_least": N_("Complaints below which nothing is said of a drop"),
        "ledger_range.0": N_("Least that the ledger brings"),
        "ledger_range.1": N_("Most that the ledger brings"),
        "year_ledger_scale": N_("Points of a year per point of the ledger"),
        "year_shares.0": N_("Year: share of the quarters"),
        "year_shares.1": N_("Year: share of the ledger"),
        "year_shares.2": N_("Year: share of the observers"),
        "rating_values.5": N_("Very satisfied is worth"),
        "rating_values.4": N_("Satisfied is worth"),
        "rating_values.3": N_("Fairly satisfied is worth"),
        "rating_values.2": N_("Dissatisfied is worth"),
        "rating_values.1": N_("Very dissatisfied is worth"),
        "remedies.appeal_days": N_("Working days in which to appeal"),
        "remedies.mark_days": N_("Working days in which an appeal is marked"),
        "remedies.first_days": N_("Working days until the first decision"),
        "remedies.second_ask_days": N_("Working days in which to ask the second level"),
        "remedies.second_days": N_("Working days until the second decision"),
        "remedies.late_days": N_("Days in which new evidence is heard once more"),
        "remedies.repair_days": N_("Working days until a repair is decided"),
        "remedies.repair_more_days": N_("Working days by which that may be put off"),
        "remedies.minor_clean_days": N_("Days without the same event, for a minor one"),
        "remedies.general_from_day": N_("Day from which a general event may be repaired"),
        "remedies.general_clean_days": N_("Days without the same event, for a general one"),
        "remedies.severe_from_day": N_("Day from which a severe event may be repaired"),
        "remedies.false_ban_days": N_("Days without repair after a false statement"),
    }
)

_SHARES = frozenset(
    {
        *("floor", "target", "qa_share", "check_share", "exclusion_alarm"),
        *("season_drop", "recheck_share"),
        *("year_shares.0", "year_shares.1", "year_shares.2"),
    }
)
FLAGS = frozenset({"from_checks", "is_watched", "may_extend", "interview", "plan", "honours"})


def event_words(code: str, t: Translator) -> str:
    """Return what an event is called."""
    return t.text(EVENT_WORDS[code]) if code in EVENT_WORDS else code


def split_path(path: str) -> tuple[str, str, str]:
    """Return the section of a value, what it is about, and which part of that."""
    section, _, rest = path.partition(".")
    if section not in {"events", "weighings", "decays", "consequences"}:
        return ("grades", "", rest) if section == "grades" else ("scalars", "", path)
    about, _, part = rest.partition(".")
    return section, about, part


def about_words(section: str, about: str, t: Translator) -> str:
    """Return what the row of a value is about."""
    match section:
        case "events":
            return event_words(about, t)
        case "weighings":
            return t.text(label(Indicator(about)))
        case "decays":
            return t.text(label(Severity(about)))
        case "consequences":
            return t.text(label(Grade(about)))
        case _:
            return ""


def path_words(path: str, t: Translator) -> str:
    """Return what a value of the rules is called."""
    section, about, part = split_path(path)
    words = t.text(PART_WORDS[part]) if part in PART_WORDS else part
    return f"{about_words(section, about, t)}: {words}" if about else words


def value_words(path: str, text: str | None, t: Translator) -> str:
    """Return a value as people read it."""
    part = split_path(path)[2]
    if part in FLAGS:
        return t.text(N_("Yes")) if text == "true" else t.text(N_("No"))
    if not text:
        return "–"
    if part == "severity":
        return t.text(label(Severity(text)))
    if part in _SHARES:
        return percent(text, t)
    return text


def percent(text: str, t: Translator) -> str:
    """Return a share such as 0.05 as 5 %."""
    return f"{t.number(round(float(text) * 100, 2))} %"
