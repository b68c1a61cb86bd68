"""Every module that declares tables, once, so that the metadata is whole."""

import credit.exclusions.models
import credit.models
import credit.period_models
import hotline.anomalies.models
import hotline.dispatching.models
import hotline.escalation.models
import hotline.followup.models
import hotline.kernel.alarms
import hotline.kernel.heartbeat
import hotline.kernel.outbox
import hotline.notices.models
import hotline.papers.models
import hotline.people.models
import hotline.procedures.models
import hotline.sla.models
import hotline.supervision.models
import hotline.tickets.meeting_models
import hotline.tickets.models
import hotline.tickets.routing.models
import hotline.workdays.models
