"""How frozen periods follow a change, in words."""

from credit.recalculation_models import Recalculation
from hotline.kernel.errors import N_
from web.i18n import Translator


def recalculation_words(row: Recalculation | None, t: Translator) -> str | None:
    """Return whether frozen periods have followed a change; None where none has to."""
    if row is None:
        return None
    if row.done_at is None:
        return t.text(N_("Frozen periods that it touches are being calculated again"))
    at = t.instant(row.done_at)
    if not row.revised:
        return t.text(N_("Calculated again {at}: no frozen period has changed"), at=at)
    periods = t.listed(
        t.text(N_("{period} (revision {n})"), period=period, n=revision)
        for period, _, revision in (one.partition("/") for one in row.revised)
    )
    return t.text(N_("Calculated again {at}: {periods}"), at=at, periods=periods)
