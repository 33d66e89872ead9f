"""Who acts is who has signed in: officers' passwords and sessions, in the database's own register.

Signing in gives a token, which the officer's program keeps; the database keeps its digest. Whoever
administers officers (duty officer_admin) gives them a first password; each changes it alone. The first
administrator of a database is founded by whoever can reach it while none can sign in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import psycopg

from fisc.documents.errors import NotFound, RuleBroken
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction
from fisc.registry import in_force
from fisc.registry.officers import ADMIN, Officer, define_officers, require_admin
from fisc.registry.rows import Table, insert_rows

Conn = psycopg.Connection[Any]
_CREDENTIAL: Final = Table("documents.CredentialRow")
_SESSION: Final = Table("documents.SessionRow")
#: A working day; who goes on the next signs in again.
HOURS: Final = 12
#: Wrong passwords in a row after which an officer waits, and how long.
MOST_FAILURES: Final = 5
WAIT_MINUTES: Final = 15
_LOCKED: Final = f"同一编号连续 {MOST_FAILURES} 次不对，{WAIT_MINUTES} 分钟内口令对也不能登录"
#: The class of advisory locks that guesses for one number take.
_GUESSES: Final = 0x7FC0
#: 等保 asks for eight signs at least; one kind of sign alone is guessed too soon.
LEAST_SIGNS: Final = 8
_RULE: Final = "办理业务的人须是登记在册的人员，各用各的口令（财会〔2012〕21号：不相容岗位相互分离）"


class NotSignedIn(FiscError):
    """Who asks has not shown who they are, or no longer."""


def found_admin(conn: Conn, code: str, name: str, password: str) -> None:
    """Make the first administrator, who then registers all others; their password with it.

    Raises NotSignedIn where somebody can administer officers already, FiscError for a weak password.
    """

    def work() -> None:
        conn.execute("lock table documents_credential in share row exclusive mode")
        row = conn.execute(
            "select o.code from documents_officer o join documents_credential c on c.officer = o.code "
            "where %s = any(o.duties) limit 1", [ADMIN],
        ).fetchone()  # fmt: skip
        if row is not None:
            raise NotSignedIn(
                f"这个库已有人员管理员（{row[0]}），不能再立第一个", rule=_RULE,
                hint="请由人员管理员登录后登记：fisc login 编号，fisc officers register",
            )  # fmt: skip
        define_officers(conn, [Officer(code, name, "", frozenset({ADMIN}))])
        _write(conn, code, password)

    in_transaction(conn, work)


def set_password(conn: Conn, officer: str, password: str, *, by: str, old: str = "") -> None:
    """Give an officer a password: an administrator gives others theirs, everybody changes their own.

    Who changes their own says the `old` one: a session that lies open is no proof. All sessions of the
    officer end. Raises MissingDuty, NotSignedIn for an officer who is not registered, RuleBroken for one
    without duties, FiscError for a weak password or an old one that is wrong, or given while locked.
    """
    if by == officer and not is_password(conn, officer, old):
        raise FiscError(
            "原口令不对，没有改口令", rule=_RULE, hint=f"请核对原口令；{_LOCKED}；忘记了请人员管理员重设"
        )

    def work() -> None:
        region = _region(conn, officer)
        if by != officer:
            require_admin(conn, by, {region})
        _require_in_use(conn, officer)
        _write(conn, officer, password)
        _close_sessions(conn, [officer])

    in_transaction(conn, work)


def retire_officers(conn: Conn, officers: Sequence[str], *, by: str) -> list[bool]:
    """Take officers out of use: True where done now. What they did stays under their names.

    They lose all duties and their password, and their sessions end; registered again, with a new password,
    they are back. Raises NotFound, MissingDuty, RuleBroken for the last administrator who can sign in.
    """

    def work() -> list[bool]:
        found = dict(
            conn.execute(
                "select code, mof_div_code from documents_officer where code = any(%s) for update",
                [list(officers)],
            ).fetchall()
        )
        if missing := [code for code in officers if code not in found]:
            raise NotFound(
                f"没有人员 {'、'.join(missing[:5])}", rule=_RULE, hint="编号见 fisc officers list",
                details={"keys": missing[:20], "refused": len(missing)},
            )  # fmt: skip
        require_admin(conn, by, set(found.values()))
        gone = conn.execute(
            "update documents_officer set duties = '{}' where code = any(%s) and duties <> '{}' "
            "returning code", [list(officers)],
        ).fetchall()  # fmt: skip
        conn.execute("delete from documents_credential where officer = any(%s)", [list(officers)])
        _close_sessions(conn, officers)
        return [(code,) in gone for code in officers]

    return in_transaction(conn, work)


def _close_sessions(conn: Conn, officers: Sequence[str]) -> None:
    conn.execute(
        "update documents_session set closed_at = now() where officer = any(%s) and closed_at is null",
        [list(officers)],
    )


def sign_in(conn: Conn, officer: str, password: str) -> str:
    """The token of a new session. Raises NotSignedIn; wrong passwords in a row lock for a while, unsaid.

    Who is retired, or given another password, meanwhile has no session of the old one.
    """

    def work() -> str:
        return open_session(conn, officer) if is_password(conn, officer, password) else ""

    return in_transaction(conn, work) or _refuse()


def is_password(conn: Conn, officer: str, password: str) -> bool:
    """Whether this is the officer's password; what is wrong is counted, and while locked nothing is right.

    A number that is locked, one that nobody has and a wrong password take as long and are answered alike:
    who guesses does not learn which numbers there are. Guesses for one number wait for each other: as many
    at once are no more guesses than one by one.
    """
    from django.contrib.auth.hashers import make_password

    def work() -> bool:
        conn.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [_GUESSES, officer])
        row = conn.execute(
            "select password, failure_count >= %s and failed_at > now() - make_interval(mins => %s) "
            "from documents_credential where officer = %s for update",
            [MOST_FAILURES, WAIT_MINUTES, officer],
        ).fetchone()
        if row is None or row[1]:
            make_password(password)
            return False
        return _counted(conn, officer, password, row[0])

    return in_transaction(conn, work)


def _counted(conn: Conn, officer: str, password: str, kept: str) -> bool:
    """Whether a password is the one that is kept; wrong ones in a row are counted."""
    from django.contrib.auth.hashers import check_password

    is_right = check_password(password, kept)
    conn.execute(
        "update documents_credential set failure_count = case when %s then 0 else failure_count + 1 end, "
        "failed_at = case when %s then failed_at else now() end where officer = %s",
        [is_right, is_right, officer],
    )
    return is_right


def open_session(conn: Conn, officer: str) -> str:
    """A token for an officer who has shown who they are. Raises NotSignedIn for one who is not registered."""
    _region(conn, officer)
    token = secrets.token_urlsafe(32)
    until = datetime.now(UTC) + timedelta(hours=HOURS)
    insert_rows(conn, _SESSION, [{"token_sha256": _digest(token), "officer": officer, "expires_at": until}])
    return token


def close_session(conn: Conn, token: str) -> None:
    """End a session; one that is over, or never was, stays so."""
    conn.execute(
        "update documents_session set closed_at = now() where token_sha256 = %s and closed_at is null",
        [_digest(token)],
    )


def officer_of(conn: Conn, token: str) -> Officer:
    """The officer whose session a token is. Raises NotSignedIn where it is none, over or ended.

    With it comes what the database says of its divisions: what another process changed is known from here on.
    """
    row = conn.execute(
        "select o.code, o.name, o.mof_div_code, o.duties, o.agency_code, "
        f"{in_force.REVISION} from documents_session s "
        "join documents_officer o on o.code = s.officer "
        "where s.token_sha256 = %s and s.closed_at is null and s.expires_at > now()", [_digest(token)],
    ).fetchone()  # fmt: skip
    if row is None:
        raise not_signed_in()
    in_force.is_now(row[5])
    return Officer(row[0], row[1], row[2], frozenset(row[3]), row[4])


def officers_of(conn: Conn, tokens: Iterable[str]) -> dict[str, str]:
    """Token -> the officer whose session it is, for those that are one and not over."""
    by_digest = {_digest(token): token for token in tokens}
    if not by_digest:
        return {}
    rows = conn.execute(
        f"select token_sha256, officer, {in_force.REVISION} from documents_session "
        "where token_sha256 = any(%s) and closed_at is null and expires_at > now()", [list(by_digest)],
    ).fetchall()  # fmt: skip
    if rows:
        in_force.is_now(rows[0][2])
    return {by_digest[digest]: officer for digest, officer, _ in rows}


def not_signed_in(officer: str = "") -> NotSignedIn:
    """What is said to who has not signed in, or whose session is over."""
    return NotSignedIn(
        f"{officer + ' ' if officer else '办理人'}还没有登录，或登录已过期", rule=_RULE,
        hint=f"请先登录：fisc login {officer or '人员编号'}；"
        "还没有人员的新库先立人员管理员：fisc officers found",
    )  # fmt: skip


def _refuse() -> NoReturn:
    raise NotSignedIn(
        "人员编号或口令不对", rule=_RULE, hint=f"请核对后重试；{_LOCKED}；忘记口令请人员管理员重设"
    )


def _region(conn: Conn, officer: str) -> str:
    row = conn.execute("select mof_div_code from documents_officer where code = %s", [officer]).fetchone()
    if row is None:
        raise NotSignedIn(
            f"没有人员 {officer}", rule=_RULE, hint="请核对编号；人员由管理员登记：fisc officers register"
        )
    return str(row[0])


def _require_in_use(conn: Conn, officer: str) -> None:
    """Raise RuleBroken for an officer without duties: never given one, or taken out of use."""
    query = "select from documents_officer where code = %s and duties <> '{}' for update"
    if conn.execute(query, [officer]).fetchone() is None:
        raise RuleBroken(
            f"{officer} 没有岗位，不能设口令", rule="停用的人员重新登记岗位之后才能登录",
            hint="请先登记岗位：fisc officers register；编号与岗位见 fisc officers list",
        )  # fmt: skip


def _write(conn: Conn, officer: str, password: str) -> None:
    from django.contrib.auth.hashers import make_password

    _require_strength(officer, password)
    row = {"officer": officer, "password": make_password(password), "set_at": datetime.now(UTC),
           "failure_count": 0, "failed_at": None}  # fmt: skip
    renewed = ("password", "set_at", "failure_count", "failed_at")
    insert_rows(conn, _CREDENTIAL, [row], known_by=("officer",), renews=renewed)


def _require_strength(officer: str, password: str) -> None:
    """Raise FiscError for a password that is guessed too soon; the officer's own number does not count."""
    own = password.casefold().replace(officer.casefold(), "")
    kinds = {"digit" if c.isdigit() else "letter" if c.isalpha() else "other" for c in own}
    if len(own) < LEAST_SIGNS or len(kinds) < 2:
        raise FiscError(
            "口令太弱",
            rule=f"人员编号之外，口令不少于 {LEAST_SIGNS} 位，含字母、数字、符号中的两种",
            hint="请换一个口令",
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
