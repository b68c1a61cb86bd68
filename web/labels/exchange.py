"""Words for what goes out and comes in: exports, Open311, notices and citizens' submissions."""

import enum
from collections.abc import Mapping

from hotline.citizens.steps import SubmitStep
from hotline.exchange.handover.rules import HandOverDeed, HandOverState, LineState
from hotline.exchange.rules import ExportFault, ExportFormat, ExportState
from hotline.kernel.errors import N_
from hotline.notices.models import DeliveryChannel, DeliveryState, SuppressReason
from hotline.notices.requesters import RequesterNews
from hotline.notices.webhooks.rules import WebhookDeliveryState, WebhookTopic
from hotline.open311.models import ServiceType, SubmissionState, UpdateState

EXCHANGE: Mapping[type[enum.Enum], Mapping[enum.Enum, str]] = {
    HandOverState: {
        HandOverState.MADE: N_("Made, not handed over yet"),
        HandOverState.HANDED_OVER: N_("Handed over, not all answered"),
        HandOverState.RECEIVED: N_("All answered"),
    },
    LineState: {
        LineState.WAITING: N_("Waits for an answer"),
        LineState.ACCEPTED: N_("Accepted by the other side"),
        LineState.REFUSED: N_("Refused by the other side"),
    },
    HandOverDeed: {
        HandOverDeed.MADE: N_("File made"),
        HandOverDeed.FETCHED: N_("File fetched"),
        HandOverDeed.HANDED_OVER: N_("File handed over"),
        HandOverDeed.RECEIPT: N_("Receipt taken in"),
    },
    ExportFormat: {
        ExportFormat.XLSX: N_("Excel workbook"),
        ExportFormat.CSV: N_("CSV text"),
        ExportFormat.JSON: N_("JSON text"),
    },
    ExportState: {
        ExportState.WAITING: N_("Waits for a worker"),
        ExportState.RUNNING: N_("Being written"),
        ExportState.READY: N_("Ready to fetch"),
        ExportState.HANDED_OVER: N_("Handed over at once"),
        ExportState.FAILED: N_("Came to nothing"),
        ExportState.EXPIRED: N_("Time to fetch is over"),
    },
    ExportFault: {
        ExportFault.TOO_MANY_ROWS: N_("More rows than one export may have: narrow the list"),
        ExportFault.NO_LONGER_ALLOWED: N_("The account may no longer see this list"),
        ExportFault.FAULT: N_("A fault of ours: it is in the log"),
    },
    WebhookTopic: {
        WebhookTopic.DISPATCHED: N_("A ticket was dispatched"),
        WebhookTopic.URGED: N_("A ticket was urged"),
        WebhookTopic.ORDERED: N_("A supervision order was issued or raised"),
        WebhookTopic.RETURN_DECIDED: N_("A return was decided"),
        WebhookTopic.SENT_BACK: N_("A result was sent back or a matter reopened"),
        WebhookTopic.DUE_SOON: N_("A limit comes near"),
        WebhookTopic.OVERDUE: N_("A limit has passed"),
        WebhookTopic.CLOSED: N_("A ticket was closed"),
        WebhookTopic.CHANGED: N_("Anything else that was done"),
        WebhookTopic.TEST: N_("Test"),
    },
    WebhookDeliveryState: {
        WebhookDeliveryState.WAITING: N_("Waits to be sent"),
        WebhookDeliveryState.SENDING: N_("Being sent"),
        WebhookDeliveryState.SENT: N_("Taken by the receiver"),
        WebhookDeliveryState.DEAD: N_("Given up"),
    },
    SubmitStep: {
        SubmitStep.WHAT: N_("What happened"),
        SubmitStep.WHERE: N_("Where and when"),
        SubmitStep.DETAILS: N_("A few details"),
        SubmitStep.WHO: N_("Who you are"),
        SubmitStep.CHECK: N_("Check and send"),
    },
    ServiceType: {
        ServiceType.REALTIME: N_("At once"),
        ServiceType.BATCH: N_("When somebody has read it"),
    },
    SubmissionState: {
        SubmissionState.PENDING: N_("Waits to be read"),
        SubmissionState.TAKEN: N_("Taken in"),
        SubmissionState.REFUSED: N_("Not taken in"),
        SubmissionState.SPAM: N_("Thrown away"),
    },
    UpdateState: {
        UpdateState.PENDING: N_("Waits to be read"),
        UpdateState.TAKEN: N_("Put onto the ticket"),
        UpdateState.DISMISSED: N_("Left aside"),
    },
    DeliveryChannel: {
        DeliveryChannel.EMAIL: N_("E-mail"),
        DeliveryChannel.SMS: N_("Text message"),
        DeliveryChannel.WEBHOOK: N_("Webhook"),
        DeliveryChannel.DINGTALK: N_("DingTalk group"),
        DeliveryChannel.WECOM: N_("WeCom group"),
        DeliveryChannel.FEISHU: N_("Feishu group"),
    },
    DeliveryState: {
        DeliveryState.WAITING: N_("Waiting to be sent"),
        DeliveryState.SENDING: N_("Being sent"),
        DeliveryState.SENT: N_("Taken by the gateway"),
        DeliveryState.DELIVERED: N_("Arrived"),
        DeliveryState.DEAD: N_("Given up"),
        DeliveryState.SUPPRESSED: N_("Not sent"),
    },
    SuppressReason: {
        SuppressReason.NOT_SET_UP: N_("This road is not set up"),
        SuppressReason.SWITCHED_OFF: N_("The receiver is switched off"),
        SuppressReason.NO_ADDRESS: N_("The receiver has no address"),
        SuppressReason.SEEN: N_("It was seen on the screen before"),
        SuppressReason.IN_DIGEST: N_("It went into a digest"),
        SuppressReason.CONFIDENTIAL: N_("The requester asked for secrecy"),
        SuppressReason.DISMISSED: N_("It was given up and laid aside"),
    },
    RequesterNews: {
        RequesterNews.ACCEPTED: N_("To the requester: accepted"),
        RequesterNews.DELAYED: N_("To the requester: delayed"),
        RequesterNews.CLOSED: N_("To the requester: closed"),
        RequesterNews.MERGED: N_("To the requester: put together with others"),
        RequesterNews.SPLIT: N_("To the requester: handled by itself again"),
        RequesterNews.SUPPLEMENT_ASKED: N_("To the requester: supplement asked for"),
        RequesterNews.SUPPLEMENT_REMINDER: N_("To the requester: supplement still missing"),
        RequesterNews.EXTENDED: N_("To the requester: more time"),
        RequesterNews.SUSPENDED: N_("To the requester: suspended"),
        RequesterNews.SUSPENSION_CONTINUED: N_("To the requester: still suspended"),
        RequesterNews.SUSPENSION_ENDED: N_("To the requester: work goes on"),
        RequesterNews.PLAN_APPROVED: N_("To the requester: a plan was made"),
        RequesterNews.MILESTONE_DONE: N_("To the requester: a milestone is done"),
        RequesterNews.PLAN_COMPLETED: N_("To the requester: the plan is completed"),
        RequesterNews.PLAN_FAILED: N_("To the requester: the plan failed"),
        RequesterNews.FINAL_REPLIED: N_("To the requester: final reply"),
        RequesterNews.VISIT_LINK: N_("To the requester: link to rate"),
    },
}
