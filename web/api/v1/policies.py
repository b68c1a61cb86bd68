"""Time-limit policies: read them, publish the next version."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.people.permissions import Permission
from hotline.people.principal import Tx
from hotline.sla.actions import publish_policy
from hotline.sla.models import PolicyVersion
from hotline.sla.queries import list_policies, list_policy_versions
from web.api.errors_doc import ApiOperation, problem_responses
from web.api.schemas import Answer, Body, Instant, Words
from web.security.guards import requires


class PolicyOut(Answer):
    """One version of a policy."""

    code: str
    version: int
    name: str
    match: dict[str, Any]
    clocks: dict[str, Any]
    is_default: bool
    is_active: bool
    created_at: Instant
    created_by: str


class PolicyList(Answer):
    """Policies."""

    items: list[PolicyOut]
    next_cursor: str | None = None


class PolicyBody(Body):
    """The next version of a policy: which tickets it is for, and how its clocks run."""

    code: Annotated[str, Field(min_length=1, max_length=63)]
    name: Annotated[Words, Field(max_length=120)]
    match: dict[str, Any] = Field(
        default_factory=dict, examples=[{"urgency": ["p1"], "category": ["utilities"]}]
    )
    clocks: dict[str, Any] = Field(
        examples=[{"accept": {"limit": "PT30M", "calendar": "natural", "warnings": [0.6, 0.8]}}]
    )
    is_active: bool = True


def policy_out(row: PolicyVersion) -> PolicyOut:
    """Return one version of a policy."""
    return PolicyOut(
        code=row.code,
        version=row.version,
        name=row.name,
        match=row.definition["match"],
        clocks=row.definition["clocks"],
        is_default=row.is_default,
        is_active=row.is_active,
        created_at=row.created_at,
        created_by=row.created_by,
    )


class PolicyController(Controller):
    """Policies in versions."""

    path = "/sla/policies"
    tags = ("sla",)

    @get(
        "/",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="listPolicies",
        operation_class=ApiOperation,
        summary="List policies",
        responses=problem_responses(401, 403),
    )
    async def list_(self, reader: NamedDependency[AsyncSession]) -> PolicyList:
        """Return the newest version of every policy, by code."""
        return PolicyList(items=[policy_out(row) for row in await list_policies(reader)])

    @get(
        "/{code:str}/versions",
        guards=[requires(Permission.READ_POLICIES)],
        operation_id="listPolicyVersions",
        operation_class=ApiOperation,
        summary="List a policy's versions",
        responses=problem_responses(401, 403),
    )
    async def versions(
        self, reader: NamedDependency[AsyncSession], code: FromPath[str]
    ) -> PolicyList:
        """Return every version of a policy, newest first."""
        rows = await list_policy_versions(reader, code)
        return PolicyList(items=[policy_out(row) for row in rows])

    @post(
        "/",
        guards=[requires(Permission.MANAGE_POLICIES)],
        operation_id="publishPolicy",
        operation_class=ApiOperation,
        summary="Publish the next version of a policy",
        responses=problem_responses(401, 403, 409, 422),
    )
    async def publish(self, tx: NamedDependency[Tx], data: JSONBody[PolicyBody]) -> PolicyOut:
        """Publish the next version of a policy; tickets that have a version keep it."""
        row = await publish_policy(
            tx,
            code=data.code,
            name=data.name,
            definition={"match": data.match, "clocks": data.clocks},
            is_active=data.is_active,
        )
        return policy_out(row)
