"""E-mail, by the SMTP server of the house."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from hotline.notices.destinations import emails_of
from hotline.notices.ports import SEND_TIMEOUT_SECONDS, Accepted, Message, NotAccepted

_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class MailPort:
    """Sends plain text; several receivers do not see each other.

    `Message-ID` is made of the delivery's id, so that mail programs show a repetition once.

    Attributes:
        tls: from the first byte; otherwise the connection is encrypted as soon as the server offers.
        must_encrypt: refuse a server that offers no encryption.
        patience: seconds that each step may last.
    """

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    must_encrypt: bool = False
    patience: float = SEND_TIMEOUT_SECONDS

    async def send(self, message: Message) -> Accepted:
        """Hand a message over.

        Raises:
            NotAccepted: the server did not take it for any receiver.
        """
        receivers = emails_of(message.address)
        try:
            refused, answer = await aiosmtplib.send(
                self._letter(message),
                sender=self.sender,
                recipients=receivers,
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.tls,
                start_tls=True if self.must_encrypt and not self.tls else None,
                timeout=self.patience,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = {one.code for one in error.recipients}
            raise NotAccepted(
                f"the receiver was refused: {min(codes)}", is_final=min(codes) >= _PERMANENT
            ) from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotAccepted(
                f"the server answered {error.code}", is_final=error.code >= _PERMANENT
            ) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise NotAccepted(f"no mail server: {type(error).__name__}") from error
        remark = f"refused for {len(refused)} of {len(receivers)} receivers" if refused else None
        return Accepted(
            reference=answer.split()[-1][:128] if answer.split() else None, remark=remark
        )

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage(policy=SMTP)
        letter["From"] = self.sender
        letter["To"] = (
            message.address if len(emails_of(message.address)) == 1 else "undisclosed-recipients:;"
        )
        letter["Subject"] = " ".join(message.subject.split())
        letter["Date"] = format_datetime(message.at)
        letter["Message-ID"] = f"<{message.delivery_id}@{self.sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter
