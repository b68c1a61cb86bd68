"""Whether the house is ready, step by step."""

from litestar import Controller, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.founding.house import is_ready, steps_of
from hotline.founding.queries import read_house
from hotline.kernel.clock import SHANGHAI
from hotline.people.permissions import Permission
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer
from web.i18n import translator
from web.resources import Resources
from web.security.guards import requires
from web.views.setup import step_views


class RemarkOut(Answer):
    """One thing about a step: done, warning or missing, in words."""

    state: str
    text: str


class StepOut(Answer):
    """A step of setting a house up; its worst remark decides its state."""

    step: str
    state: str
    remarks: list[RemarkOut]


class SetupOut(Answer):
    """Whether a matter can go all its way, and what is missing."""

    is_ready: bool
    steps: list[StepOut]


class SetupController(Controller):
    """Setting a house up."""

    path = "/setup"
    tags = ("directory",)
    guards = (requires(Permission.MANAGE_DIRECTORY),)

    @get(
        operation_id="readSetup",
        operation_class=ApiOperation,
        summary="Whether the house is ready",
        responses=problem_responses(401, 403, 503),
    )
    async def read(
        self,
        state: State,
        resources: NamedDependency[Resources],
        reader: NamedDependency[AsyncSession],
    ) -> SetupOut:
        """Say what the house has and what is missing."""
        now = resources.clock.now()
        facts = await read_house(reader, state.settings, now)
        steps = steps_of(facts, now.astimezone(SHANGHAI).date())
        return SetupOut(
            is_ready=is_ready(steps),
            steps=[
                StepOut(
                    step=view.code,
                    state=view.state.value,
                    remarks=[
                        RemarkOut(state=remark.state.value, text=remark.text)
                        for remark in view.remarks
                    ],
                )
                for view in step_views(steps, translator("en"))
            ],
        )
