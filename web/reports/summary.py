"""A report in sentences: the same on the page and in Word."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit.reports.content import ListedBand, RateLine, ReportContent
from credit.rulebook import Grade
from hotline.kernel.errors import N_
from hotline.supervision.figures.values import Dimension
from web.i18n import Translator
from web.labels import label
from web.reports.tables import item_words, rate_words
from web.reports.words import advice_words, name_of, percent, period_words

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Section:
    """Some sentences under a heading, with the codes of the tables that belong to them."""

    code: str
    heading: str
    paragraphs: Sequence[str]


def sections_of(content: ReportContent, t: Translator) -> Sequence[Section]:
    """Return what is said of the figures."""
    return [
        Section("overview", t.text(N_("1. Overview")), _overview(content, t)),
        Section("rates", t.text(N_("2. The three rates")), _rates(content, t)),
        Section("hot", t.text(N_("3. Hot issues")), _hot(content, t)),
        Section("process", t.text(N_("4. Handling")), _process(content, t)),
        Section("ranking", t.text(N_("5. Assessment")), _assessment(content, t)),
        Section("advice", t.text(N_("6. Recommendations")), advice_of(content, t)),
    ]


def _overview(content: ReportContent, t: Translator) -> list[str]:
    period = period_words(content.period, t)
    if content.is_empty:
        return [t.text(N_("Nothing was received or handled in {period}."), period=period)]
    said = [
        t.text(
            N_(
                "In {period} {submitted} matters were received ({before} in the period before: "
                "{change}); {repeats} of them tell again of a matter that was handled ({share})."
            ),
            period=period,
            submitted=t.number(content.submitted),
            change=_change(content.submitted, content.submitted_before, t),
            before=t.number(content.submitted_before),
            repeats=t.number(content.repeats),
            share=_share(content.repeats, content.submitted),
        )
    ]
    if content.submitted_season:
        said.append(
            t.text(
                N_("In the same time of the year before there were {season}: {change} since."),
                season=t.number(content.submitted_season),
                change=_change(content.submitted, content.submitted_season, t),
            )
        )
    channels, categories = (
        _largest(content, dimension, t) for dimension in (Dimension.CHANNEL, Dimension.CATEGORY)
    )
    if channels and categories:
        said.append(
            t.text(
                N_("Most came by {channels}. The most frequent subjects were {categories}."),
                channels=channels,
                categories=categories,
            )
        )
    return said


def _change(now: int, before: int, t: Translator) -> str:
    if not before:
        return t.text(N_("no figure to compare with"))
    share = Decimal(now) / before - 1
    if share == 0:
        return t.text(N_("as many"))
    words = N_("up {share}") if share > 0 else N_("down {share}")
    return t.text(words, share=percent(abs(share)))


def _share(part: int, whole: int) -> str:
    return percent(Decimal(part) / whole) if whole else "—"


def _largest(content: ReportContent, dimension: Dimension, t: Translator) -> str:
    return t.listed(
        t.text(
            N_("{item} ({share})"),
            item=item_words(dimension, one.item, t),
            share=_share(one.count, content.submitted),
        )
        for one in content.share_of(dimension)[:_MOST_NAMED]
        if one.count
    )


def _rates(content: ReportContent, t: Translator) -> list[str]:
    return [_rate(one, t) for one in content.rates]


def _rate(one: RateLine, t: Translator) -> str:
    name = rate_words(one.measure.value, t)
    if one.raw is None or one.low is None or one.high is None:
        return t.text(
            N_("{rate}: nothing was counted in this period, so no rate is stated."), rate=name
        )
    return t.text(
        N_("{rate}: {raw} (n = {n}; 90 % interval {low} to {high}); the period before: {before}."),
        rate=name,
        raw=percent(one.raw),
        n=t.number(one.n),
        low=percent(one.low),
        high=percent(one.high),
        before=t.text(N_("not stated")) if one.raw_before is None else percent(one.raw_before),
    )


def _hot(content: ReportContent, t: Translator) -> list[str]:
    if not content.hot:
        return [t.text(N_("No subject rose beyond what chance explains."))]
    return [
        t.text(
            N_(
                "These rose beyond what chance explains against the period before, and against the "
                "same time of the year before where that is on record: {issues}."
            ),
            issues=t.listed(name_of(one.category, t) for one in content.hot),
        )
    ]


def _process(content: ReportContent, t: Translator) -> list[str]:
    total = content.total
    said = [
        t.text(
            N_(
                "Departments received {received} tickets; {late} pieces of work were late and "
                "{reworks} were begun again. {returns} returns were asked for: {upheld} upheld, "
                "{rejected} rejected. {extensions} extensions, {suspensions} suspensions and {plans} "
                "rectification plans were asked for. {orders} supervision orders were issued; "
                "{unanswered} were not answered in time."
            ),
            **{
                name: t.number(getattr(total, name))
                for name in (
                    *("received", "late", "reworks", "returns", "upheld", "rejected"),
                    *("extensions", "suspensions", "plans", "orders", "unanswered"),
                )
            },
        )
    ]
    if total.median is not None and total.slow is not None:
        said.append(
            t.text(
                N_(
                    "Of {handled} pieces of work found good, half were done within {median} and nine "
                    "of ten within {slow}."
                ),
                handled=t.number(total.handled),
                median=t.duration(total.median),
                slow=t.duration(total.slow),
            )
        )
    said.append(_asked(content, t))
    return said


def _asked(content: ReportContent, t: Translator) -> str:
    if not content.total.rated:
        return t.text(
            N_(
                "Of {asked} attempts to ask requesters {reached} reached them; nobody rated, so "
                "nothing is said of ratings."
            ),
            asked=t.number(content.asked),
            reached=t.number(content.reached),
        )
    return t.text(
        N_(
            "Of {asked} attempts to ask requesters {reached} reached them; {rated} rated, {bad} of "
            "them badly ({share}); {uncontacted} said that nobody had spoken with them."
        ),
        asked=t.number(content.asked),
        reached=t.number(content.reached),
        rated=t.number(content.total.rated),
        bad=t.number(content.total.bad),
        share=_share(content.total.bad, content.total.rated),
        uncontacted=t.number(content.total.uncontacted),
    )


def _assessment(content: ReportContent, t: Translator) -> list[str]:
    if not content.units:
        return [t.text(N_("No department was scored."))]
    small = sum(one.is_small for one in content.units)
    grades = Counter(one.grade for one in content.units)
    said = [
        t.text(
            N_(
                "Departments are compared within their peer group only. {small} of {all} have fewer "
                "than {least} assignments: they are marked as a small sample and not ranked. Those "
                "of one band cannot be told apart by the data."
            ),
            small=small,
            all=len(content.units),
            least=content.least_ranked_n,
        ),
        t.text(
            N_("Grades: {grades}; without one: {none}."),
            grades=t.listed(
                t.text(N_("{grade}: {count}"), grade=t.text(label(grade)), count=grades[grade])
                for grade in Grade
            ),
            none=grades[None],
        ),
    ]
    if content.lists is not None:
        said += [
            _listed(N_("Red list: {bands}."), content.lists.red, content, t),
            _listed(N_("Black list: {bands}."), content.lists.black, content, t),
        ]
    return said


def _listed(words: str, bands: Sequence[ListedBand], content: ReportContent, t: Translator) -> str:
    names = {one.code: name_of(one, t) for one in content.groups}
    return t.text(
        words,
        bands=t.listed(
            t.text(
                N_("{group} ({units})"),
                group=names.get(band.peer_group, band.peer_group),
                units=t.listed(name_of(one, t) for one in band.units),
            )
            for band in bands
        )
        or t.text(N_("nobody, for no band stands apart from the rest")),
    )


def advice_of(content: ReportContent, t: Translator) -> list[str]:
    """Return the recommendations as sentences."""
    return [advice_words(one, t) for one in content.recommendations] or [
        t.text(N_("No figure of this period calls for a recommendation."))
    ]
