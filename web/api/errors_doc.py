"""How errors stand in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation

from web.api.schemas import Problem, ValidationProblem

_MEANING = {
    401: "No session and no valid token",
    403: "Not for this caller",
    404: "Not there, or not for this caller",
    409: "Does not fit the present state, or the version is stale",
    410: "The time for it has passed",
    413: "Too large",
    422: "The body or a parameter is not valid",
    429: "Too many tries",
    503: "A part of the system is away for a moment",
}


@dataclass
class ApiOperation(Operation):
    """An operation without the framework's own 400, which this interface answers as 422."""

    def __post_init__(self) -> None:
        if self.responses is not None:
            self.responses.pop("400", None)


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the documented errors of an operation."""
    return {
        status: ResponseSpec(
            ValidationProblem if status == 422 else Problem,  # noqa: PLR2004
            media_type="application/problem+json",
            generate_examples=False,
            description=_MEANING[status],
        )
        for status in statuses
    }
