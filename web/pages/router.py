"""Every page, in one router with errors that people can read."""

from litestar import Router

from web.pages.admin import (
    AdminDirectoryController,
    DirectoryController,
    UserController,
)
from web.pages.anomalies import AnomalyController
from web.pages.answers import AnswerController
from web.pages.batches import BatchController
from web.pages.beside import BesideController
from web.pages.board import BoardController
from web.pages.bulk import BulkPageController
from web.pages.bulletins import BulletinController
from web.pages.calendars import CalendarController
from web.pages.calls import (
    CallController,
    CallListController,
    DeskBoardController,
    MissedCallController,
)
from web.pages.catalogue import (
    CatalogueController,
    CatalogueDraftController,
    PrecedentController,
)
from web.pages.category_questions import CategoryQuestionController
from web.pages.citizen import CitizenController
from web.pages.clues import ClueController
from web.pages.credit import CreditController
from web.pages.credit_appeals import CreditAppealPageController, CreditRemedyFormController
from web.pages.credit_consequences import CreditConsequenceController
from web.pages.credit_events import CreditEventPageController, CreditProposalPageController
from web.pages.credit_exclusions import ExclusionController
from web.pages.credit_formula import CreditFormulaController
from web.pages.credit_observers import ObserverRegisterController, SurveyController
from web.pages.credit_periods import CreditPeriodController
from web.pages.credit_ranking import CreditRankingController, CreditRegisterController
from web.pages.credit_repairs import CreditRepairFormController, CreditRepairPageController
from web.pages.credit_reports import ReportController
from web.pages.credit_rules import CreditRuleController
from web.pages.credit_units import CreditUnitController
from web.pages.deliveries import ContactController, DeliveryController, SubscriptionController
from web.pages.desk import CallerController, DeskController, NavController
from web.pages.exports import ExportController
from web.pages.field_checks import FieldCheckController
from web.pages.findings import FindingController
from web.pages.groups import GroupController, MergeController
from web.pages.handovers import HandOverFileController
from web.pages.help import HelpController
from web.pages.incidents import IncidentController
from web.pages.intake import IntakeScreenController
from web.pages.interviews import InterviewController
from web.pages.knowledge import KnowledgeController
from web.pages.knowledge_desk import (
    KnowledgePanelController,
    PhraseController,
    PhrasePaletteController,
    TicketKnowledgeController,
)
from web.pages.ledgers import PlanController, SuspensionController
from web.pages.letters import LetterController
from web.pages.like_cases import LikeCaseController
from web.pages.listings import ListingController, UrgeController
from web.pages.live import LivePartController, LiveTicketController
from web.pages.meetings import WhistleController
from web.pages.notices import NoticeController
from web.pages.observer import CardController, ObserverPortalController, ObserverRankingController
from web.pages.observer_visits import OwnVisitController, SnapController
from web.pages.onsite import OnSiteController
from web.pages.open311 import (
    HeldReportController,
    Open311AdminController,
    PublicationController,
)
from web.pages.palette import PaletteController
from web.pages.papers import (
    PaperController,
    PaperListController,
    PaperTemplateController,
    VerificationController,
)
from web.pages.policies import PolicyController
from web.pages.practice import PracticeController
from web.pages.problems import PAGE_ERRORS
from web.pages.rating import RatingController
from web.pages.returns import ReturnController
from web.pages.search import SavedViewController, SearchController
from web.pages.second_looks import SecondLookController
from web.pages.session import AccountController, SessionController
from web.pages.setup import FirstPasswordController, SetupController
from web.pages.shifts import ShiftController
from web.pages.simulation import SimulationController
from web.pages.stations import StationController
from web.pages.statistics import ScoringController, StatisticsController
from web.pages.style import StyleController
from web.pages.submitting import SubmittingController
from web.pages.suggestions import SuggestionAdminController, SuggestionPanelController
from web.pages.supervision import SupervisionController, UrgingController
from web.pages.ticket_like import TicketLikeController
from web.pages.ticket_photos import TicketPhotoController
from web.pages.tickets import TicketController
from web.pages.today import TodayController
from web.pages.visits import VisitController
from web.pages.wall import ScreenController, WallController
from web.pages.webhooks import WebhookController

page_router = Router(
    "/",
    route_handlers=[
        SessionController,
        AccountController,
        DeskController,
        CallController,
        CallListController,
        MissedCallController,
        DeskBoardController,
        IntakeScreenController,
        BatchController,
        CallerController,
        SuggestionPanelController,
        LikeCaseController,
        NavController,
        BesideController,
        PaletteController,
        SearchController,
        SavedViewController,
        NoticeController,
        ContactController,
        SubscriptionController,
        DeliveryController,
        WebhookController,
        ExportController,
        HandOverFileController,
        TodayController,
        BulkPageController,
        OnSiteController,
        TicketController,
        TicketLikeController,
        LiveTicketController,
        LivePartController,
        TicketKnowledgeController,
        TicketPhotoController,
        KnowledgeController,
        KnowledgePanelController,
        PhrasePaletteController,
        PhraseController,
        AnswerController,
        PublicationController,
        HeldReportController,
        Open311AdminController,
        ReturnController,
        PaperController,
        PaperListController,
        PaperTemplateController,
        VerificationController,
        VisitController,
        FieldCheckController,
        SecondLookController,
        LetterController,
        ShiftController,
        BoardController,
        WallController,
        ScreenController,
        SupervisionController,
        UrgingController,
        SuspensionController,
        PlanController,
        WhistleController,
        ListingController,
        UrgeController,
        InterviewController,
        BulletinController,
        ClueController,
        ObserverPortalController,
        ObserverRankingController,
        OwnVisitController,
        SnapController,
        CardController,
        ObserverRegisterController,
        SurveyController,
        FindingController,
        GroupController,
        MergeController,
        IncidentController,
        AnomalyController,
        CreditController,
        CreditRuleController,
        CreditConsequenceController,
        CreditRemedyFormController,
        CreditAppealPageController,
        CreditRepairFormController,
        CreditRepairPageController,
        ReportController,
        CreditRankingController,
        CreditRegisterController,
        CreditFormulaController,
        CreditUnitController,
        CreditPeriodController,
        ExclusionController,
        CreditEventPageController,
        CreditProposalPageController,
        DirectoryController,
        AdminDirectoryController,
        CategoryQuestionController,
        UserController,
        SetupController,
        FirstPasswordController,
        HelpController,
        PracticeController,
        SimulationController,
        StyleController,
        PolicyController,
        CalendarController,
        CatalogueController,
        CatalogueDraftController,
        PrecedentController,
        SuggestionAdminController,
        CitizenController,
        SubmittingController,
        StationController,
        StatisticsController,
        ScoringController,
        RatingController,
    ],
    exception_handlers=PAGE_ERRORS,
    include_in_schema=False,
)
