"""Alarms as they stand above every page of those at work."""

from collections.abc import Mapping, Sequence

from hotline.kernel.alarms import Alarm, AlarmKind
from hotline.kernel.errors import N_
from hotline.people.permissions import Permission, Role
from hotline.people.principal import Principal
from web.i18n import Translator
from web.labels import label
from web.views.rendering import AlarmView

_FOR_ALL = frozenset({AlarmKind.SWEEPER_LATE})
"""Everybody at work must know that nobody will warn him."""

_HREFS: Mapping[AlarmKind, str] = {
    AlarmKind.CALENDAR_HORIZON: "/admin/calendars",
    AlarmKind.NOBODY_ON_DUTY: "/admin/departments",
    AlarmKind.DELIVERY_DEAD: "/admin/deliveries",
    AlarmKind.EXCLUSIONS_UNUSUAL: "/credit/exclusions",
    AlarmKind.BURST: "/incidents/bursts",
}
_MANAGES = Permission.MANAGE_DIRECTORY
_READS: Mapping[AlarmKind, Permission] = {
    AlarmKind.EXCLUSIONS_UNUSUAL: Permission.READ_EXCLUSIONS,
    AlarmKind.BURST: Permission.READ_INCIDENTS,
}
"""Who can look after it, where that is not whoever manages the house."""

_WORDS: Mapping[str, str] = {
    "covered_until": N_("until {value}"),
    "days_left": N_("{value} days left"),
    "department": N_("department {value}"),
    "category": N_("category {value}"),
    "area": N_("in {value}"),
    "share": N_("{value} of its work"),
    "count": N_("{value} tickets"),
    "error": N_("error {value}"),
}


def alarm_views(alarms: Sequence[Alarm], reader: Principal, t: Translator) -> Sequence[AlarmView]:
    """Return the alarms that this reader must see, the gravest first."""
    seen: dict[AlarmKind, list[Alarm]] = {}
    for alarm in alarms:
        if alarm.kind in _FOR_ALL or _looks_after(reader):
            seen.setdefault(alarm.kind, []).append(alarm)
    views = [_view(kind, found, reader, t) for kind, found in seen.items()]
    return sorted(views, key=lambda view: not view.is_grave)


def _view(kind: AlarmKind, found: Sequence[Alarm], reader: Principal, t: Translator) -> AlarmView:
    """Return the alarms of one kind as one line: what is wrong twenty times fills no screen."""
    many = t.plural(N_("{n} alarm"), N_("{n} alarms"), len(found)) if len(found) > 1 else ""
    return AlarmView(
        text=t.text(label(kind)),
        details=many or _details(found[0], t),
        since=min(alarm.raised_at for alarm in found),
        is_grave=kind is AlarmKind.SWEEPER_LATE,
        href=_HREFS.get(kind) if _READS.get(kind, _MANAGES) in reader.permissions else None,
        also=[(_details(alarm, t), alarm.raised_at) for alarm in found] if many else (),
    )


def _looks_after(reader: Principal) -> bool:
    return bool(reader.roles & {Role.SUPERVISOR, Role.ADMIN})


def _details(alarm: Alarm, t: Translator) -> str:
    named = "name_en" if t.language == "en" else "name"
    details = alarm.details
    for word, name in (("department", named), ("category", f"category_{named}")):
        if name in details:
            details = {**details, word: details[name]}
    return " · ".join(
        t.text(text, value=details[name]) for name, text in _WORDS.items() if name in details
    )
