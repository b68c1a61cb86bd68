"""Words for the house itself: alarms, people, permissions and the first day."""

import enum
from collections.abc import Mapping

from hotline.founding.cells import CellFault
from hotline.founding.columns import Subject
from hotline.founding.house import SetupStep, StepState
from hotline.founding.planning import LineVerdict
from hotline.kernel.alarms import AlarmKind
from hotline.kernel.errors import N_
from hotline.people.levels import DepartmentLevel
from hotline.people.looks import Density, TextSize, Theme
from hotline.people.permissions import Permission, Role

HOUSE: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    AlarmKind: {
        AlarmKind.SWEEPER_LATE: N_(
            "Deadlines are not being watched: no warning is sent at present"
        ),
        AlarmKind.CALENDAR_HORIZON: N_("A calendar ends soon: load the coming year's working days"),
        AlarmKind.TICKET_PARKED: N_(
            "A ticket was set aside because its deadline could not be handled"
        ),
        AlarmKind.NOBODY_ON_DUTY: N_("Nobody could be told of a deadline: name a duty holder"),
        AlarmKind.DEADLINE_MISSING: N_(
            "Open tickets have nothing ahead that would fall due: decide what is to be done"
        ),
        AlarmKind.DELIVERY_DEAD: N_("Messages could not be delivered"),
        AlarmKind.CREDIT_PUSH_DEAD: N_("The credit platform does not take messages"),
        AlarmKind.EXCLUSIONS_UNUSUAL: N_("Unusually much of a department's work is excluded"),
        AlarmKind.BURST: N_("Unusually many tickets of one kind"),
    },
    DepartmentLevel: {
        DepartmentLevel.BUREAU: N_("City bureau"),
        DepartmentLevel.DISTRICT: N_("District or county"),
        DepartmentLevel.STREET: N_("Street or town"),
        DepartmentLevel.UTILITY: N_("Public utility"),
        DepartmentLevel.OTHER: N_("Other unit"),
    },
    Theme: {
        Theme.LIGHT: N_("Light"),
        Theme.DARK: N_("Dark"),
        Theme.AUTO: N_("As the device"),
    },
    Density: {
        Density.DENSE: N_("Dense"),
        Density.ROOMY: N_("Roomy"),
    },
    TextSize: {
        TextSize.NORMAL: N_("Usual size"),
        TextSize.LARGE: N_("Large, for elderly people"),
    },
    Role: {
        Role.OPERATOR: N_("Operator"),
        Role.DISPATCHER: N_("Dispatcher"),
        Role.AUDITOR: N_("Auditor"),
        Role.VISITOR: N_("Visitor"),
        Role.SUPERVISOR: N_("Supervisor"),
        Role.AUTHORITY: N_("Competent authority"),
        Role.ADMIN: N_("Administrator"),
        Role.OBSERVER: N_("External observer"),
        Role.DISCIPLINE: N_("Discipline inspection"),
        Role.HANDLER: N_("Handler"),
        Role.LEADER: N_("Department leader"),
        Role.REQUESTER: N_("Requester"),
        Role.SYSTEM: N_("System"),
    },
    Permission: {
        Permission.READ_TICKETS: N_("Read tickets"),
        Permission.CREATE_TICKETS: N_("Create tickets"),
        Permission.HAND_OVER_SHIFTS: N_("Hand a desk over and take it"),
        Permission.TAKE_CALLS: N_("Take calls"),
        Permission.READ_CALLS: N_("Read the lists of calls"),
        Permission.HEAR_RECORDINGS: N_("Hear recordings of calls"),
        Permission.MODERATE_REPORTS: N_("Read reports of other systems"),
        Permission.PUBLISH_TEXT: N_("Make texts about tickets public"),
        Permission.MANAGE_OPEN311: N_("Manage the interface of other systems"),
        Permission.REVEAL_PERSONAL_DATA: N_("Reveal personal data"),
        Permission.SHARE_VIEWS: N_("Share views of lists"),
        Permission.READ_GROUPS: N_("Read matters of several requesters"),
        Permission.MERGE_MANY: N_("Put many tickets together"),
        Permission.READ_INCIDENTS: N_("Read incidents and bursts"),
        Permission.MANAGE_INCIDENTS: N_("Decide on incidents and write what is read out"),
        Permission.READ_ANOMALIES: N_("Read anomaly cards"),
        Permission.JUDGE_ANOMALIES: N_("Decide on anomaly cards"),
        Permission.READ_BOARD: N_("Read the supervisor's board"),
        Permission.READ_OWN_BOARD: N_("Read the board of one's own department"),
        Permission.MANAGE_SCREENS: N_("Let screens show the wall"),
        Permission.READ_RETURNS: N_("Read the ledger of returns"),
        Permission.URGE_MANY: N_("Urge many tickets at once"),
        Permission.READ_MEETINGS: N_("Read whistles and how units came"),
        Permission.READ_INTERVIEWS: N_("Read interviews"),
        Permission.INTERVIEW: N_("Call to interviews, look after the list"),
        Permission.PUBLISH_BULLETIN: N_("Write and publish bulletins"),
        Permission.TRANSFER_CLUE: N_("Hand clues to the discipline inspection"),
        Permission.READ_CLUES: N_("Read clues"),
        Permission.READ_DIRECTORY: N_("Read the directory"),
        Permission.READ_POLICIES: N_("Read time-limit policies"),
        Permission.READ_KNOWLEDGE: N_("Read knowledge, report mistakes in it"),
        Permission.WRITE_KNOWLEDGE: N_("Write articles of knowledge"),
        Permission.PUBLISH_KNOWLEDGE: N_("Publish articles that others wrote"),
        Permission.MOVE_KNOWLEDGE: N_("Take knowledge out and in as a file"),
        Permission.MANAGE_PHRASES: N_("Keep the phrases of everybody"),
        Permission.READ_CATALOGUE: N_("Read the dispatch catalogue"),
        Permission.MANAGE_CATALOGUE: N_("Publish the dispatch catalogue"),
        Permission.MANAGE_SUGGESTIONS: N_("Manage suggestions"),
        Permission.MANAGE_POLICIES: N_("Manage time-limit policies"),
        Permission.MANAGE_TEMPLATES: N_("Manage the templates of papers"),
        Permission.MANAGE_DIRECTORY: N_("Manage the directory"),
        Permission.MANAGE_USERS: N_("Manage users"),
        Permission.READ_STAFF: N_("Read who works where"),
        Permission.READ_CREDIT: N_("Read credit files"),
        Permission.MANAGE_CREDIT_RULES: N_("Change the rules of credit"),
        Permission.DECIDE_RETROACTIVE: N_("Let rules of credit hold for the past"),
        Permission.READ_CREDIT_CASES: N_("Read appeals and repairs"),
        Permission.APPEAL_CREDIT: N_("Appeal, and ask for repairs of credit"),
        Permission.DECIDE_APPEALS: N_("Decide appeals"),
        Permission.CHECK_REPAIRS: N_("Check repairs of credit"),
        Permission.DECIDE_REPAIRS: N_("Decide repairs of credit"),
        Permission.ENTER_CREDIT: N_("Enter credit events"),
        Permission.ACCEPT_CREDIT: N_("Accept credit events of one's own department"),
        Permission.TOLERATE_CREDIT: N_("Decide on tolerance"),
        Permission.SIGN_CREDIT: N_("Freeze and publish periods of credit"),
        Permission.READ_EXCLUSIONS: N_("Read what is excluded from credit"),
        Permission.ASK_EXCLUSION: N_("Ask for work to be excluded from credit"),
        Permission.DECIDE_EXCLUSION: N_("Decide what is excluded from credit"),
        Permission.READ_LIVE_CREDIT: N_("Read credit that is not published"),
        Permission.OBSERVE: N_("Observe from outside"),
        Permission.READ_SURVEYS: N_("Read surveys of observers"),
        Permission.READ_OBSERVERS: N_("Read the register of observers"),
        Permission.MANAGE_OBSERVERS: N_("Look after observers and their surveys"),
        Permission.READ_FINDINGS: N_("Read observers' findings"),
        Permission.ANSWER_FINDINGS: N_("Answer observers' findings"),
        Permission.CONFIRM_FINDINGS: N_("Confirm that a finding is put right"),
        Permission.READ_VISITS: N_("Read return visits and field checks"),
        Permission.SKIP_VISITS: N_("Leave a return visit for later"),
        Permission.CHECK_PLACES: N_("Record field checks"),
        Permission.LOOK_AGAIN: N_("Look again at results that passed"),
        Permission.CONFIRM_CHECKS: N_("Confirm findings of field checks"),
        Permission.READ_REVEALS: N_("Read the log of revealed data"),
        Permission.EXPORT_LISTS: N_("Export lists"),
        Permission.EXPORT_PERSONAL_DATA: N_("Export personal data"),
        Permission.HAND_OVER_TICKETS: N_("Hand tickets over to other authorities"),
        Permission.MANAGE_DELIVERIES: N_("Look after messages"),
        Permission.MANAGE_WEBHOOKS: N_("Look after webhooks"),
    },
    Subject: {
        Subject.GROUPS: N_("Peer groups"),
        Subject.DEPARTMENTS: N_("Departments"),
        Subject.PEOPLE: N_("People"),
        Subject.CATEGORIES: N_("Categories"),
        Subject.QUESTIONS: N_("Questions about matters"),
        Subject.CATALOGUE: N_("Dispatch catalogue"),
        Subject.POLICIES: N_("Time-limit policies"),
        Subject.CALENDARS: N_("Calendar days"),
    },
    LineVerdict: {
        LineVerdict.MAKE: N_("Will be made"),
        LineVerdict.CHANGE: N_("Will be changed"),
        LineVerdict.SAME: N_("Stays as it is"),
        LineVerdict.WRONG: N_("Wrong"),
    },
    SetupStep: {
        SetupStep.HOTLINE: N_("City and hotline"),
        SetupStep.CALENDARS: N_("Calendars"),
        SetupStep.DEPARTMENTS: N_("Departments"),
        SetupStep.PEOPLE: N_("People"),
        SetupStep.CATEGORIES: N_("Categories and questions"),
        SetupStep.CATALOGUE: N_("Dispatch catalogue"),
        SetupStep.POLICIES: N_("Time-limit policies"),
        SetupStep.PORTS: N_("Roads in and out"),
        SetupStep.FIRST_MATTER: N_("The first matter"),
    },
    StepState: {
        StepState.DONE: N_("Done"),
        StepState.WARNING: N_("Look at it"),
        StepState.MISSING: N_("Missing"),
    },
    CellFault: {
        CellFault.MISSING: N_("must be filled in a new line"),
        CellFault.TOO_LONG: N_("is too long: shorten it"),
        CellFault.BAD_CODE: N_("is no code: use small letters, digits, - and _"),
        CellFault.BAD_USERNAME: N_(
            "is no user name: use 2 to 63 small letters, digits, dots, - and _"
        ),
        CellFault.BAD_PHONE: N_("is no telephone number"),
        CellFault.LOST_ZERO: N_(
            "has lost its leading zero: format the column as text and type it again"
        ),
        CellFault.LOST_DIGITS: N_(
            "has lost its last digits: format the column as text and type it again"
        ),
        CellFault.BAD_FLAG: N_("must be yes or no"),
        CellFault.NOT_OF_LIST: N_("is not among the words that may be chosen"),
        CellFault.UNKNOWN_NAME: N_(
            "is not known: it must be in the house, or in this file, by code or by name"
        ),
        CellFault.AMBIGUOUS_NAME: N_("means more than one: write the code"),
        CellFault.BAD_DAY: N_("is no day: write it as 2026-10-01"),
        CellFault.BAD_NUMBER: N_("must be a number from 1 to 9999"),
        CellFault.BAD_LIMIT: N_("is no length of time: write 30m, 4h or 5d"),
        CellFault.BAD_HOURS: N_("are no hours: write 09:00-12:00 13:00-15:00"),
        CellFault.BROKEN_CELL: N_("holds the error of a formula: write the value itself"),
        CellFault.MERGED: N_("a merged cell runs through this line: split it"),
        CellFault.TWICE: N_("stood in the file before: leave one of the two lines out"),
        CellFault.CIRCLE: N_("would lie below itself"),
        CellFault.ORPHAN: N_("lies below something that is not there, or is wrong itself"),
        CellFault.CANNOT_BE: N_("is refused by the rules of the house"),
    },
}
