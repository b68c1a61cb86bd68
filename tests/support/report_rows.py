"""Reports to be laid out, and frozen periods to make them of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlmodel import select

from credit.explaining import score_to_json
from credit.formula.v1 import Measured, ScoreInput, evaluate
from credit.ledger import Measure
from credit.models import RuleBookVersion
from credit.period_models import CreditPeriod, PeriodRevision, PeriodScore, PeriodState
from credit.periods import Period
from credit.ranking import Candidate, ranked
from credit.reports.composing import Frozen, Named, RateCount, compose, trend_months
from credit.reports.content import DEFAULT_THRESHOLDS, EntryLine, Name, ReportContent, UnitLine
from credit.reports.queries import unit_line
from credit.rulebook import DEFAULT_BOOK, Grade, Indicator, Severity
from credit.statistics import Interval, Rate
from hotline.kernel.db import SessionMaker
from hotline.people.models import Department
from hotline.supervision.bulletins.rules import UnitFigures
from hotline.supervision.figures.values import (
    Answered,
    Dimension,
    Handled,
    LoopFigures,
    Ordered,
    Requested,
    SlowTicket,
    Span,
    Volume,
)

MONTH = Period.parse("2026-02")
AS_OF = datetime(2026, 3, 1, 4, tzinfo=UTC)

HOUSE = Name("hotline", "热线中心", "Hotline")
GROUPS = (Name("bureaus", "市直部门", "City bureaus"), Name("towns", "乡镇街道", "Towns"))
_UNITS = (
    ("chengguan", "城市管理局", "Urban Management", "bureaus", 420, "0.96"),
    ("zhujian", "住房和城乡建设局", "Housing", "bureaus", 260, "0.90"),
    ("jiaotong", "交通运输局", "Transport", "bureaus", 180, "0.88"),
    ("huanbao", "生态环境局", "Environment", "bureaus", 96, "0.71"),
    ("tongxin", "通信管理办公室", "Telecoms", "bureaus", 7, "0.86"),
    ("xincheng", "新城街道办事处", "Xincheng", "towns", 64, "0.93"),
    ("laocheng", "老城街道办事处", "Laocheng", "towns", 51, "0.89"),
    ("shanqu", "山区镇人民政府", "Shanqu", "towns", 4, "1.00"),
)


def frozen_row(
    code: str, name: str, name_en: str, group: str | None, n: int, rate: str, *, unit_id: int = 0
) -> PeriodScore:
    """Return a frozen score whose every rate is the same, as the formula makes it."""
    share = Decimal(rate)
    given = ScoreInput(
        AS_OF.date(),
        n,
        {
            one: Measured(Rate((share * n).quantize(Decimal(1)), n), Decimal("0.92"))
            for one in Indicator
        }
        if n
        else {},
        [],
    )
    score = evaluate(given, DEFAULT_BOOK)
    return PeriodScore(
        period=str(MONTH),
        revision=1,
        department_id=unit_id,
        department_code=code,
        department_name=name,
        department_name_en=name_en,
        peer_group=group,
        input_digest=b"",
        is_active=True,
        score=score.score,
        performance=score.performance,
        ledger=score.ledger,
        low=score.interval.low if score.interval else None,
        high=score.interval.high if score.interval else None,
        n=n,
        severe=0,
        grade=_grade(score.score),
        grade_by_score=_grade(score.score),
        grade_reasons=[],
        is_trial=n < DEFAULT_BOOK.grades.least_n,
        observed=share * n if n else None,
        expected=Decimal("0.88") * n if n else None,
        explanation=score_to_json(score),
    )


def _grade(score: Decimal | None) -> Grade | None:
    if score is None:
        return None
    lines = DEFAULT_BOOK.grades.lines
    return next((one for one in Grade if score >= lines.get(one, Decimal(-1))), Grade.D)


def placed(rows: Sequence[PeriodScore]) -> Sequence[PeriodScore]:
    """Give rows their bands and ranks, each peer group by itself."""
    for group in {row.peer_group for row in rows if row.peer_group}:
        units = {row.department_code: row for row in rows if row.peer_group == group}
        for place in ranked(
            [
                Candidate(
                    code,
                    row.n,
                    row.score,
                    Interval(row.low, row.high)
                    if row.low is not None and row.high is not None
                    else None,
                )
                for code, row in units.items()
            ],
            DEFAULT_BOOK.least_ranked_n,
        ):
            row = units[place.candidate.code]
            row.band, row.rank = place.band, place.rank
    return rows


def unit_lines() -> Sequence[UnitLine]:
    """Return a small city's frozen scores; two of its units have few tickets."""
    rows = placed([frozen_row(*unit, unit_id=nth) for nth, unit in enumerate(_UNITS, start=1)])
    lines = [unit_line(row, DEFAULT_BOOK, AS_OF.date()) for row in rows]
    shown = EntryLine("plan_failed", Severity.GENERAL, AS_OF.date(), Decimal("-4.00"))
    return [
        replace(line, entries=(shown,)) if line.unit.code == "huanbao" else line for line in lines
    ]


def figures() -> LoopFigures:
    """Return what a small city's month was like."""
    by_category = {
        "urban.roads": (312, 180, 190),
        "urban.lights": (140, 150, 139),
        "housing.lifts": (96, 41, 44),
        "environment.noise": (188, 170, 0),
        "": (12, 9, 4),
    }
    channels = {"phone": 452, "wechat": 160, "web": 88, "upper_level": 48}
    types = {"help": 410, "complaint": 210, "consult": 96, "suggestion": 32}
    areas = {"新城街道": 310, "老城街道": 262, "山区镇": 120, "": 56}
    total = sum(now for now, _, _ in by_category.values())
    volumes = [
        Volume(span, Dimension.CATEGORY, code, counts[nth], 0)
        for code, counts in by_category.items()
        for nth, span in enumerate(Span)
        if counts[nth]
    ]
    for dimension, counted in (
        (Dimension.CHANNEL, channels),
        (Dimension.REQUEST_TYPE, types),
        (Dimension.AREA, areas),
    ):
        volumes += [Volume(Span.NOW, dimension, code, n, 0) for code, n in counted.items()]
        volumes += [
            Volume(Span.BEFORE, dimension, code, n * 3 // 4, 0) for code, n in counted.items()
        ]
    for span, nth in ((Span.NOW, 0), (Span.BEFORE, 1), (Span.SEASON, 2)):
        volumes.append(
            Volume(span, Dimension.ALL, "", sum(counts[nth] for counts in by_category.values()), 97)
        )
    return LoopFigures(
        volumes=volumes,
        handled=[
            Handled(None, 690, 42 * 3600, 210 * 3600),
            Handled(1, 301, 30 * 3600, 96 * 3600),
            Handled(2, 180, 52 * 3600, 240 * 3600),
            Handled(4, 80, 66 * 3600, 320 * 3600),
        ],
        slowest=[SlowTicket("2602039999990", 4, 700 * 3600)],
        requested=[
            Requested(1, "return", "not_my_duty", "refused", 22),
            Requested(2, "return", "wrong_area", "granted", 9),
            Requested(2, "extension", "awaiting_parts", "granted", 31),
            Requested(4, "suspension", "statutory_step", "running", 6),
            Requested(4, "rectification", "", "running", 3),
        ],
        ordered=[Ordered(4, 2, "overdue_half", 11), Ordered(1, 2, "by_hand", 2)],
        answered=[
            Answered(1, True, True, True, 5, False, 120),
            Answered(1, True, True, False, 2, False, 9),
            Answered(2, True, False, False, 1, False, 14),
            Answered(2, True, True, True, 4, False, 60),
            Answered(4, True, True, False, 1, True, 3),
            Answered(4, False, None, None, None, False, 41),
        ],
        units=[
            UnitFigures(code="chengguan", name="", name_en="", received=320, late=6, reworked=4),
            UnitFigures(code="zhujian", name="", name_en="", received=210, late=19, reworked=12),
            UnitFigures(
                code="huanbao", name="", name_en="", received=total - 530, late=31, unanswered=3
            ),
        ],
    )


def content(*, with_lists: bool = True, loop: LoopFigures | None = None) -> ReportContent:
    """Return a report of a month."""
    rates = []
    for nth, month in enumerate([*trend_months(MONTH)]):
        n = 300 + 40 * nth
        for measure, share in (
            (Measure.CONTACT, "0.96"),
            (Measure.RESOLVED, "0.88"),
            (Measure.SATISFIED, "0.84"),
        ):
            k = (Decimal(share) - Decimal(nth) / 100) * n
            rates.append(RateCount(str(month), measure, Rate(k.quantize(Decimal("0.1")), n)))
    return compose(
        Frozen(
            period=MONTH,
            revision=1,
            as_of=AS_OF,
            formula="v1",
            rule_version=1,
            scores_digest="ab" * 32,
            least_ranked_n=DEFAULT_BOOK.least_ranked_n,
            weighings=DEFAULT_BOOK.weighings,
            units=unit_lines(),
        ),
        loop or figures(),
        rates,
        named(),
        counted_at=AS_OF,
        with_lists=with_lists,
        thresholds=DEFAULT_THRESHOLDS,
    )


def named() -> Named:
    """Return the names of the small city."""
    return Named(
        issuer=HOUSE,
        departments={
            nth: Name(code, name, name_en)
            for nth, (code, name, name_en, *_) in enumerate(_UNITS, start=1)
        },
        categories={
            "urban": Name("urban", "城市管理", "Urban"),
            "urban.roads": Name("urban.roads", "道路破损", "Roads"),
            "urban.lights": Name("urban.lights", "路灯照明", "Lights"),
            "housing": Name("housing", "住房城乡建设", "Housing"),
            "housing.lifts": Name("housing.lifts", "电梯故障", "Lifts"),
            "environment": Name("environment", "生态环境", "Environment"),
            "environment.noise": Name("environment.noise", "施工噪声", "Noise"),
        },
        groups=GROUPS,
    )


EMPTY = LoopFigures([], [], [], [], [], [], [])


async def freeze_rows(
    maker: SessionMaker,
    period: Period,
    now: datetime,
    *,
    is_published: bool = True,
    counts: int = 40,
) -> None:
    """Write a frozen period, or its next revision, with a score of every department."""
    async with maker() as session, session.begin():
        version = (await session.exec(select(RuleBookVersion.version).limit(1))).one()
        units = (
            await session.exec(
                select(Department).where(Department.is_hotline == False)  # noqa: E712
            )
        ).all()
        found = await session.get(CreditPeriod, str(period))
        if found is None:
            found = CreditPeriod(
                key=str(period),
                kind=period.kind,
                since=period.since,
                until=period.until,
                state=PeriodState.FROZEN,
                revision=0,
                frozen_at=now,
            )
            session.add(found)
        found.revision += 1
        if is_published:
            found.state = PeriodState.PUBLISHED
            found.published_revision, found.published_at = found.revision, now
        await session.flush()
        session.add(
            PeriodRevision(
                period=found.key,
                revision=found.revision,
                as_of=now,
                formula="v1",
                rule_version=version,
                input_digest=b"i" * 32,
                result_digest=b"r" * 32,
                reason="",
                made_at=now,
            )
        )
        await session.flush()
        rows = [
            frozen_row(
                one.code, one.name, one.name_en, one.peer_group, counts, "0.9", unit_id=one.id
            )
            for one in units
        ]
        for row in placed(rows):
            row.period, row.revision = found.key, found.revision
        session.add_all(rows)
