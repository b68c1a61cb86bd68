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
}
_WORDS: Mapping[str, str] = {
    "covered_until": N_("until {value}"),
    "days_left": N_("{value} days left"),
    "department": N_("department {value}"),
    "share": N_("{value} of its work"),
    "count": N_("{value} tickets"),
    "error": N_("error {value}"),
}


def alarm_views(alarms: Sequence[Alarm], reader: Principal, t: Translator) -> Sequence[AlarmView]:
    """Return the alarms that this reader must see, the gravest first."""
    seen = [alarm for alarm in alarms if alarm.kind in _FOR_ALL or _looks_after(reader)]
    views = [
        AlarmView(
            text=t.text(label(alarm.kind)),
            details=_details(alarm, t),
            since=alarm.raised_at,
            is_grave=alarm.kind is AlarmKind.SWEEPER_LATE,
            href=_HREFS.get(alarm.kind) if _manages(reader) else None,
        )
        for alarm in seen
    ]
    return sorted(views, key=lambda view: not view.is_grave)


def _looks_after(reader: Principal) -> bool:
    return bool(reader.roles & {Role.SUPERVISOR, Role.ADMIN})


def _manages(reader: Principal) -> bool:
    return Permission.MANAGE_DIRECTORY in reader.permissions


def _details(alarm: Alarm, t: Translator) -> str:
    return " · ".join(
        t.text(text, value=alarm.details[name])
        for name, text in _WORDS.items()
        if name in alarm.details
    )
