"""Alarms as they stand above every page of those at work."""

from collections import defaultdict
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
_MANAGES = Permission.MANAGE_DIRECTORY
_READS: Mapping[AlarmKind, Permission] = {AlarmKind.EXCLUSIONS_UNUSUAL: Permission.READ_EXCLUSIONS}
"""Who can look after it, where that is not whoever manages the house."""

_MOST_ALIKE = 2
"""More alarms of one kind are one line: what stands above every page must not push it away."""

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
    by_kind: defaultdict[AlarmKind, list[Alarm]] = defaultdict(list)
    for alarm in seen:
        by_kind[alarm.kind].append(alarm)
    views = [
        AlarmView(
            text=t.text(label(kind)),
            details=details,
            since=min(one.raised_at for one in some),
            is_grave=kind is AlarmKind.SWEEPER_LATE,
            href=_HREFS.get(kind) if _READS.get(kind, _MANAGES) in reader.permissions else None,
        )
        for kind, alike in by_kind.items()
        for details, some in _folded(alike, t)
    ]
    return sorted(views, key=lambda view: not view.is_grave)


def _folded(alike: Sequence[Alarm], t: Translator) -> Sequence[tuple[str, Sequence[Alarm]]]:
    """Return alarms of one kind with what to say: each by itself, or all in one line."""
    if len(alike) <= _MOST_ALIKE:
        return [(_details(one, t), [one]) for one in alike]
    return [(t.plural(N_("{n} of them"), N_("{n} of them"), len(alike)), alike)]


def _looks_after(reader: Principal) -> bool:
    return bool(reader.roles & {Role.SUPERVISOR, Role.ADMIN})


def _details(alarm: Alarm, t: Translator) -> str:
    return " · ".join(
        t.text(text, value=alarm.details[name])
        for name, text in _WORDS.items()
        if name in alarm.details
    )
