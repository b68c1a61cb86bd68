"""Forms of records that are no tickets: what is asked before an action, sent, answered, shown again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotline.kernel.errors import N_, DomainError
from hotline.people.principal import Tx
from web.errors import status_of
from web.i18n import Translator
from web.pages.frame import PageRequest, posted, speaker
from web.views.fields import Field, read
from web.views.forms import EMPTY, FormState
from web.views.problems import explain


@dataclass(frozen=True, slots=True)
class RecordForm:
    """What is asked before an action on a record, and the function that does it.

    Attributes:
        code: the last part of its address.
        text: message id of its name.
        run: takes the transaction, the record's key, the fields by name.
        fields: what is asked.
        question: message id of a last question, for what cannot be taken back.
        is_versioned: takes `expected_version` too.
    """

    code: str
    text: str
    run: Callable[..., Awaitable[Any]]
    fields: Sequence[Field] = ()
    question: str | None = None
    is_versioned: bool = True


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as it is drawn."""

    code: str
    text: str
    fields: Sequence[Field]
    question: str | None
    form: FormState
    is_open: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent: what it was, and what is wrong with it if it was not done.

    Attributes:
        form: as it is to be shown again; None when it was done.
        result: what the action returned.
        status: of the answer.
    """

    code: str
    form: FormState | None = None
    result: Any = None
    status: int = 200


def form_views(forms: Sequence[RecordForm], sent: Sent | None = None) -> list[FormView]:
    """Return the forms as they are drawn, the one that was refused open and filled in."""
    refused = sent if sent is not None and sent.form is not None else None
    return [
        FormView(
            one.code,
            one.text,
            one.fields,
            one.question,
            (refused.form or EMPTY) if refused and refused.code == one.code else EMPTY,
            is_open=refused is not None and refused.code == one.code,
        )
        for one in forms
    ]


DONE: Mapping[str, str] = {
    "appeal": N_("The appeal is made: the event does not count until it is decided."),
    "object": N_("The objection is made: the period is not published before it is decided."),
    "second-level": N_("The appeal is before the second level."),
    "decide-appeal": N_("The appeal is decided, and the department is told."),
    "withdraw-appeal": N_("The appeal is taken back."),
    "repair": N_("The repair is asked for: the hotline checks the cure, then decides."),
    "check-repair": N_("The check is recorded: another person decides."),
    "decide-repair": N_("The repair is decided, and the department is told."),
    "put-off-repair": N_("The decision is put off, and the department is told."),
    "withdraw-repair": N_("The request is taken back."),
    "report-false-statement": N_("It is reported: another person decides whether it is false."),
    "decide-false-statement": N_("It is decided, and the department is told."),
    "ask": N_("The exclusion is asked for: two persons decide."),
    "decide": N_("What you decided is kept, and the next person sees it."),
    "recheck": N_("The second look is recorded."),
    "propose": N_("It is proposed: a second person confirms it."),
    "confirm": N_("It is confirmed, and the department's leaders are told."),
    "refuse": N_("The proposal is set aside."),
}
"""What a page says after a form of credit was sent, by the form."""


def form_called(code: str, forms: Sequence[RecordForm], *, absent: type[DomainError]) -> RecordForm:
    """Return the form that an address names.

    Raises:
        DomainError: `absent`; there is no such form on this page.
    """
    for one in forms:
        if one.code == code:
            return one
    raise absent


def done_words(request: PageRequest, t: Translator) -> str | None:
    """Return what has just been done, after the page was sent for anew."""
    words = DONE.get(request.query_params.get("done", ""))
    return t.text(words) if words else None


def stray_refusal(actions: Sequence[FormView], sent: Sent | None) -> str | None:
    """Return why a form was refused that is not offered any more: others were faster."""
    if sent is None or sent.form is None or any(one.is_open for one in actions):
        return None
    return sent.form.refusal


async def send(
    request: PageRequest,
    tx: Tx,
    form: RecordForm,
    *keys: object,
    also: Mapping[str, Any] | None = None,
) -> Sent:
    """Do what a sent form asks for; whatever goes wrong, nothing typed is lost.

    Args:
        request: carries the form.
        tx: the transaction.
        form: which form it is.
        keys: name the record.
        also: arguments of the action that no field gives.
    """
    t = speaker(request)
    typed = await posted(request)
    values, state = read(form.fields, typed, t)
    if state.errors:
        return Sent(form.code, state, status=422)
    version = "".join(typed.get("expected_version", []))
    if form.is_versioned:
        values["expected_version"] = int(version) if version.isdecimal() else None
    try:
        async with tx.session.begin_nested():
            result = await form.run(tx, *keys, **values, **(also or {}))
    except DomainError as error:
        refused = FormState(state.values, refusal=explain(error, t.language))
        return Sent(form.code, refused, status=status_of(error))
    return Sent(form.code, result=result)
