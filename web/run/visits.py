"""The draw of field checks, made again by whoever wants to check it."""

from datetime import date
from typing import Any

from hotline.followup.field_checks import draw_month
from hotline.followup.sampling import SamplingRule
from hotline.kernel.db import make_engine, make_session_maker, reading
from hotline.kernel.settings import Settings
from hotline.people.queries import departments_by_id
from web.run.services import services


def sampling_rule(settings: Settings) -> SamplingRule:
    """Return how much is drawn, as this installation has set it."""
    return SamplingRule(settings.field_check_shares, settings.field_check_seed)


async def make_sample(settings: Settings, month: date) -> dict[str, Any]:
    """Return a month's draw as JSON values."""
    rule = sampling_rule(settings)
    async with services(settings, command="hotline visits sample") as urls:
        engine = make_engine(urls.database_url, application_name="hotline.sample")
        try:
            async with reading(make_session_maker(engine)) as session:
                drawn, solved = await draw_month(session, month, rule)
                units = await departments_by_id(session, {one.department_id for one, _ in drawn})
        finally:
            await engine.dispose()
    return {
        "month": f"{month:%Y-%m}",
        "seed": rule.seed,
        "solved": solved,
        "tickets": [
            {"number": one.number, "department": units[one.department_id].code} for one, _ in drawn
        ],
    }
