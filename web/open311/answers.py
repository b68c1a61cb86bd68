"""What is answered, described once for both formats."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from hotline.kernel.errors import N_
from hotline.open311.faults import Fault
from hotline.open311.public import PublicTicket, PublicUpdate
from hotline.open311.queries import TestRequest
from hotline.open311.receiving import Received, TokenAnswer
from hotline.open311.services import Service
from hotline.tickets.questions import LISTS, Question
from web.i18n import Translator
from web.labels import label
from web.open311.documents import Item, Listing, Record, Value

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FIRST_CHANGE = datetime(2026, 1, 1, tzinfo=UTC)
"""When the interface came to be: until a service is changed, its last change."""

_CHINESE = "zh_CN"


def _said(t: Translator, chinese: str, english: str) -> str:
    return chinese if t.language == _CHINESE else english or chinese


def discovery(base: str, *, contact: str, key_service: str, changed_at: datetime | None) -> Record:
    """Describe where what is served."""
    changeset = max(changed_at or FIRST_CHANGE, FIRST_CHANGE)
    formats = Listing("formats", [Item("format", "text/xml"), Item("format", "application/json")])
    endpoints = [
        Record(
            "endpoint",
            [
                ("specification", SPECIFICATION),
                ("url", f"{base}{path}"),
                ("changeset", changeset),
                ("type", kind),
                ("formats", formats),
            ],
        )
        for kind, path in (("production", "/open311/v2"), ("test", "/open311/test/v2"))
    ]
    return Record(
        "discovery",
        [
            ("changeset", changeset),
            ("contact", contact),
            ("key_service", key_service),
            ("endpoints", Listing("endpoints", endpoints)),
        ],
    )


def service_list(
    services: Sequence[Service], questions: Mapping[str, Sequence[Question]], t: Translator
) -> Listing:
    """Describe the services."""
    return Listing(
        "services",
        [
            Record(
                "service",
                [
                    ("service_code", one.code),
                    ("service_name", _said(t, one.name, one.name_en)),
                    ("description", one.description),
                    ("metadata", bool(questions.get(one.code))),
                    ("type", one.type.value),
                    ("keywords", one.keywords),
                    ("group", _said(t, one.group, one.group_en)),
                ],
            )
            for one in services
        ],
    )


def service_definition(code: str, questions: Sequence[Question], t: Translator) -> Record:
    """Describe what is asked about a service."""
    attributes = [_attribute(one, place, t) for place, one in enumerate(questions, start=1)]
    return Record(
        "service_definition",
        [("service_code", code), ("attributes", Listing("attributes", attributes))],
    )


def _attribute(question: Question, place: int, t: Translator) -> Record:
    fields: list[tuple[str, Value]] = [
        ("variable", question.is_asked),
        ("code", question.code),
        ("datatype", question.datatype.value),
        ("required", question.required),
        ("datatype_description", _said(t, question.hint, question.hint_en)),
        ("order", place),
        ("description", _said(t, question.description, question.description_en)),
    ]
    if question.datatype in LISTS:
        values = [
            Record("value", [("key", one.key), ("name", _said(t, one.name, one.name_en))])
            for one in question.choices
        ]
        fields.append(("values", Listing("values", values)))
    return Record("attribute", fields)


def received(answer: Received, t: Translator) -> Listing:
    """Describe what has become of a report that was just made."""
    if answer.token is not None:
        told: list[tuple[str, Value]] = [
            ("token", answer.token),
            ("service_notice", t.text(N_("Somebody reads this first; ask for it by its token."))),
        ]
    else:
        notice = N_("It will be looked at by {at}.")
        told = [
            ("service_request_id", answer.number),
            (
                "service_notice",
                t.text(notice, at=t.instant(answer.answer_by)) if answer.answer_by else None,
            ),
        ]
    return Listing("service_requests", [Record("request", [*told, ("account_id", None)])])


def token(answer: TokenAnswer) -> Listing:
    """Describe which number belongs to a token."""
    fields: list[tuple[str, Value]] = [
        ("service_request_id", answer.number),
        ("token", answer.token),
    ]
    return Listing("service_requests", [Record("request", fields)])


def request_list(
    tickets: Sequence[PublicTicket],
    services: Mapping[str, Service],
    t: Translator,
    *,
    is_extended: bool,
) -> Listing:
    """Describe requests as the public sees them."""
    return Listing(
        "service_requests",
        [_request(one, services[one.service_code], t, is_extended=is_extended) for one in tickets],
    )


def _request(ticket: PublicTicket, service: Service, t: Translator, *, is_extended: bool) -> Record:
    promised = ticket.promised_at
    fields: list[tuple[str, Value]] = [
        ("service_request_id", ticket.number),
        ("status", "open" if ticket.is_open else "closed"),
        ("status_notes", _notes(ticket, t)),
        ("service_name", _said(t, service.name, service.name_en)),
        ("service_code", service.code),
        ("description", ticket.description),
        ("agency_responsible", _agency(ticket, t)),
        (
            "service_notice",
            t.text(N_("An answer is promised by {at}."), at=t.instant(promised))
            if promised
            else None,
        ),
        ("requested_datetime", ticket.submitted_at),
        ("updated_datetime", ticket.updated_at),
        ("expected_datetime", ticket.expected_at),
        ("address", ticket.address),
        ("address_id", None),
        ("zipcode", None),
        ("lat", ticket.lat),
        ("long", ticket.long),
        ("media_url", ticket.media_url),
    ]
    if is_extended:
        extended: list[tuple[str, Value]] = [
            ("detailed_status", ticket.rich),
            ("area", ticket.area),
        ]
        fields.append(("extended_attributes", Record("extended_attributes", extended)))
    return Record("request", fields)


def _agency(ticket: PublicTicket, t: Translator) -> str | None:
    return _said(t, ticket.department or "", ticket.department_en or "") or None


def _notes(ticket: PublicTicket, t: Translator) -> str:
    words = t.text(label(ticket.state.hold or ticket.state.status))
    agency = _agency(ticket, t)
    return t.text(N_("{state}: {agency}"), state=words, agency=agency) if agency else words


def tests(
    requests: Sequence[TestRequest], services: Mapping[str, Service], t: Translator
) -> Listing:
    """Describe reports of the test endpoint: nobody works on them, and none of their words are kept."""
    return Listing(
        "service_requests",
        [
            Record(
                "request",
                [
                    ("service_request_id", one.number),
                    ("status", "open"),
                    ("status_notes", t.text(N_("A test: nobody works on it."))),
                    (
                        "service_name",
                        _said(
                            t, services[one.service_code].name, services[one.service_code].name_en
                        ),
                    ),
                    ("service_code", one.service_code),
                    *((name, None) for name in ("description", "agency_responsible")),
                    ("service_notice", None),
                    ("requested_datetime", one.submitted_at),
                    ("updated_datetime", one.submitted_at),
                    ("expected_datetime", None),
                    *((name, None) for name in ("address", "address_id", "zipcode")),
                    *((name, None) for name in ("lat", "long", "media_url")),
                ],
            )
            for one in requests
        ],
    )


def updates(found: Sequence[PublicUpdate], t: Translator) -> Listing:
    """Describe steps of requests."""
    return Listing(
        "service_request_updates",
        [
            Record(
                "request_update",
                [
                    ("update_id", one.id),
                    ("service_request_id", one.number),
                    ("status", one.status),
                    ("updated_datetime", one.at),
                    ("description", t.text(label(one.state.hold or one.state.status))),
                    ("media_url", None),
                ],
            )
            for one in found
        ],
    )


def update_received(update_id: str) -> Listing:
    """Describe words that were just added to a request."""
    return Listing(
        "service_request_updates", [Record("request_update", [("update_id", update_id)])]
    )


def errors(faults: Sequence[Fault]) -> Listing:
    """Describe what is wrong with a request."""
    return Listing(
        "errors",
        [Record("error", [("code", one.code), ("description", one.description)]) for one in faults],
    )
