"""Why something does not count is said in words, whatever the cause."""

import pytest

from credit.intake.rates import Cause
from web.i18n import translator
from web.views.credit_lists import cause_words


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words(cause: Cause) -> None:
    for language in ("zh_CN", "en"):
        assert "_" not in cause_words(cause.value, translator(language))
    assert cause_words(cause.value, translator("zh_CN")) != cause.value


def test_a_cause_that_nobody_knows_goes_by_its_code() -> None:
    assert cause_words("something_else", translator("zh_CN")) == "something_else"
