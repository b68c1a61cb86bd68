"""Words for the operator's desk: calls, intake, shifts, knowledge, incidents, search and suggestions."""

import enum
from collections.abc import Mapping

from hotline.calls.ports import CommandKind
from hotline.calls.rules import Activity, CallEventKind, CallState, Direction, MissState
from hotline.incidents.likeness import Reason
from hotline.incidents.rules import IncidentDeed, IncidentState
from hotline.intake.batches.rules import RowProblem
from hotline.intake.mail.models import DismissReason, LetterState
from hotline.intake.recognition.dangers import Danger, Rescue
from hotline.kernel.errors import N_
from hotline.knowledge.phrase_rules import PhraseDesk, PhraseKind
from hotline.knowledge.rules import (
    ArticleAudience,
    ArticleState,
    ArticleStep,
    ArticleUse,
    ArticleWarning,
    CorrectionState,
    ReviewWarned,
)
from hotline.search.documents import PieceKind
from hotline.search.models import ViewPlace
from hotline.search.queries import Sort
from hotline.shifts.models import Desk
from hotline.suggestions.models import ChoiceOutcome, ChoiceSubject, ModelSource
from hotline.suggestions.shelf import ModelFault
from hotline.suggestions.suggesting import Readiness
from hotline.suggestions.weighing import ReasonKind

DESK: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    CallEventKind: {
        CallEventKind.RINGING: N_("Ringing"),
        CallEventKind.ANSWERED: N_("Call answered"),
        CallEventKind.HELD: N_("Put on hold"),
        CallEventKind.RESUMED: N_("Taken off hold"),
        CallEventKind.TRANSFERRED: N_("Call transferred"),
        CallEventKind.JOINED: N_("Third party joined"),
        CallEventKind.ENDED: N_("Call ended"),
        CallEventKind.MISSED: N_("Call missed"),
        CallEventKind.RECORDING: N_("Call recording"),
    },
    CallState: {
        CallState.RINGING: N_("Ringing"),
        CallState.TALKING: N_("Talking"),
        CallState.ENDED: N_("Call over"),
        CallState.MISSED: N_("Missed call"),
    },
    Direction: {
        Direction.INBOUND: N_("Incoming call"),
        Direction.OUTBOUND: N_("Outgoing call"),
    },
    CommandKind: {
        CommandKind.TRANSFER: N_("Transfer"),
        CommandKind.ADD_PARTY: N_("Three-way call"),
        CommandKind.CALL_OUT: N_("Call back"),
    },
    Activity: {
        Activity.FREE: N_("Free"),
        Activity.RINGING: N_("Ringing"),
        Activity.TALKING: N_("Talking"),
        Activity.WRAP_UP: N_("Wrap-up"),
        Activity.AWAY: N_("Away"),
    },
    MissState: {
        MissState.OPEN: N_("To call back"),
        MissState.TAKEN: N_("Being called back"),
        MissState.REACHED: N_("Caller reached"),
        MissState.CALLED_AGAIN: N_("Spoken with since"),
        MissState.GIVEN_UP: N_("Given up"),
        MissState.WITHDRAWN: N_("Answered after all"),
    },
    ReasonKind: {
        ReasonKind.CATALOGUE: N_("The catalogue"),
        ReasonKind.AREA: N_("The area alone"),
        ReasonKind.PRECEDENT: N_("A precedent"),
        ReasonKind.HISTORY: N_("Closed tickets"),
    },
    Readiness: {
        Readiness.READY: N_("The words are read"),
        Readiness.TOO_SHORT: N_("Too few words"),
        Readiness.OFF: N_("Switched off"),
        Readiness.UNUSABLE: N_("The model cannot be used"),
    },
    ModelFault: {
        ModelFault.MISSING: N_("File missing"),
        ModelFault.BROKEN: N_("File broken"),
        ModelFault.WRONG_CHECKSUM: N_("File changed"),
        ModelFault.OTHER_VERSION: N_("File of another version"),
    },
    ModelSource: {
        ModelSource.TICKETS: N_("Own closed tickets"),
        ModelSource.FILE: N_("A file"),
    },
    ChoiceSubject: {
        ChoiceSubject.CATEGORY: N_("Category at intake"),
        ChoiceSubject.DEPARTMENT: N_("Department at dispatch"),
    },
    ChoiceOutcome: {
        ChoiceOutcome.FIRST: N_("First suggestion"),
        ChoiceOutcome.SECOND: N_("Second suggestion"),
        ChoiceOutcome.THIRD: N_("Third suggestion"),
        ChoiceOutcome.OTHER: N_("Another one"),
        ChoiceOutcome.NONE_SUGGESTED: N_("Nothing was suggested"),
    },
    LetterState: {
        LetterState.WAITING: N_("Waiting letter"),
        LetterState.TAKEN: N_("Became a ticket"),
        LetterState.DISMISSED: N_("Set aside"),
    },
    DismissReason: {
        DismissReason.AUTOMATIC: N_("Written by a machine"),
        DismissReason.SPAM: N_("Spam"),
        DismissReason.REPETITION: N_("The same letter again"),
        DismissReason.BELONGS_TO_TICKET: N_("Belongs to a ticket that there is"),
        DismissReason.ELSEWHERE: N_("Not a matter of the hotline"),
        DismissReason.UNREADABLE: N_("Nothing in it can be read"),
    },
    Desk: {
        Desk.ACCEPTANCE: N_("Acceptance desk"),
        Desk.DISPATCH: N_("Dispatch desk"),
        Desk.AUDIT: N_("Audit desk"),
        Desk.VISIT: N_("Return-visit desk"),
        Desk.SUPERVISION: N_("Supervision desk"),
    },
    PieceKind: {
        PieceKind.NUMBER: N_("Ticket number"),
        PieceKind.PHONE: N_("Telephone"),
        PieceKind.NAME: N_("Requester's name"),
        PieceKind.ADDRESS: N_("Address"),
        PieceKind.TITLE: N_("Title"),
        PieceKind.CONTENT: N_("Content"),
        PieceKind.PROMISE: N_("Promise"),
        PieceKind.REPLY: N_("Reply of the department"),
        PieceKind.PROGRESS: N_("Progress"),
        PieceKind.PAPER: N_("Paper"),
    },
    Sort: {
        Sort.BEST: N_("Best match first"),
        Sort.NEWEST: N_("Newest first"),
    },
    ViewPlace: {
        ViewPlace.SEARCH: N_("Search"),
        ViewPlace.TICKETS: N_("All tickets"),
    },
    ArticleState: {
        ArticleState.DRAFT: N_("Draft of an article"),
        ArticleState.IN_REVIEW: N_("In review"),
        ArticleState.PUBLISHED: N_("In force"),
        ArticleState.CORRECTING: N_("Under correction"),
        ArticleState.EXPIRED: N_("Expired"),
        ArticleState.RETIRED: N_("Out of use"),
    },
    ArticleAudience: {
        ArticleAudience.HOTLINE: N_("The hotline only"),
        ArticleAudience.STAFF: N_("Everybody at work"),
        ArticleAudience.PUBLIC: N_("The public"),
    },
    ArticleStep: {
        ArticleStep.DRAFTED: N_("Drafted"),
        ArticleStep.CHANGED: N_("New version written"),
        ArticleStep.SUBMITTED: N_("Handed to a second person"),
        ArticleStep.SENT_BACK: N_("Sent back"),
        ArticleStep.PUBLISHED: N_("Published"),
        ArticleStep.CONFIRMED: N_("Reviewed: it still holds"),
        ArticleStep.GIVEN: N_("Given to another owner"),
        ArticleStep.MISTAKE_OWNED: N_("Mistake owned up to"),
        ArticleStep.RETIRED: N_("Taken out of use"),
        ArticleStep.EXPIRED: N_("Expired by itself"),
        ArticleStep.WENT_STALE: N_("Not reviewed in time"),
    },
    ArticleUse: {
        ArticleUse.PUT_IN: N_("Put in"),
        ArticleUse.READ_OUT: N_("Read out"),
        ArticleUse.ANSWERED: N_("Answered from it"),
    },
    ArticleWarning: {
        ArticleWarning.EXPIRED: N_("Has expired"),
        ArticleWarning.RETIRED: N_("Is out of use"),
        ArticleWarning.NOT_YET_VALID: N_("Does not hold yet"),
        ArticleWarning.CORRECTING: N_("Is being corrected"),
        ArticleWarning.REPORTED: N_("Somebody reported a mistake"),
        ArticleWarning.STALE: N_("Review overdue"),
    },
    CorrectionState: {
        CorrectionState.OPEN: N_("To be decided"),
        CorrectionState.ACCEPTED: N_("Owned up to, to be put right"),
        CorrectionState.DONE: N_("Put right"),
        CorrectionState.REFUSED: N_("Refused"),
    },
    ReviewWarned: {
        ReviewWarned.NONE: N_("Nobody reminded yet"),
        ReviewWarned.SOON: N_("Reminded"),
        ReviewWarned.DUE: N_("Told that it is due"),
        ReviewWarned.STALE: N_("Counted as not kept up"),
    },
    PhraseDesk: {
        PhraseDesk.ANY: N_("Every desk"),
        PhraseDesk.INTAKE: N_("Intake"),
        PhraseDesk.HANDLING: N_("Handling"),
        PhraseDesk.VISIT: N_("Return visit"),
    },
    PhraseKind: {
        PhraseKind.REPLY: N_("Replies"),
        PhraseKind.CALM: N_("To calm somebody down"),
        PhraseKind.WRAP_UP: N_("To end a call"),
    },
    Danger: {
        Danger.FIRE: N_("Fire"),
        Danger.GAS_LEAK: N_("Gas leak"),
        Danger.EXPLOSION: N_("Explosion"),
        Danger.TRAPPED: N_("People trapped"),
        Danger.COLLAPSE: N_("Collapse"),
        Danger.DROWNING: N_("Drowning"),
        Danger.ELECTRIC_SHOCK: N_("Electric shock"),
        Danger.BLEEDING: N_("Bleeding"),
        Danger.UNCONSCIOUS: N_("Unconscious"),
        Danger.POISONING: N_("Poisoning"),
        Danger.SUICIDE: N_("Suicide"),
        Danger.VIOLENCE: N_("Violence"),
        Danger.ACCIDENT: N_("Road accident"),
        Danger.MISSING_PERSON: N_("Missing person"),
    },
    Rescue: {
        Rescue.POLICE: N_("Police 110"),
        Rescue.FIRE_BRIGADE: N_("Fire brigade 119"),
        Rescue.AMBULANCE: N_("Ambulance 120"),
    },
    RowProblem: {
        RowProblem.NO_NUMBER: N_("No telephone number"),
        RowProblem.TWICE: N_("The same number twice"),
        RowProblem.TOO_LONG: N_("Name or note is too long"),
    },
    IncidentState: {
        IncidentState.OPEN: N_("Found"),
        IncidentState.WATCHED: N_("Confirmed"),
        IncidentState.OVER: N_("Over"),
        IncidentState.DISMISSED: N_("No incident"),
    },
    IncidentDeed: {
        IncidentDeed.FOUND: N_("Found"),
        IncidentDeed.CONFIRM: N_("Confirm the incident"),
        IncidentDeed.RENAME: N_("Rename"),
        IncidentDeed.SET_WORDS: N_("Write what is read out"),
        IncidentDeed.JOIN: N_("Add a ticket"),
        IncidentDeed.LEAVE: N_("Take a ticket out"),
        IncidentDeed.TAKE_IN: N_("Take in another incident"),
        IncidentDeed.TAKEN_IN: N_("Taken into another incident"),
        IncidentDeed.PUT_TOGETHER: N_("Put its tickets together"),
        IncidentDeed.DISMISS: N_("Dismiss: no incident"),
        IncidentDeed.END: N_("End the incident"),
        IncidentDeed.FADED: N_("Over: nobody told of it any more"),
    },
    Reason: {
        Reason.SAME_CALLER: N_("same caller"),
        Reason.SAME_SPOT: N_("same address"),
        Reason.SAME_STREET: N_("same street or community"),
        Reason.NEAR: N_("near by"),
        Reason.SAME_AREA: N_("same area"),
        Reason.SAME_CATEGORY: N_("same category"),
        Reason.LIKE_WORDS: N_("like words"),
    },
}
