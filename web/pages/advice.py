"""What the catalogue and earlier decisions say of the ticket that is open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.dispatching.queries import like_precedents
from hotline.people.principal import Principal
from hotline.people.queries import list_departments
from hotline.suggestions.shelf import folder_of
from hotline.suggestions.suggesting import Suggestions, suggest_for
from hotline.tickets.catalogue import list_categories
from hotline.tickets.lifecycle import Action, Hold, State, Status
from hotline.tickets.models import Ticket
from hotline.tickets.routing.queries import Routed, route, traits_of
from web.pages.frame import PageRequest, shell_of, speaker
from web.views.catalogue import Names, ProposalView, department_words, proposal_view
from web.views.directory import category_paths
from web.views.forms import FormState
from web.views.suggestions import SuggestionsView, suggestions_view
from web.views.tickets import ActionView

_ASKED_IN = frozenset(
    {
        State(Status.SUBMITTED),
        State(Status.ACCEPTED),
        State(Status.ACCEPTED, Hold.CONSULTATION),
        State(Status.ACCEPTED, Hold.ARBITRATION),
    }
)
"""Where somebody of the hotline decides to whom a ticket goes, or soon will."""

_ONLY_WHERE_NEEDED = frozenset({"and_dispatch", "deviation", "override_reason"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said of one ticket.

    Attributes:
        routed: by the catalogue.
        view: the same in words, with like precedents.
        suggested: from closed tickets and from its words too.
        suggested_view: the same in words.
    """

    routed: Routed
    view: ProposalView
    suggested: Suggestions
    suggested_view: SuggestionsView

    def opens(self, ticket: Ticket) -> Sequence[Action]:
        """Return direct dispatch when an accepted ticket may go that way."""
        is_accepted = State(ticket.status, ticket.hold) == State(Status.ACCEPTED)
        return (Action.DIRECT_DISPATCH,) if is_accepted and self.routed.is_direct else ()

    def shaped(self, item: ActionView) -> ActionView:
        """Return a form filled in with the proposal, without the fields that it makes needless."""
        needed = {
            "and_dispatch": self.routed.is_direct,
            "deviation": self.view.is_sure,
            "override_reason": self.routed.lowest is not None,
        }
        fields = [field for field in item.fields if needed.get(field.name, True)]
        form = item.form
        if item.action is Action.DISPATCH and not form.is_answered:
            form = self._dispatched(form)
        return replace(item, fields=fields, form=form)

    def _dispatched(self, form: FormState) -> FormState:
        """Return the form of dispatch filled in: by the catalogue, else by what is suggested surely."""
        proposal = self.routed.proposal
        if proposal is not None:
            return FormState(
                {
                    "department": proposal.department,
                    "co_departments": " ".join(proposal.co_departments),
                }
            )
        if self.suggested.is_department_sure:
            return FormState({"department": self.suggested.departments[0].department})
        return form


def plain(item: ActionView) -> ActionView:
    """Return a form without the fields that only advice makes needed."""
    if item.action is Action.DECIDE_RETURN:
        return item
    return replace(
        item, fields=[field for field in item.fields if field.name not in _ONLY_WHERE_NEEDED]
    )


async def read_advice(
    request: PageRequest, principal: Principal, reader: AsyncSession, ticket: Ticket
) -> Advice | None:
    """Return what is said of a ticket that is to be dispatched; None when it is not, or not to him."""
    asked = State(ticket.status, ticket.hold) in _ASKED_IN
    if not asked or not principal.sees_every_ticket:
        return None
    t, now = speaker(request), shell_of(request).now
    routed = await route(reader, traits_of(ticket), now)
    likes = await like_precedents(reader, ticket)
    names = Names(
        category_paths(await list_categories(reader), t),
        department_words(await list_departments(reader), t),
    )
    folder = folder_of(request.app.state.settings.home)
    suggested = await suggest_for(reader, folder, ticket, now)
    return Advice(
        routed,
        proposal_view(routed, likes, names, now, t),
        suggested,
        suggestions_view(suggested, names, t),
    )
