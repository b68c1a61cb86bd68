"""Another policy on the tickets of a period: what would have been kept."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import ConfigDict, Field, model_validator
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.models import Department
from hotline.people.permissions import Permission
from hotline.people.queries import departments_by_id
from hotline.sla.simulation import Simulation, Tally, Verdict
from hotline.tickets.simulating import propose, simulate
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body
from web.api.v1.policies import PolicyBody
from web.resources import Resources
from web.security.guards import requires
from web.views.simulations import EARLIEST, LATEST, MOST_TICKETS, period


class SimulationBody(Body):
    """A proposed policy and the tickets to try it on: those submitted on these days, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    first: Annotated[date, Field(alias="from", ge=EARLIEST, le=LATEST, examples=["2026-10-01"])]
    last: Annotated[date, Field(alias="to", ge=EARLIEST, le=LATEST, examples=["2026-10-31"])]
    policy: PolicyBody = Field(description="It takes the place of the version of its code")

    @model_validator(mode="after")
    def _forward(self) -> "SimulationBody":
        if self.last < self.first:
            raise ValueError("`to` must not lie before `from`")
        return self


class VerdictsOut(Answer):
    """How many limits were kept or broken, or run still."""

    kept: int
    broken: int
    open: int


class TallyOut(Answer):
    """What was, what would have been, and the tickets that make the difference."""

    was: VerdictsOut
    would: VerdictsOut
    newly_kept: list[str]
    newly_broken: list[str]


class SimulatedLineOut(Answer):
    """One unit, one limit, or one limit of one unit."""

    department: str | None
    clock: str | None
    tally: TallyOut


class SimulationOut(Answer):
    """What a proposed policy would have meant; nothing was changed."""

    policy: str
    tickets: int
    clocks: int
    excluded: dict[str, int]
    total: TallyOut
    departments: list[SimulatedLineOut]
    kinds: list[SimulatedLineOut]
    lines: list[SimulatedLineOut]


def _tally(tally: Tally) -> TallyOut:
    def verdicts(counts: Mapping[Verdict, int]) -> VerdictsOut:
        return VerdictsOut(
            kept=counts[Verdict.KEPT], broken=counts[Verdict.BROKEN], open=counts[Verdict.OPEN]
        )

    return TallyOut(
        was=verdicts(tally.was),
        would=verdicts(tally.would),
        newly_kept=list(tally.gained),
        newly_broken=list(tally.lost),
    )


def simulation_out(
    simulation: Simulation, policy: str, units: Mapping[int, Department]
) -> SimulationOut:
    """Return the result of a simulation.

    Args:
        simulation: the result.
        policy: the code of the proposed one.
        units: departments by id.
    """

    def code(unit: int | None) -> str | None:
        found = units.get(unit) if unit is not None else None
        return found.code if found else None

    return SimulationOut(
        policy=policy,
        tickets=simulation.tickets,
        clocks=simulation.clocks,
        excluded={why.value: count for why, count in simulation.excluded.items()},
        total=_tally(simulation.total()),
        departments=[
            SimulatedLineOut(department=code(unit), clock=None, tally=_tally(tally))
            for unit, tally in simulation.by_department().items()
        ],
        kinds=[
            SimulatedLineOut(department=None, clock=kind.value, tally=_tally(tally))
            for kind, tally in simulation.by_kind().items()
        ],
        lines=[
            SimulatedLineOut(department=code(unit), clock=kind.value, tally=_tally(tally))
            for (unit, kind), tally in simulation.tallies.items()
        ],
    )


class SimulationController(Controller):
    """Trying a policy on what has been."""

    path = "/sla/simulate"
    tags = ("sla",)

    @post(
        "/",
        status_code=200,
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="simulatePolicy",
        operation_class=ApiOperation,
        summary="Try a policy on the tickets of a period",
        responses=problem_responses(401, 403, 409, 422, 503),
    )
    async def run(
        self,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        data: JSONBody[SimulationBody],
    ) -> SimulationOut:
        """Tell which limits would have been kept under a policy; nothing is written."""
        since, until = period(data.first, data.last)
        proposal = await propose(reader, data.policy.to_draft())
        simulation = await simulate(
            reader, proposal, since, until, now=resources.clock.now(), most=MOST_TICKETS
        )
        units = await departments_by_id(reader, {unit for unit, _ in simulation.tallies})
        return simulation_out(simulation, data.policy.code, units)
