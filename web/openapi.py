"""The OpenAPI 3.1 document."""

from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme

from hotline import __version__
from web.problem_codes import problem_codes

_INTRODUCTION = """\
Tickets of the 12345 hotline: submitting, the closed loop, clocks, the directory, policies, credit.

Send a bearer token (`hotline users token NAME`), or a session cookie with the session's own token in
`X-CSRF-Token`. Instants are ISO 8601 with an offset, durations ISO 8601 (`PT30M`). Lists are
`{"items": [...], "next_cursor": ...}` and take `limit` and `cursor`. Every action takes
`expected_version` or `If-Match`. Personal data is masked; `reveal` shows it and leaves a record.

Errors are `application/problem+json` with a stable `code`:
"""


def openapi_config() -> OpenAPIConfig:
    """Return what the document says beside the operations."""
    codes = "\n".join(f"- `{code}` ({status}): {title}" for code, status, title in problem_codes())
    return OpenAPIConfig(
        title="12345 Hotline",
        version=__version__,
        description=f"{_INTRODUCTION}\n{codes}\n",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer"),
                "session": SecurityScheme(
                    type="apiKey", name="hotline_session", security_scheme_in="cookie"
                ),
            }
        ),
        security=[{"bearer": []}, {"session": []}],
        use_handler_docstrings=True,
    )
