"""Files of banks as messages, and which of them may be taken in together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fisc.banking.bankfile import read_answer_file
from fisc.banking.iso20022 import (
    BankEntry,
    Notification,
    Statement,
    StatusReport,
    TransferStatus,
    is_checked,
    read_messages,
)
from fisc.banking.iso20022.model import REJECTED
from fisc.banking.iso20022.values import require_sum
from fisc.banking.iso20022.whole_file import require_text
from fisc.banking.services import register
from fisc.banking.services.message_result import MessageResult

Message = StatusReport | Statement | Notification


@dataclass(slots=True)
class Mail:
    """A message as it came, what it says, and what it did."""

    data: bytes
    message: Message
    result: MessageResult

    @property
    def key(self) -> register.Key:
        """The bank that sent it, and its number there."""
        return self.message.bank_no, self.message.message_id

    @property
    def subjects(self) -> frozenset[object]:
        """What it is about: no two messages that are taken in together have any of it in common."""
        about: set[object] = {self.key}
        if isinstance(self.message, StatusReport):
            about |= {status.end_to_end_id for status in self.message.statuses}
        else:
            about.add(self.message.acct_no)
        return frozenset(about)

    @property
    def is_alone(self) -> bool:
        """Whether it is taken in by itself: it says of a whole order, or brings money back."""
        return isinstance(self.message, Notification) or (
            isinstance(self.message, StatusReport)
            and (
                not self.message.statuses
                or bool(self.message.batches)
                or self.message.group_status == REJECTED
            )
        )


def read_mail(data: bytes, layout: str) -> list[Mail]:
    """The messages of a file; most files have one."""
    require_text(data)
    kind, told = (layout, [read_answer_file(data, layout)]) if layout else read_messages(data)
    for one in told:
        require_sum(sum(line.amount_fen for line in _lines_of(one)), f"报文 {one.message_id} 逐笔")
    is_unchecked = not layout and not is_checked(kind)
    return [
        Mail(data, one, MessageResult(
            one.message_id, kind, is_answer=isinstance(one, StatusReport), is_unchecked=is_unchecked
        ))
        for one in told
    ]  # fmt: skip


def _lines_of(message: Message) -> Sequence[BankEntry | TransferStatus]:
    return message.statuses if isinstance(message, StatusReport) else message.entries


def runs(mails: Iterable[Mail]) -> Iterator[list[Mail]]:
    """Stretches of messages of one kind that have nothing in common: their order does not matter."""
    run: list[Mail] = []
    about: set[object] = set()
    for mail in mails:
        if run and (
            type(mail.message) is not type(run[0].message)
            or mail.is_alone or run[0].is_alone or about & mail.subjects
        ):  # fmt: skip
            yield run
            run, about = [], set()
        run.append(mail)
        about |= mail.subjects
    if run:
        yield run
