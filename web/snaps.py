"""A report that an observer sends becomes a ticket through the same intake as everything else."""

from dataclasses import replace

from credit.observers.actions.snaps import SnapReport, SnapTicket
from hotline.people.principal import REQUESTER, Tx
from hotline.tickets.actions.intake import NewTicket, create_ticket
from hotline.tickets.models import Channel, RequestType


async def take_in_snap(tx: Tx, report: SnapReport) -> SnapTicket:
    """Take down a report, in the sender's transaction.

    An observer brings a matter as any requester does: what stands on the ticket is his number and
    nickname, and the timeline says that a requester has submitted it.
    """
    created = await create_ticket(
        replace(tx, actor=REQUESTER),
        NewTicket(
            channel=Channel.SNAP_REPORT,
            request_type=RequestType.SUGGESTION if report.is_suggestion else RequestType.HELP,
            title=report.title,
            content=report.content,
            address=report.address,
            lat=report.lat,
            long=report.long,
            requester_name=report.sender,
            requester_phone=report.phone,
        ),
    )
    return SnapTicket(created.id, created.number)
