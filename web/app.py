"""The application: the only place that wires routes, dependencies, errors and middleware."""

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.middleware import DefineMiddleware

from hotline.kernel.settings import Settings
from web.api import health
from web.api.v1.anomalies import AnomalyController
from web.api.v1.board import BoardController
from web.api.v1.bulk import BulkController
from web.api.v1.bulletins import BulletinController
from web.api.v1.calendars import CalendarController
from web.api.v1.call_events import CallEventController
from web.api.v1.catalogue import (
    CatalogueController,
    PrecedentController,
    TicketProposalController,
)
from web.api.v1.category_questions import CategoryQuestionController
from web.api.v1.check_ins import CheckInController
from web.api.v1.clues import ClueController
from web.api.v1.credit import PromiseController
from web.api.v1.credit_cases import credit_cases_router
from web.api.v1.credit_consequences import CreditConsequenceController
from web.api.v1.credit_events import (
    CreditEventController,
    CreditLedgerController,
    CreditProposalController,
)
from web.api.v1.credit_exclusions import ExclusionController
from web.api.v1.credit_periods import CreditPeriodController
from web.api.v1.credit_reports import ReportController
from web.api.v1.credit_rules import CreditRuleController
from web.api.v1.credit_scores import CreditScoreController
from web.api.v1.deliveries import (
    ContactController,
    DeliveryController,
    FactController,
    ReceiptController,
    SubscriptionController,
)
from web.api.v1.directory import AccountController, DirectoryController
from web.api.v1.exports import ExportController
from web.api.v1.groups import GroupController
from web.api.v1.handovers import HandOverFileController
from web.api.v1.incidents import BurstController, IncidentController, LikeController
from web.api.v1.interviews import InterviewController
from web.api.v1.knowledge import (
    KnowledgeController,
    PhraseController,
    TicketKnowledgeController,
)
from web.api.v1.ledgers import LedgerController
from web.api.v1.listings import ListingController
from web.api.v1.meetings import JointHandlingController, WhistleController
from web.api.v1.notices import NoticeController
from web.api.v1.observer_surveys import ObserverSurveyController
from web.api.v1.observer_visits import (
    FindingController,
    ObserverVisitController,
    SnapController,
)
from web.api.v1.observers import ObserverController
from web.api.v1.open311 import (
    HeldReportController,
    Open311AdminController,
    PublicationController,
)
from web.api.v1.papers import PaperController, TicketPaperController
from web.api.v1.policies import PolicyController
from web.api.v1.returns import ReturnController
from web.api.v1.search import (
    PersonLookupController,
    SavedViewController,
    SearchController,
)
from web.api.v1.second_looks import SecondLookController
from web.api.v1.setup import SetupController
from web.api.v1.simulation import SimulationController
from web.api.v1.suggestions import SuggestionController, TicketSuggestionController
from web.api.v1.supervision import SupervisionController
from web.api.v1.tickets import ticket_router
from web.api.v1.visits import FieldCheckController, VisitController
from web.api.v1.webhooks import WebhookController
from web.assets import static_file
from web.deps import DEPENDENCIES
from web.errors import API_ERRORS, log_unexpected
from web.exchanges import connected_exchanges
from web.live.hub import Hub
from web.live.presence import Presence
from web.live.public import Doors, TrackLiveController
from web.live.shelf import Shelf
from web.live.stream import LiveController
from web.open311.routes import open311
from web.openapi import openapi_config
from web.pages.export_lists import LISTS
from web.pages.problems import missing_page
from web.pages.router import page_router
from web.resources import Resources
from web.security.headers import ObservingMiddleware
from web.security.identity import IdentityMiddleware

_PACKING_LEVEL = 5
"""A page of 60 KB takes a millisecond; higher levels take three times as long for a few per cent."""

_SMALLEST_PACKED = 1000
_SENT_AS_THEY_ARE = ["^/static/", "/live$", "^/(api/v1/)?exports/"]
"""Files that are packed already, and streams, which would be held back until enough has come together."""


def create_app(settings: Settings, resources: Resources) -> Litestar:
    """Return the application on these resources.

    Args:
        settings: of this process.
        resources: opened by the caller, who also closes them.
    """
    api = Router(
        "/api/v1",
        route_handlers=[
            ticket_router,
            DirectoryController,
            CategoryQuestionController,
            AccountController,
            SetupController,
            NoticeController,
            ContactController,
            SubscriptionController,
            DeliveryController,
            FactController,
            ReceiptController,
            CallEventController,
            WebhookController,
            ExportController,
            HandOverFileController,
            CalendarController,
            PolicyController,
            CatalogueController,
            PrecedentController,
            TicketProposalController,
            SuggestionController,
            TicketSuggestionController,
            KnowledgeController,
            TicketKnowledgeController,
            PhraseController,
            SimulationController,
            SearchController,
            SavedViewController,
            PersonLookupController,
            PromiseController,
            CreditRuleController,
            CreditConsequenceController,
            credit_cases_router,
            CreditLedgerController,
            CreditEventController,
            CreditProposalController,
            ReportController,
            CreditScoreController,
            CreditPeriodController,
            ExclusionController,
            ObserverController,
            ObserverSurveyController,
            ObserverVisitController,
            FindingController,
            SnapController,
            ReturnController,
            SupervisionController,
            BoardController,
            BulkController,
            CheckInController,
            PublicationController,
            HeldReportController,
            Open311AdminController,
            TicketPaperController,
            PaperController,
            LedgerController,
            WhistleController,
            JointHandlingController,
            VisitController,
            FieldCheckController,
            SecondLookController,
            ListingController,
            InterviewController,
            BulletinController,
            ClueController,
            GroupController,
            LikeController,
            IncidentController,
            BurstController,
            AnomalyController,
        ],
    )
    hub = Hub()
    app = Litestar(
        route_handlers=[
            api,
            page_router,
            LiveController,
            TrackLiveController,
            open311,
            health.live,
            health.ready,
            health.metrics,
            static_file,
        ],
        dependencies=DEPENDENCIES,
        middleware=[DefineMiddleware(IdentityMiddleware)],
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=_PACKING_LEVEL,
            minimum_size=_SMALLEST_PACKED,
            exclude=_SENT_AS_THEY_ARE,
        ),
        exception_handlers={**API_ERRORS, NotFoundException: missing_page},
        after_exception=[log_unexpected],
        openapi_config=openapi_config(),
        request_max_body_size=settings.max_body_bytes,
        state=State(
            {
                "resources": resources,
                "settings": settings,
                "alarms": (),
                "live": hub,
                "shelf": Shelf(hub),
                "is_practice": False,
                "doors": Doors(),
                "presence": Presence(hub, resources),
                "exchanges": connected_exchanges(settings),
                "lists": LISTS,
            }
        ),
        logging_config=None,
        pdb_on_exception=False,
    )
    # Around everything, so that an address nobody serves gets its headers and its log line too.
    app.asgi_handler = ObservingMiddleware(app.asgi_handler)
    return app
