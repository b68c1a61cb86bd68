"""The form of an action asks for exactly what the action takes."""

import inspect

import pytest

from hotline.tickets.lifecycle import TRANSITIONS, Action
from web.i18n import translator
from web.pages.action_forms import FORMS
from web.views.fields import Kind, read

FORMLESS = {
    Action.SUBMIT,
    Action.IMPORT,
    Action.HAND_TO_DUTY_HEAD,
    Action.DEFAULT_CONSENT,
    Action.RAISE_RETURN,
    Action.REAPPLY_POLICY,
    Action.RATE_CLOSED,
}
"""Done elsewhere, by escalation, by the system or by a link: no form of a ticket page asks for them."""


def test_every_action_has_a_form() -> None:
    assert set(FORMS) == set(TRANSITIONS) - FORMLESS


@pytest.mark.parametrize("action", list(FORMS))
def test_the_fields_are_the_arguments(action: Action) -> None:
    form = FORMS[action]
    parameters = dict(inspect.signature(form.run).parameters)
    positional = [name for name, p in parameters.items() if p.kind is not p.KEYWORD_ONLY]
    assert positional == ["tx", "number"]
    keywords = set(parameters) - set(positional)
    assert {field.name for field in form.fields} | {"expected_version"} == keywords
    for field in form.fields:
        if parameters[field.name].default is inspect.Parameter.empty and field.required:
            assert field.kind is not Kind.CHECK


@pytest.mark.parametrize("action", list(FORMS))
def test_an_empty_form_names_every_field_that_must_be_filled(action: Action) -> None:
    fields = FORMS[action].fields
    _, form = read(fields, {}, translator("zh_CN"))
    assert set(form.errors) == {field.name for field in fields if field.required}
    assert set(form.errors.values()) <= {"此项必填"}


def test_what_was_typed_becomes_values_of_the_domain() -> None:
    fields = FORMS[Action.REQUEST_RECTIFICATION].fields
    values, form = read(
        fields,
        {
            "reason": [" 管网需要整体更换\r\n"],
            "milestones": ["2026-12-01 李工：完成招标\n\n2026-12-20 09:30 王工: 开工"],
            "told_how": ["phone"],
            "told_at": ["2026-11-21T09:00"],
            "_csrf_token": ["x"],
        },
        translator("zh_CN"),
    )
    assert form.errors == {}
    assert values["reason"] == "管网需要整体更换"
    assert [milestone.text for milestone in values["milestones"]] == ["完成招标", "开工"]
    assert [milestone.person for milestone in values["milestones"]] == ["李工", "王工"]
    assert values["milestones"][0].due_at.isoformat() == "2026-12-01T10:00:00+00:00"
    assert values["milestones"][1].due_at.isoformat() == "2026-12-20T01:30:00+00:00"
    assert "_csrf_token" not in form.values


@pytest.mark.parametrize(
    ("action", "name", "typed"),
    [
        (Action.ACCEPT, "handler_limit", "-PT1H"),
        (Action.ACCEPT, "handler_limit", "P0D"),
        (Action.CONTACT, "method", "pigeon"),
        (Action.REQUEST_EXTENSION, "until", "tomorrow"),
        (Action.REQUEST_RECTIFICATION, "milestones", "soon, I promise"),
        (Action.REQUEST_RECTIFICATION, "milestones", "2026-02-30 李工：开工"),
        (Action.REQUEST_RECTIFICATION, "milestones", "2026-12-30 nobody answers"),
        (Action.RECORD_VISIT, "rating", "five"),
        (Action.TRANSFER_OUT, "target", "x" * 81),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(action: Action, name: str, typed: str) -> None:
    _, form = read(FORMS[action].fields, {name: [typed]}, translator("en"))
    assert form.errors[name]
    assert form.values[name] == typed
