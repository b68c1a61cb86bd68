"""What the demo city asks about its matters, and what its operators have begun to write."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.intake.drafts.actions import save_draft
from hotline.kernel.crypto import FieldCipher
from hotline.people.principal import Tx
from hotline.tickets.answers import save_question
from hotline.tickets.questions import Choice, Datatype, Question
from web.run.demo.directory import Cast

_SINCE = Question(
    "SINCE",
    Datatype.ONE,
    required=True,
    order=1,
    description="持续多长时间了？",
    description_en="For how long?",
    choices=(
        Choice("TODAY", "今天刚发生", "Since today"),
        Choice("WEEK", "一周以内", "Less than a week"),
        Choice("LONGER", "一周以上", "Longer"),
    ),
)

ASKED: Mapping[str, Sequence[Question]] = {
    "urban.lighting": (
        _SINCE,
        Question(
            "POLE",
            Datatype.STRING,
            required=False,
            order=2,
            description="灯杆编号是多少？",
            description_en="What is the number on the pole?",
            hint="灯杆上的白色编号牌，如 HP-0123",
            hint_en="On the white plate, such as HP-0123",
        ),
        Question(
            "COUNT",
            Datatype.NUMBER,
            required=False,
            order=3,
            description="几盏灯不亮？",
            description_en="How many lamps are out?",
        ),
    ),
    "environment.noise": (
        Question(
            "HOURS",
            Datatype.MANY,
            required=True,
            order=1,
            description="一般在什么时段？",
            description_en="At what time of day?",
            choices=(
                Choice("DAY", "白天（6时至22时）", "By day, 6 to 22"),
                Choice("NIGHT", "夜间（22时至次日6时）", "By night, 22 to 6"),
                Choice("NOON", "午休时间", "At noon"),
            ),
        ),
        Question(
            "SITE",
            Datatype.STRING,
            required=False,
            order=2,
            description="工地或店铺叫什么名字？",
            description_en="What is the site or the shop called?",
        ),
    ),
    "labour.wages": (
        Question(
            "COURT",
            Datatype.ONE,
            required=True,
            order=1,
            description="是否已申请劳动仲裁或者起诉？",
            description_en="Is it before an arbitration board or a court already?",
            choices=(
                Choice("NO", "没有", "No"),
                Choice(
                    "YES",
                    "已经受理",
                    "Yes, it was taken on",
                    stop="已进入仲裁或诉讼程序的事项，热线不重复受理。请向受理的劳动人事争议仲裁院或法院查询进展，"
                    "需要法律援助可拨打12348。",
                    stop_en="What is before an arbitration board or a court is not taken on by the "
                    "hotline again. Ask there how it stands; for legal aid call 12348.",
                ),
            ),
        ),
        Question(
            "EMPLOYER",
            Datatype.STRING,
            required=True,
            order=2,
            description="用人单位的名称？",
            description_en="What is the employer called?",
        ),
        Question(
            "AMOUNT",
            Datatype.NUMBER,
            required=False,
            order=3,
            description="拖欠金额约多少元？",
            description_en="About how much is owed, in yuan?",
        ),
    ),
    "utilities.water": (
        _SINCE,
        Question(
            "SCOPE",
            Datatype.ONE,
            required=True,
            order=2,
            description="影响范围？",
            description_en="Who is affected?",
            choices=(
                Choice("HOME", "只有自己家", "This household only"),
                Choice("HOUSE", "整栋楼", "The whole building"),
                Choice("AREA", "整个小区", "The whole community"),
            ),
        ),
    ),
    "utilities.gas": (
        Question(
            "SMELL",
            Datatype.ONE,
            required=True,
            order=1,
            description="现在能闻到燃气味吗？",
            description_en="Is there a smell of gas now?",
            choices=(
                Choice("NO", "没有", "No"),
                Choice(
                    "YES",
                    "有",
                    "Yes",
                    stop="请立即关阀、开窗，不要开关电器，人员撤到室外后拨打119和燃气抢修电话。",
                    stop_en="Shut the valve, open the windows, touch no switch, leave the house; then "
                    "call 119 and the gas company's emergency line.",
                ),
            ),
        ),
    ),
    "housing.property": (
        Question(
            "COMMITTEE",
            Datatype.STRING,
            required=False,
            order=1,
            description="小区和物业公司的名称？",
            description_en="What are the community and its manager called?",
        ),
        Question(
            "SPOKEN",
            Datatype.ONE,
            required=True,
            order=2,
            description="是否已向物业反映过？",
            description_en="Was the manager told of it?",
            choices=(
                Choice("NO", "没有", "No"),
                Choice("YES", "反映过，没有解决", "Yes, without result"),
            ),
        ),
    ),
}
"""By category; what is asked about one is asked about everything below it."""

_BEGUN = (
    {
        "channel": ["phone"],
        "request_type": ["help"],
        "title": ["文澜街道学府路路灯不亮"],
        "content": ["学府路由北向南第三盏路灯不亮，晚上看不清台阶。"],
        "category": ["城市管理 / 路灯照明 urban.lighting"],
    },
    {
        "channel": ["phone"],
        "request_type": ["complaint"],
        "content": ["楼下烧烤店油烟，来电人信号不好，待回拨"],
    },
)


async def ask(tx: Tx) -> None:
    """Write down what is asked about the matters of some categories."""
    for category, questions in ASKED.items():
        for question in questions:
            await save_question(tx, category, question)


async def begin_drafts(
    session: AsyncSession, cipher: FieldCipher, cast: Cast, now: datetime
) -> None:
    """Let an operator have begun two matters that he will go on with."""
    for place, fields in enumerate(_BEGUN, start=1):
        tx = Tx(
            session, now - timedelta(minutes=7 * place), cipher, "demo", cast.people["operator"]
        )
        await save_draft(tx, uuid.uuid5(uuid.NAMESPACE_OID, f"demo-{place}"), fields)
