"""What can go wrong with a webhook."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class WebhookNotFound(DomainError):
    """No such webhook, or none of his department."""

    kind = ErrorKind.NOT_FOUND
    code = "webhook-not-found"
    title = N_("There is no such webhook")


class WebhookDeliveryNotFound(DomainError):
    """Nothing of this id was sent to it."""

    kind = ErrorKind.NOT_FOUND
    code = "webhook-delivery-not-found"
    title = N_("There is no such delivery of this webhook")


class InvalidWebhook(DomainError):
    """It cannot be delivered to."""

    kind = ErrorKind.INVALID
    code = "invalid-webhook"
    title = N_("The webhook cannot be kept so: {problem}")


class TooManyWebhooks(DomainError):
    """The department has as many as it may have."""

    kind = ErrorKind.TOO_MANY
    code = "too-many-webhooks"
    title = N_("A department may have {most} webhooks")


class ReplayTooFar(DomainError):
    """What was so long ago, or so much, is asked for by the interface."""

    kind = ErrorKind.INVALID
    code = "replay-too-far"
    title = N_("Replay what happened within 30 days, and at most {most} events at once")
