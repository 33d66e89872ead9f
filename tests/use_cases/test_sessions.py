"""Who acts has signed in: the first administrator, passwords, sessions, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.cli import signing
from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents import FourEyes, MissingDuty, NotFound, RuleBroken, sessions
from fisc.documents.sessions import NotSignedIn
from fisc.kernel import FiscError
from fisc.registry import elements
from fisc.registry.errors import BadElement, UnknownElement
from fisc.registry.officers import ADMIN, Officer, OfficerEntry, define_officers, officers, register_officers
from fisc.sample import BOOK
from tests.signing import sign_in

CITY = "150600000"


@pytest.fixture
def conn(ready_db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(ready_db, autocommit=True) as connection:
        yield connection


@pytest.fixture
def founded(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    sessions.found_admin(conn, "admin", "管理员", "long-enough-1")
    return conn


def test_a_database_has_one_first_administrator(founded: psycopg.Connection[Any]) -> None:
    with pytest.raises(NotSignedIn, match="已有人员管理员"):
        sessions.found_admin(founded, "second", "另一位", "long-enough-1")
    assert not founded.execute("select code from documents_officer where code = 'second'").fetchone()


@pytest.mark.parametrize("password", ["", "short-1", "onlyletters", "12345678", "admin-1234"])
def test_weak_passwords_are_refused_and_nothing_is_founded(
    conn: psycopg.Connection[Any], password: str
) -> None:
    with pytest.raises(FiscError, match="口令太弱"):
        sessions.found_admin(conn, "admin", "管理员", password)
    assert not conn.execute("select code from documents_officer where code = 'admin'").fetchone()


def test_a_token_is_the_officers_until_it_ends(founded: psycopg.Connection[Any]) -> None:
    token = sessions.sign_in(founded, "admin", "long-enough-1")
    assert sessions.officer_of(founded, token).code == "admin"
    stored = founded.execute("select token_sha256 from documents_session").fetchone()
    assert stored is not None
    assert token not in stored[0]
    sessions.close_session(founded, token)
    with pytest.raises(NotSignedIn):
        sessions.officer_of(founded, token)


def test_a_session_ends_when_its_time_is_over(founded: psycopg.Connection[Any]) -> None:
    token = sessions.sign_in(founded, "admin", "long-enough-1")
    founded.execute("update documents_session set expires_at = now()")
    with pytest.raises(NotSignedIn):
        sessions.officer_of(founded, token)


@pytest.mark.parametrize("officer", ["admin", "nobody"])
def test_a_wrong_password_and_an_unknown_name_sound_alike(
    founded: psycopg.Connection[Any], officer: str
) -> None:
    with pytest.raises(NotSignedIn, match="人员编号或口令不对"):
        sessions.sign_in(founded, officer, "wrong-password-1")


def test_who_guesses_waits_even_with_the_right_password(founded: psycopg.Connection[Any]) -> None:
    for _ in range(sessions.MOST_FAILURES):
        with pytest.raises(NotSignedIn):
            sessions.sign_in(founded, "admin", "wrong-password-1")
    with pytest.raises(NotSignedIn, match="人员编号或口令不对"):
        sessions.sign_in(founded, "admin", "long-enough-1")
    founded.execute("update documents_credential set failed_at = failed_at - interval '15 minutes'")
    assert sessions.sign_in(founded, "admin", "long-enough-1")


def test_who_guesses_does_not_learn_which_numbers_there_are(founded: psycopg.Connection[Any]) -> None:
    def told(officer: str, password: str) -> tuple[str, str, str]:
        with pytest.raises(NotSignedIn) as refused:
            sessions.sign_in(founded, officer, password)
        return refused.value.message, refused.value.rule, refused.value.hint

    wrong = ["wrong-password-1"] * (sessions.MOST_FAILURES + 2)
    known, unknown = (
        [told(officer, one) for one in (*wrong, "long-enough-1")] for officer in ("admin", "ghost")
    )
    assert known == unknown


def test_many_guesses_at_once_are_no_more_than_one_by_one(
    founded: psycopg.Connection[Any], ready_db: str
) -> None:
    def guess(number: int) -> None:
        with psycopg.connect(ready_db, autocommit=True) as conn, pytest.raises(NotSignedIn):
            sessions.sign_in(conn, "admin", f"wrong-password-{number}")

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(guess, range(16)))
    counted = founded.execute("select failure_count from documents_credential").fetchall()
    assert counted == [(sessions.MOST_FAILURES,)]


def test_a_new_password_ends_the_sessions_of_the_old_one(founded: psycopg.Connection[Any]) -> None:
    token = sessions.sign_in(founded, "admin", "long-enough-1")
    with pytest.raises(FiscError, match="原口令不对"):
        sessions.set_password(founded, "admin", "another-long-1", by="admin", old="not-the-old-1")
    assert sessions.officer_of(founded, token).code == "admin"
    sessions.set_password(founded, "admin", "another-long-1", by="admin", old="long-enough-1")
    with pytest.raises(NotSignedIn):
        sessions.officer_of(founded, token)
    assert sessions.sign_in(founded, "admin", "another-long-1")


@pytest.mark.parametrize("number", ["", " ", "701 ", "７０１", "a\nb", "a\x00b", "\u202eabc", "9" * 41])
def test_a_number_or_name_that_is_none_is_refused(founded: psycopg.Connection[Any], number: str) -> None:
    for entry in (OfficerEntry(number, "新人", ("unit_make",), CITY),
                  OfficerEntry("new", number * 5 + "\n", ("unit_make",), CITY)):  # fmt: skip
        with pytest.raises(BadElement, match="不能用"):
            register_officers(founded, [entry], by="admin")


def test_only_an_administrator_of_the_region_registers_and_gives_passwords(
    founded: psycopg.Connection[Any],
) -> None:
    local = Officer("local", "本级管理员", CITY, frozenset({ADMIN}))
    define_officers(founded, [local, Officer("clerk", "经办", "150602000", frozenset({"unit_make"}))])
    made = [OfficerEntry("new", "新人", ("unit_make",), CITY)]
    assert register_officers(founded, made, by="local") == [True]
    assert register_officers(founded, made, by="local") == [False]
    for changed in (replace(made[0], name="另一名"), replace(made[0], duties=("reconcile",)), made[0]):
        assert register_officers(founded, [changed], by="local") == [True]  # a change is no repetition
    sessions.retire_officers(founded, [made[0].code], by="local")
    assert register_officers(founded, made, by="local") == [True]
    for entry in (
        OfficerEntry("a", "别处", ("unit_make",), "150602000"),
        OfficerEntry("b", "全部", ("unit_make",)),
        OfficerEntry("admin", "改掉上级管理员", ("unit_make",), CITY),
    ):
        with pytest.raises(MissingDuty):
            register_officers(founded, [entry], by="local")
    with pytest.raises(MissingDuty):
        register_officers(founded, made, by="clerk")
    for other in ("clerk", "admin"):  # of another region, and of all of them
        with pytest.raises(MissingDuty):
            sessions.set_password(founded, other, "long-enough-1", by="local")
    with pytest.raises(FourEyes, match=r"岗位“单位经办（unit_make）”与“单位审核（unit_review）”.*：x"):
        register_officers(founded, [OfficerEntry("x", "一手包办", ("unit_make", "unit_review"))], by="admin")


def test_an_officer_who_is_retired_has_no_duty_and_no_way_in(founded: psycopg.Connection[Any]) -> None:
    define_officers(founded, [Officer("clerk", "经办", CITY, frozenset({"unit_make"}))])
    sessions.set_password(founded, "clerk", "long-enough-1", by="admin")
    token = sessions.sign_in(founded, "clerk", "long-enough-1")
    with pytest.raises(MissingDuty):
        sessions.retire_officers(founded, ["clerk"], by="clerk")
    assert sessions.retire_officers(founded, ["clerk"], by="admin") == [True]
    assert sessions.retire_officers(founded, ["clerk"], by="admin") == [False]
    with pytest.raises(NotSignedIn):
        sessions.officer_of(founded, token)
    with pytest.raises(NotSignedIn, match="口令不对"):
        sessions.sign_in(founded, "clerk", "long-enough-1")
    [clerk] = [one for one in officers(founded, CITY) if one.code == "clerk"]
    assert clerk.duties == frozenset()
    with pytest.raises(NotFound, match="nobody"):
        sessions.retire_officers(founded, ["clerk", "nobody"], by="admin")


def test_who_is_retired_while_they_sign_in_is_not_signed_in(
    founded: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    define_officers(founded, [Officer("clerk", "经办", CITY, frozenset({"unit_make"}))])
    sessions.set_password(founded, "clerk", "long-enough-1", by="admin")
    opened = sessions.open_session

    def retire() -> list[bool]:
        with psycopg.connect(ready_db, autocommit=True) as conn:
            return sessions.retire_officers(conn, ["clerk"], by="admin")

    with ThreadPoolExecutor(1) as beside:

        def open_meanwhile(conn: psycopg.Connection[Any], officer: str) -> str:
            gone = beside.submit(retire)
            while not gone.done() and not conn.execute("select from pg_locks where not granted").rowcount:
                pass  # the password was right: who retires them is done, or waits
            return opened(conn, officer)

        monkeypatch.setattr(sessions, "open_session", open_meanwhile)
        token = sessions.sign_in(founded, "clerk", "long-enough-1")
    with pytest.raises(NotSignedIn):
        sessions.officer_of(founded, token)


def test_the_last_administrator_who_can_sign_in_stays(founded: psycopg.Connection[Any]) -> None:
    second = Officer("second", "另一位", "", frozenset({ADMIN}))
    define_officers(founded, [second])
    for leaving in (
        lambda: sessions.retire_officers(founded, ["admin"], by="admin"),
        lambda: define_officers(founded, [Officer("admin", "管理员", "", frozenset({"unit_make"}))]),
        lambda: define_officers(founded, [Officer("admin", "管理员", CITY, frozenset({ADMIN}))]),
    ):
        with pytest.raises(RuleBroken, match="最后一位"):
            leaving()
    sessions.set_password(founded, "second", "long-enough-1", by="admin")
    assert sessions.retire_officers(founded, ["admin"], by="admin") == [True]
    with pytest.raises(RuleBroken, match="最后一位"):
        sessions.retire_officers(founded, ["second"], by="second")


def test_an_officer_is_of_a_unit_that_the_region_has(founded: psycopg.Connection[Any]) -> None:
    define_officers(founded, [Officer("registrar", "登记", "", frozenset({"registry_make"}))])
    department = elements.Agency(2022, CITY, "101", "市教育局", "", "", kind="department")
    elements.define_agencies(founded, [department], by="registrar", on=date(2022, 1, 1))
    for region, unit in ((CITY, "102"), ("150602000", "101"), ("", "101")):
        with pytest.raises(UnknownElement, match=unit):
            register_officers(founded, [OfficerEntry("c", "经办", ("unit_make",), region, unit)], by="admin")
    assert register_officers(
        founded, [OfficerEntry("c", "经办", ("unit_make",), CITY, "101")], by="admin"
    ) == [True]


def type_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "typed"
    path.write_text(f"{text}\n", "utf8")
    monkeypatch.setattr("sys.stdin", path.open(encoding="utf8"))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    return lambda text: type_in(monkeypatch, tmp_path, text)


def test_commands_run_as_who_signed_in_here(
    conn: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    typed: Callable[[str], None], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", ready_db)
    register = ["officers", "register", "--code", "clerk", "--name", "张", "--duties", "unit_make"]
    assert run([*register, "--region", "150600"]) == ExitCode.REFUSED
    assert "还没有登录" in capsys.readouterr().err
    assert run([*register, "--region", "150600", "--as", "101"]) == ExitCode.REFUSED
    assert "101 还没有登录" in capsys.readouterr().err
    typed("long-enough-1")
    assert run(["officers", "found", "admin", "--name", "管理员", "--password-stdin"]) == ExitCode.OK
    typed("long-enough-1")
    assert run(["login", "admin", "--password-stdin"]) == ExitCode.OK
    assert run([*register[:-1], "对帐", "--region", "150600"]) == ExitCode.REFUSED
    assert "岗位没有“对帐”（相近的有 reconcile（对账）；可用" in capsys.readouterr().err.replace("\n", "")
    assert run([*register, "--region", "150600"]) == ExitCode.OK
    typed("Clerk#2026")
    assert run(["officers", "password", "clerk", "--password-stdin"]) == ExitCode.REFUSED  # holds the number
    typed("First#2026x!")
    assert run(["officers", "password", "clerk", "--password-stdin"]) == ExitCode.OK
    typed("First#2026x!")
    assert run(["login", "clerk", "--password-stdin"]) == ExitCode.OK
    capsys.readouterr()
    typed("wrong-old-1\nOwn#2026xyz")
    assert run(["officers", "password", "clerk", "--password-stdin"]) == ExitCode.REFUSED
    typed("First#2026x!\nOwn#2026xyz")
    assert run(["officers", "password", "clerk", "--password-stdin"]) == ExitCode.OK
    typed("Own#2026xyz")
    assert run(["login", "clerk", "--password-stdin"]) == ExitCode.OK
    capsys.readouterr()
    book = ["import", str(BOOK)]
    assert run([*book, "--as", "clerk"]) == ExitCode.REFUSED
    assert "账簿管理" in capsys.readouterr().err.replace("\n", "")
    assert run(["whoami"]) == ExitCode.OK
    assert "clerk" in capsys.readouterr().out
    assert run([*register, "--as", "clerk"]) == ExitCode.REFUSED
    assert run(["whoami", "--as", "admin"]) == ExitCode.OK
    assert run(["officers", "retire", "clerk", "--as", "admin"]) == ExitCode.OK
    assert run(["whoami", "--as", "clerk"]) == ExitCode.REFUSED
    assert run(["logout", "clerk"]) == ExitCode.OK
    assert run(["whoami", "--as", "clerk"]) == ExitCode.REFUSED
    assert run(["seal"]) == ExitCode.OK
    assert run(["logout"]) == ExitCode.OK
    year = ["--region", "150600", "--year", "2022"]
    for unnamed in (
        ["whoami"],
        ["seal"],
        ["import", str(BOOK)],
        ["figures", "record", "revenue.general", *year],
    ):
        capsys.readouterr()
        assert run(unnamed) == ExitCode.REFUSED
        assert "还没有登录" in capsys.readouterr().err


def test_one_line_that_was_piped_is_no_password_said_twice(
    conn: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", ready_db)
    found = ["officers", "found", "admin", "--name", "管理员"]
    monkeypatch.setattr("sys.stdin", io.StringIO("long-enough-1\n"))
    assert run(found) == ExitCode.USAGE
    assert "--password-stdin" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("long-enough-1\nlong-enough-2\n"))
    assert run(found) == ExitCode.USAGE
    assert "两次输入的口令不同" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("long-enough-1\nlong-enough-1\n"))
    assert run(found) == ExitCode.OK


def test_a_duty_that_there_is_not_is_told_with_the_names_of_those_there_are(
    founded: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", ready_db)
    sign_in(founded, monkeypatch, "admin")
    named = ["officers", "register", "--code", "x", "--name", "新人", "--duties", "出纳"]
    assert run(named) == ExitCode.REFUSED
    said = capsys.readouterr().err
    assert "可用：单位经办、单位审核" in said and "unit_make" not in said


def test_a_dry_run_leaves_nothing(
    founded: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.signing import sign_in

    monkeypatch.setenv("DATABASE_URL", ready_db)
    sign_in(founded, monkeypatch, "admin")
    register = ["officers", "register", "--code", "clerk", "--name", "张", "--duties", "unit_make"]
    assert run([*register, "--dry-run"]) == ExitCode.OK
    assert not founded.execute("select code from documents_officer where code = 'clerk'").fetchone()
    assert run(register) == ExitCode.OK
    assert founded.execute("select code from documents_officer where code = 'clerk'").fetchone()


@pytest.mark.parametrize(
    "text", ["[]", "no JSON", '{"tokens": 5, "last": ""}', '{"tokens": {"x": 5}, "last": "x"}']
)
def test_a_spoilt_file_of_sessions_is_as_none(
    founded: psycopg.Connection[Any], ready_db: str, monkeypatch: pytest.MonkeyPatch, text: str,
    typed: Callable[[str], None],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", ready_db)
    typed("long-enough-1")
    assert run(["login", "admin", "--password-stdin"]) == ExitCode.OK
    path = signing._file(founded)
    path.write_text(text, "utf8")
    assert run(["whoami"]) == ExitCode.REFUSED
    typed("long-enough-1")
    assert run(["login", "admin", "--password-stdin"]) == ExitCode.OK
    assert run(["whoami"]) == ExitCode.OK
