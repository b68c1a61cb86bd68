"""Rule books as JSON and back."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from credit.rulebook import InvalidRuleBook, RuleBook, RuleFault, RuleFaultCode

_ADAPTER = TypeAdapter(RuleBook)


def book_to_json(book: RuleBook) -> dict[str, Any]:
    """Return a rule book as JSON values; decimals are text."""
    found: dict[str, Any] = _ADAPTER.dump_python(book, mode="json")
    return found


def book_from_json(value: dict[str, Any]) -> RuleBook:
    """Return the rule book that JSON values say.

    Raises:
        InvalidRuleBook: something is missing, of the wrong kind, or contradicts the rest.
    """
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise InvalidRuleBook(
            *(
                RuleFault(
                    ".".join(str(part) for part in fault["loc"]),
                    RuleFaultCode.MISSING
                    if fault["type"] == "missing"
                    else RuleFaultCode.NOT_READABLE,
                )
                for fault in error.errors(include_url=False, include_input=False)
            )
        ) from None
