"""Every page, in one router with errors that people can read."""

from litestar import Router

from web.pages.admin import (
    AdminDirectoryController,
    DirectoryController,
    UserController,
)
from web.pages.anomalies import AnomalyController
from web.pages.board import BoardController
from web.pages.calendars import CalendarController
from web.pages.citizen import CitizenController
from web.pages.deliveries import ContactController, DeliveryController, SubscriptionController
from web.pages.desk import DeskController, IntakeController, NavController
from web.pages.groups import GroupController, MergeController
from web.pages.notices import NoticeController
from web.pages.policies import PolicyController
from web.pages.problems import PAGE_ERRORS
from web.pages.session import AccountController, SessionController
from web.pages.simulation import SimulationController
from web.pages.supervision import SupervisionController, UrgingController
from web.pages.tickets import TicketController

page_router = Router(
    "/",
    route_handlers=[
        SessionController,
        AccountController,
        DeskController,
        IntakeController,
        NavController,
        NoticeController,
        ContactController,
        SubscriptionController,
        DeliveryController,
        TicketController,
        BoardController,
        SupervisionController,
        UrgingController,
        GroupController,
        MergeController,
        AnomalyController,
        DirectoryController,
        AdminDirectoryController,
        UserController,
        SimulationController,
        PolicyController,
        CalendarController,
        CitizenController,
    ],
    exception_handlers=PAGE_ERRORS,
    include_in_schema=False,
)
