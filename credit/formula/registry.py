"""The released formulas by version; a released one is never edited."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from credit.formula.v1 import VERSION as V1, Score, ScoreInput, evaluate
from credit.rulebook import InvalidRuleBook, RuleBook, RuleFault, RuleFaultCode

Evaluate = Callable[[ScoreInput, RuleBook], Score]

FORMULAS: Mapping[str, Evaluate] = MappingProxyType({V1: evaluate})


def formula_of(version: str) -> Evaluate:
    """Return a released formula.

    Raises:
        InvalidRuleBook: there is none of this version.
    """
    if version not in FORMULAS:
        raise InvalidRuleBook(RuleFault("formula", RuleFaultCode.UNKNOWN_FORMULA))
    return FORMULAS[version]
