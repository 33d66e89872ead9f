"""One door for everything that a bank sends."""

from __future__ import annotations

from collections.abc import Callable

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import Notification, Statement, StatusReport
from fisc.banking.iso20022.pain002 import read_status_report
from fisc.banking.iso20022.schema import CAMT_053, CAMT_054, PAIN_002, kind_of
from fisc.banking.iso20022.statements import read_notification, read_statement

Incoming = StatusReport | Statement | Notification

_READERS: dict[str, Callable[[bytes], Incoming]] = {
    PAIN_002: read_status_report,
    CAMT_053: read_statement,
    CAMT_054: read_notification,
}


def read_message(data: bytes) -> tuple[str, Incoming]:
    """The kind and the content of an incoming message, or MessageRefused (malformed, foreign, not for us)."""
    kind = kind_of(data)
    reader = _READERS.get(kind)
    if reader is None:
        raise MessageRefused(
            f"{kind} 是发往银行的报文，不能作为回单收取",
            rule=f"收取的报文限 {'、'.join(_READERS)}",
            hint="请核对文件",
        )
    return kind, reader(data)
