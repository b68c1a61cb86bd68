"""The sheets that a house is made of: which columns each has, and what may stand in them."""

from collections.abc import Mapping
from types import MappingProxyType

from hotline.founding.columns import NO, YES, Column, Sheet, Subject, Value
from hotline.kernel.errors import N_
from hotline.people.levels import DepartmentLevel
from hotline.people.permissions import ASSIGNABLE_ROLES, Role
from hotline.tickets.models import Channel, Programme, RequestType, Urgency
from hotline.tickets.questions import Datatype
from hotline.workdays.definition import DayKind

_C, _V = Column, Value

_TREE = r"[a-z0-9_]{1,30}(\.[a-z0-9_]{1,30}){0,2}"
_PLAIN = r"[a-z0-9][a-z0-9_-]{0,62}"
_MIXED = r"[A-Za-z0-9_]{1,32}"

_CODE_HELP = N_("Small letters, digits and _; it never changes, everything else may")
_ACTIVE_HELP = N_("yes or no; empty means yes for a new line. Nothing is ever deleted")
_NAME = N_("Designation")
_NAME_HELP = N_("As people know it")
_NAME_EN = N_("English name")
_NAME_EN_HELP = N_("For the English screens; left out, the Chinese one is shown")

GROUPS = Sheet(
    Subject.GROUPS,
    (
        _C("code", N_("Code"), _CODE_HELP, _V.CODE, required=True, most=32, example="bureaus"),
        _C("name", _NAME, _NAME_HELP, required=True, most=80, example="市直部门"),
        _C("name_en", _NAME_EN, _NAME_EN_HELP, most=80, example="City bureaus"),
    ),
    ("code",),
)

DEPARTMENTS = Sheet(
    Subject.DEPARTMENTS,
    (
        _C("code", N_("Code"), _CODE_HELP, _V.CODE, required=True, most=63, example="chengguan"),
        _C("name", _NAME, _NAME_HELP, required=True, example="市城市管理局"),
        _C("name_en", _NAME_EN, _NAME_EN_HELP, example="City Administration"),
        _C(
            "parent",
            N_("Lies below"),
            N_("Code or name of the unit above it, of this file or of the house"),
            _V.REFERENCE,
            refers=Subject.DEPARTMENTS,
        ),
        _C(
            "peer_group",
            N_("Peer group"),
            N_("Code or name of the group of units that it is compared with"),
            _V.REFERENCE,
            refers=Subject.GROUPS,
            example="bureaus",
        ),
        _C(
            "phone",
            N_("Office telephone"),
            N_("With the area code; format the column as text, or the leading zero is lost"),
            _V.PHONE,
            most=32,
            example="010-8765 4321",
        ),
        _C(
            "level",
            N_("Level"),
            N_("How high it stands: what a bureau owns is not handed down to a street"),
            _V.CHOICE,
            of=DepartmentLevel,
            example="bureau",
        ),
        _C("is_active", N_("Takes tickets"), _ACTIVE_HELP, _V.FLAG, default=YES, example=YES),
    ),
    ("code",),
)

PEOPLE = Sheet(
    Subject.PEOPLE,
    (
        _C(
            "username",
            N_("User name"),
            N_("2 to 63 small letters, digits, dots, - and _; it never changes"),
            _V.USERNAME,
            required=True,
            most=63,
            example="zhang.wei",
        ),
        _C(
            "display_name",
            N_("Name"),
            N_("The person's name"),
            required=True,
            most=80,
            example="张伟",
        ),
        _C(
            "roles",
            N_("Roles"),
            N_("One or more, separated by commas or blanks, as the list of words says"),
            _V.CHOICES,
            required=True,
            of=Role,
            only=frozenset(role.value for role in ASSIGNABLE_ROLES),
            example="handler",
        ),
        _C(
            "department",
            N_("Department"),
            N_(
                "Code or name of the unit that the person works for; `hotline` is the hotline"
                " itself"
            ),
            _V.REFERENCE,
            required=True,
            refers=Subject.DEPARTMENTS,
            example="chengguan",
        ),
        _C("is_active", N_("In use"), _ACTIVE_HELP, _V.FLAG, default=YES, example=YES),
        _C(
            "is_duty",
            N_("Answers for the unit"),
            N_("yes for the one person of a unit who is told when nobody else reacts"),
            _V.FLAG,
            default=NO,
            example=NO,
        ),
    ),
    ("username",),
)

CATEGORIES = Sheet(
    Subject.CATEGORIES,
    (
        _C(
            "code",
            N_("Code"),
            N_("Up to three parts with dots between them: `urban.light` lies below `urban`"),
            _V.CODE,
            required=True,
            most=92,
            pattern=_TREE,
            example="urban.light",
        ),
        _C("name", _NAME, _NAME_HELP, required=True, example="路灯"),
        _C("name_en", _NAME_EN, _NAME_EN_HELP, example="Street lights"),
        _C(
            "steps",
            N_("Service list"),
            N_("What the department has to do, step by step, separated by semicolons"),
            _V.PARTS,
            most=4000,
            example="联系诉求人；现场查看；维修；反馈结果",
        ),
        _C("is_active", N_("In use"), _ACTIVE_HELP, _V.FLAG, default=YES, example=YES),
    ),
    ("code",),
)

QUESTIONS = Sheet(
    Subject.QUESTIONS,
    (
        _C(
            "category",
            N_("Category"),
            N_("Code or name of the category about whose matters it is asked"),
            _V.REFERENCE,
            required=True,
            refers=Subject.CATEGORIES,
            example="urban.light",
        ),
        _C(
            "code",
            N_("Code"),
            N_("Letters, digits and _; unique within the category"),
            _V.CODE,
            pattern=_MIXED,
            required=True,
            most=32,
            example="pole",
        ),
        _C(
            "description",
            N_("Question"),
            N_("As the operator asks it"),
            required=True,
            most=300,
            example="灯杆编号是多少？",
        ),
        _C(
            "description_en",
            N_("Question in English"),
            _NAME_EN_HELP,
            most=300,
            example="What is the number of the pole?",
        ),
        _C(
            "datatype",
            N_("Kind of answer"),
            N_("One of the list"),
            _V.CHOICE,
            required=True,
            of=Datatype,
            example="string",
        ),
        _C(
            "choices",
            N_("Choices"),
            N_(
                "For a list: key | Chinese | English, choices separated by semicolons; a fourth and a "
                "fifth part say what the caller is told where the answer ends the intake"
            ),
            _V.PARTS,
            most=8000,
        ),
        _C(
            "required",
            N_("Must be answered"),
            N_("yes or no; empty means no"),
            _V.FLAG,
            default=NO,
            example=NO,
        ),
        _C(
            "position",
            N_("Sequence number"),
            N_("Its place among the questions, from 1"),
            _V.NUMBER,
            default="1",
            example="1",
        ),
        _C("hint", N_("Hint"), N_("What kind of value is meant, such as a unit"), most=120),
        _C("hint_en", N_("Hint in English"), _NAME_EN_HELP, most=120),
    ),
    ("category", "code"),
)

CATALOGUE = Sheet(
    Subject.CATALOGUE,
    (
        _C(
            "category",
            N_("Category"),
            N_("Code or name; everything below it is meant as well"),
            _V.REFERENCE,
            required=True,
            refers=Subject.CATEGORIES,
            example="urban",
        ),
        _C("area", N_("Area"), N_("Where it holds; empty for everywhere"), most=64),
        _C(
            "request_types",
            N_("Request types"),
            N_("For which it holds; empty for all"),
            _V.CHOICES,
            of=RequestType,
        ),
        _C(
            "department",
            N_("Lead department"),
            N_("Code or name of the unit that leads"),
            _V.REFERENCE,
            required=True,
            refers=Subject.DEPARTMENTS,
            example="chengguan",
        ),
        _C(
            "co_departments",
            N_("Co-handling departments"),
            N_("Codes or names of the units that help, separated by commas"),
            _V.REFERENCES,
            refers=Subject.DEPARTMENTS,
        ),
        _C(
            "min_level",
            N_("Lowest level"),
            N_("The lowest level that may lead such a matter"),
            _V.CHOICE,
            of=DepartmentLevel,
            only=frozenset({DepartmentLevel.BUREAU.value, DepartmentLevel.DISTRICT.value}),
        ),
        _C(
            "valid_from",
            N_("Valid from"),
            N_("First day on which it holds; empty for always"),
            _V.DAY,
        ),
        _C("valid_to", N_("Valid until"), N_("Last day on which it holds; empty for ever"), _V.DAY),
        _C(
            "is_sure",
            N_("Sure"),
            N_("yes: such a matter may go out without a dispatcher"),
            _V.FLAG,
            default=NO,
            example=YES,
        ),
        _C(
            "basis",
            N_("Basis"),
            N_("The rule or the decision that it rests on"),
            most=500,
            example="三定方案",
        ),
    ),
    ("category", "area", "request_types", "valid_from", "valid_to"),
    is_whole=True,
)

_LIMIT_HELP = N_("A length of time such as 30m, 4h, 5d or PT30M; days are those of the calendar")

LIMITED = (
    ("accept", N_("Limit: accept"), "30m"),
    ("dispatch", N_("Limit: dispatch"), "1h"),
    ("sign", N_("Limit: sign"), "4h"),
    ("first_contact", N_("Limit: first contact"), "1d"),
    ("complete", N_("Limit: work off"), "5d"),
    ("co_opinion", N_("Limit: opinion of a co-handling unit"), "1d"),
    ("audit", N_("Limit: check the reply"), "4h"),
    ("visit", N_("Limit: return visit"), "1d"),
    ("rework_complete", N_("Limit: rework"), "3d"),
)
"""The clocks of the main line that a sheet sets, with heading and example."""

NEEDED_LIMITS = frozenset({"accept", "dispatch", "complete", "audit", "visit"})

POLICIES = Sheet(
    Subject.POLICIES,
    (
        _C(
            "code",
            N_("Code"),
            N_("Small letters, digits, - and _; it never changes"),
            _V.CODE,
            pattern=_PLAIN,
            required=True,
            most=63,
            example="water-2",
        ),
        _C("name", _NAME, _NAME_HELP, required=True, example="供水两日办结"),
        _C(
            "urgency",
            N_("Urgency"),
            N_("Which matters it is for; empty for all"),
            _V.CHOICES,
            of=Urgency,
        ),
        _C(
            "channel",
            N_("Channel"),
            N_("Which matters it is for; empty for all"),
            _V.CHOICES,
            of=Channel,
        ),
        _C(
            "programme",
            N_("Programme"),
            N_("Which matters it is for; empty for all"),
            _V.CHOICES,
            of=Programme,
        ),
        _C(
            "request_type",
            N_("Request types"),
            N_("Which matters it is for; empty for all"),
            _V.CHOICES,
            of=RequestType,
        ),
        _C(
            "category",
            N_("Category"),
            N_("Codes or names, separated by commas; empty for all"),
            _V.REFERENCES,
            refers=Subject.CATEGORIES,
            example="urban.water",
        ),
        _C("area", N_("Area"), N_("Areas separated by commas; empty for all"), _V.WORDS, most=500),
        _C(
            "secret",
            N_("Only where secrecy is asked for"),
            N_("yes or no; empty means no"),
            _V.FLAG,
            default=NO,
            example=NO,
        ),
        _C(
            "calendar",
            N_("Calendar"),
            N_("`natural` for day and night, `working` for working days, or one of your own"),
            _V.CODE,
            pattern=_PLAIN,
            most=24,
            default="natural",
            example="working",
        ),
        *(
            _C(name, text, _LIMIT_HELP, _V.LIMIT, required=name in NEEDED_LIMITS, example=example)
            for name, text, example in LIMITED
        ),
        _C("is_active", N_("In force"), _ACTIVE_HELP, _V.FLAG, default=YES, example=YES),
    ),
    ("code",),
)

CALENDARS = Sheet(
    Subject.CALENDARS,
    (
        _C(
            "calendar",
            N_("Calendar"),
            N_("Its code; empty for `working`, the official one"),
            _V.CODE,
            pattern=_PLAIN,
            most=24,
            default="working",
            example="working",
        ),
        _C(
            "day",
            N_("Day"),
            N_("A day that differs from the plain week, such as 2026-10-01"),
            _V.DAY,
            required=True,
            example="2026-10-01",
        ),
        _C(
            "kind",
            N_("Kind of day"),
            N_("A holiday, a make-up working day, half a day, or a day with hours of its own"),
            _V.CHOICE,
            required=True,
            of=DayKind,
            example="holiday",
        ),
        _C("name", _NAME, N_("Why it differs"), most=60, example="国庆节"),
        _C(
            "hours",
            N_("Hours"),
            N_("Of a day with hours of its own: 09:00-12:00 13:00-15:00"),
            _V.HOURS,
            most=200,
        ),
    ),
    ("calendar", "day"),
    is_whole=True,
)

SHEETS: Mapping[Subject, Sheet] = MappingProxyType(
    {
        sheet.subject: sheet
        for sheet in (
            GROUPS,
            DEPARTMENTS,
            PEOPLE,
            CATEGORIES,
            QUESTIONS,
            CATALOGUE,
            POLICIES,
            CALENDARS,
        )
    }
)
"""Every sheet by its subject."""
