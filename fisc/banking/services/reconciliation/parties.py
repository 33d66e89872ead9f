"""Who papers name, and who the bank says is on the other side of its bookings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services import register
from fisc.banking.services.party import Other, government_named
from fisc.documents.counterparty import Counterparty
from fisc.documents.kind import Kind
from fisc.documents.owning import kinds
from fisc.sheets.text import plain_words

Conn = psycopg.Connection[Any]

#: The sign of an edition of a number.
_EDITION: Final = re.compile(r"~\d+$")


class Named(NamedTuple):
    """Whom a document names on the other side of its money, and its sort of business; '' for neither."""

    name: str = ""
    acct_no: str = ""
    business: str = ""


def named_by(conn: Conn, papers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Named]:
    """Papers (kind, natural key without the sign of an edition) -> whom they name, as their kinds declare."""
    asked: dict[str, list[str]] = defaultdict(list)
    for kind, document in set(papers):
        asked[kind].append(document.removeprefix(f"{kind}:"))
    found: dict[tuple[str, str], Named] = {}
    for prefix, keys in asked.items():
        of = kinds().get(prefix)
        if of is None or of.counterparty is None:
            continue
        for key, *named in conn.execute(_asked(of, of.counterparty).encode(), [keys]):
            found[prefix, of.key(_EDITION.sub("", key))] = Named._make(named)
    return found


def _asked(kind: Kind[Any], of: Counterparty) -> str:
    """The last edition of a number says whom it names."""
    key = r"regexp_replace(t.doc_key, '~\d+$', '')" if kind.has_editions else "t.doc_key"
    return (
        f"select t.doc_key, coalesce({of.name}, ''), coalesce({of.acct_no}, ''), {of.business} "
        f"from {kind.table} t where {key} = any(%s) order by t.id"
    )


class Treasuries:
    """The accounts of treasuries that are known, and whose a name or an account is."""

    def __init__(self, conn: Conn, acct_nos: Iterable[str]) -> None:
        """Read those of treasuries, and these accounts of ours of whatever kind."""
        rows = conn.execute(
            "select acct_no, name, mof_div_code, kind from banking_account "
            "where kind = %s or acct_no = any(%s)",
            [register.SINGLE, sorted(set(acct_nos) - {""})],
        ).fetchall()
        self._places = {no: place if kind == register.SINGLE else "" for no, _, place, kind in rows}
        own = [(name, place) for _, name, place, kind in rows if kind == register.SINGLE]
        self._of_name: Mapping[str, str] = {plain_words(name): place for name, place in own}
        self._stated = {place for _, place in own}

    def other(self, name: str, acct_no: str, within: str) -> Other:
        """Who the bank says is on the other side: an account that is known tells, for or against the name."""
        if acct_no in self._places:
            return Other(name, acct_no, self._places[acct_no], is_account_known=True)
        place = self._of_name.get(plain_words(name)) or government_named(name, within) if name else ""
        if place and acct_no and place in self._stated:  # another account than those of its treasury
            return Other(name, acct_no, "", is_account_known=True)
        return Other(name, acct_no, place)
