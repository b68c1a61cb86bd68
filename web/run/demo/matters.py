"""Single matters of the demo city: a template with a place, a day and an invented requester."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import Role
from hotline.people.principal import REQUESTER, Principal
from hotline.sla.policy import Policy, TicketTraits, choose_policy
from hotline.tickets.actions.intake import NewTicket
from hotline.tickets.models import Channel, Programme, RequestType, Urgency
from web.run.demo.directory import Cast
from web.run.demo.loader import DemoCity, TicketTemplate, slots_in

_SNAP = "snap"
_ONLINE = frozenset({Channel.WEB, Channel.APP, Channel.WECHAT, Channel.SNAP_REPORT})
"""Channels by which a requester writes down his matter himself."""

_REPEATED_CALLERS = 0.08
_SECRET_REPORTS = 0.35
_NAMELESS = 0.02
_ON_BEHALF = 0.03
_FEW = 3
"""Tickets that every department has before any gets more than its share."""


_FIRST_WORDS = (
    "{place}的诉求收悉，当天即派两名工作人员到现场，与您反映的内容逐项核对",
    "针对您在{place}反映的事项，由分管负责人带队实地查看，并走访了周边住户和商户",
    "接到转办后，先与您通了电话了解经过，次日上午会同{place}网格员一起到场",
    "该件由专班承办，调取了近三个月的记录，结合{place}现场情况作了研究",
)
_LAST_WORDS = (
    "办理过程拍照留存，{place}社区干部见证，后续一个月内每周回头看一次",
    "以上情况已当面向您说明，书面材料可到{place}便民服务点领取",
    "下一步将举一反三，对{place}同类点位集中排查，结果在公示栏公布",
    "如有反复，可直接拨打承办人座机，我们两小时内赶到{place}处理",
    "本次处理的台账已归档，{place}片区负责人将持续跟踪，直至彻底稳定",
)


@dataclass(frozen=True, slots=True)
class Requester:
    """An invented person."""

    name: str
    phone: str


@dataclass(slots=True)
class Matter:
    """One thing that somebody asks for.

    Attributes:
        template: what it is about.
        policy: the policy that its ticket falls under.
        channel: the road by which it comes in.
        requester: who asks; None when he gives no name.
        is_secret: whether he asked for secrecy.
        values: what fills the slots of the texts; the day is known once the ticket is.
        nth: how many tickets of this template came before.
    """

    template: TicketTemplate
    policy: Policy
    channel: Channel
    programme: Programme
    requester: Requester | None
    on_behalf_of: str | None
    is_secret: bool
    place: str
    values: dict[str, str] = field(default_factory=dict)
    nth: int = 0

    @property
    def reply(self) -> str:
        """What the department answers: nobody who does his work sends the same words twice."""
        text = self.say(self.template.reply)
        if self.nth == 0:
            return text
        turn = self.nth - 1
        said = [part for part in text.split("。") if part]
        kept = [part for place, part in enumerate(said) if place != turn % len(said)]
        first = _FIRST_WORDS[turn % len(_FIRST_WORDS)].format(place=self.place)
        last = _LAST_WORDS[(turn * 2 + len(said)) % len(_LAST_WORDS)].format(place=self.place)
        return "。".join([first, *kept, last]) + "。"

    def say(self, text: str) -> str:
        """Return a text of the template with its slots filled."""
        return text.format_map(self.values)

    @property
    def submitter(self) -> Role:
        """Who writes the matter down."""
        return Role.REQUESTER if self.channel in _ONLINE else Role.OPERATOR

    def new_ticket(self, submitted_at: datetime, days_ago: int) -> NewTicket:
        """Return the ticket to submit; what it tells of happened `days_ago`."""
        day = (submitted_at - timedelta(days=days_ago)).astimezone(SHANGHAI)
        self.values["date"] = f"{day.month}月{day.day}日"
        template, requester = self.template, self.requester
        return NewTicket(
            channel=self.channel,
            request_type=RequestType(template.request_type),
            title=self.say(template.title),
            content=self.say(template.content),
            category=template.category,
            urgency=Urgency(template.urgency),
            programme=self.programme,
            address=self._address(),
            area=self.place,
            requester_name=requester.name if requester else None,
            requester_phone=requester.phone if requester else None,
            on_behalf_of=self.on_behalf_of,
            secret=self.is_secret,
        )

    def _address(self) -> str | None:
        slots = {*slots_in(self.template.title), *slots_in(self.template.content)}
        if "community" in slots:
            return self.say("{community}{n}号楼")
        return self.say("{road}{n}号") if "road" in slots else None


class Matters:
    """Draws matters so that every template and department has its share, and so has every type."""

    def __init__(
        self,
        city: DemoCity,
        policies: Sequence[Policy],
        cast: Cast,
        rng: random.Random,
        *,
        told: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._city = city
        self._policies = policies
        self._cast = cast
        self._rng = rng
        self._callers: list[Requester] = []
        self._same_place: dict[str, tuple[str, dict[str, str]]] = {}
        self._told: Counter[str] = Counter(told)
        self._handled: Counter[str] = Counter()
        of_type = Counter(template.request_type for template in city.tickets)
        self._share = {
            template.key: city.type_mix[template.request_type] / of_type[template.request_type]
            for template in city.tickets
        }

    def draw(self, suits: Callable[[TicketTemplate], bool], *, is_dispatched: bool) -> Matter:
        """Return a matter of the most neglected template that suits."""
        template = min(
            filter(suits, self._city.tickets),
            key=lambda one: (
                is_dispatched and self._handled[one.department] >= _FEW,
                self._told[one.key] / self._share[one.key] + self._rng.random(),
            ),
        )
        return self._matter(template)

    def take(self, matter: Matter, *, is_dispatched: bool) -> None:
        """Count a matter that has become a ticket."""
        self._told[matter.template.key] += 1
        self._handled[matter.template.department] += is_dispatched

    def again(self, earlier: Matter) -> Matter:
        """Return the same matter, told by somebody else or by the same person once more."""
        matter = self._matter(earlier.template)
        matter.values, matter.place = dict(earlier.values), earlier.place
        matter.is_secret = earlier.is_secret  # nothing is put together across secrecy
        if earlier.requester is not None and self._rng.choice((True, False)):
            matter.requester = earlier.requester
        return matter

    def once_more(self, earlier: Matter) -> Matter:
        """Return the same matter, told by the same person once more without new facts."""
        matter = self.again(earlier)
        matter.requester = earlier.requester
        return matter

    def submitter(self, matter: Matter) -> Principal:
        """Return who writes the matter down."""
        if matter.submitter is Role.REQUESTER:
            return REQUESTER
        return self._cast.staff(Role.OPERATOR, self._rng)

    def _matter(self, template: TicketTemplate) -> Matter:
        rng = self._rng
        word = rng.choices(list(template.channels), list(template.channels.values()))[0]
        channel = Channel.SNAP_REPORT if word == _SNAP else Channel(word)
        programme = _programme(template)
        is_secret = template.request_type == "report" and rng.random() < _SECRET_REPORTS
        place, values = self._place(template)
        traits = TicketTraits(
            urgency=template.urgency,
            channel=channel,
            programme=programme,
            request_type=template.request_type,
            category=template.category,
            area=place,
            secret=is_secret,
        )
        requester = None if rng.random() < _NAMELESS else self._requester(template)
        return Matter(
            template=template,
            policy=choose_policy(traits, self._policies),
            channel=channel,
            programme=programme,
            requester=requester,
            on_behalf_of=self._name() if requester and rng.random() < _ON_BEHALF else None,
            is_secret=is_secret,
            place=place,
            values=values,
            nth=self._told[template.key],
        )

    def _place(self, template: TicketTemplate) -> tuple[str, dict[str, str]]:
        if template.matter is not None and template.matter in self._same_place:
            place, values = self._same_place[template.matter]
            # Neighbours tell of one thing, each from his own door.
            return place, {**values, "n": str(self._rng.randint(2, 28))}
        rng, slots = self._rng, self._city.slots
        area = template.area or rng.choice(list(slots.roads))
        values = {
            "road": rng.choice(slots.roads[area]),
            "community": rng.choice(slots.communities[area]),
            "shop": rng.choice(slots.shops),
            "n": str(rng.randint(2, 28)),
        }
        place = short_name(self._city.departments[area].name)
        if template.matter is not None:
            self._same_place[template.matter] = place, dict(values)
        return place, values

    def _requester(self, template: TicketTemplate) -> Requester:
        rng, parts = self._rng, self._city.requesters
        if template.enterprise:
            return Requester(f"{rng.choice(parts.enterprises)} {self._name()}", self._phone())
        if self._callers and rng.random() < _REPEATED_CALLERS:
            return rng.choice(self._callers)
        caller = Requester(self._name(), self._phone())
        self._callers.append(caller)
        return caller

    def _name(self) -> str:
        parts = self._city.requesters
        return self._rng.choice(parts.surnames) + self._rng.choice(parts.given_names)

    def _phone(self) -> str:
        parts = self._city.requesters
        return f"{parts.phone_prefix}{self._rng.randint(parts.phone_first, parts.phone_last):04d}"


def _programme(template: TicketTemplate) -> Programme:
    if not template.enterprise:
        return Programme.GENERAL
    if template.request_type == "complaint":
        return Programme.BUSINESS_ENVIRONMENT
    return Programme.ENTERPRISE


def short_name(name: str) -> str:
    """Return the name of an area without its government."""
    for ending in ("人民政府", "管理委员会"):
        name = name.removesuffix(ending)
    return name
