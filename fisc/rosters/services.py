"""What domains and banking call: lines of a batch, what was sent, what banks answer, repairs, sums.

A line is sent under a number of its own. The bank's answer counts once; the same answer again changes
nothing, another one about the same attempt is refused. A line that came back is repaired and sent again
under another number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any, Final

import psycopg
from psycopg.rows import class_row

from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.documents.sight import owners_in
from fisc.kernel import DuplicateConflict, FiscError
from fisc.kernel.posting import in_transaction
from fisc.kernel.subledger import write_lines
from fisc.registry import carried
from fisc.registry.officers import require_duty
from fisc.registry.rows import insert_rows
from fisc.rosters.kinds import LINE, STEP

Conn = psycopg.Connection[Any]

#: Whose batches are.
BATCH_OWNERS: Final = owners_in(LINE, "batch_no")
STATES: Final = {"waiting": "待发放", "sent": "已发送", "paid": "已发放", "returned": "已退回"}
_RULE: Final = "逐人发放：退回的更正后再发，任何时候只付一次"


@dataclass(frozen=True, slots=True)
class Line:
    """What one person gets. `entry_id` is the batch's voucher, `coding_id` its coding block."""

    entry_id: int
    coding_id: int
    amount_fen: int
    line_key: str
    round_no: int
    batch_no: str
    mof_div_code: str
    period: str
    agency_code: str
    per_code: str
    per_name: str
    item_name: str
    dep_bgt_eco_code: str
    payee_acct_no: str
    rule_step: int
    file_sha256: str
    row_no: int


_OWN: Final = tuple(f.name for f in fields(Line) if f.name not in ("entry_id", "coding_id", "amount_fen"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A line as it stands: its state, its last step, the account it goes to, fen."""

    id: int
    line_key: str
    round_no: int
    batch_no: str
    mof_div_code: str
    period: str
    agency_code: str
    per_code: str
    per_name: str
    item_name: str
    amount_fen: int
    state: str
    step_no: int
    happened_on: date | None
    reason_code: str
    reason: str
    ref_no: str
    acct_no: str


@dataclass(frozen=True, slots=True)
class Sums:
    """A batch in fen: paid + returned + waiting (with those sent and not answered) is the total."""

    total_fen: int
    paid_fen: int
    returned_fen: int
    waiting_fen: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of a line that was sent under `ref_no`: paid or returned, whole, on a day."""

    ref_no: str
    is_paid: bool
    amount_fen: int
    happened_on: date
    bank_ref: str = ""
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """The account that a returned line shall go to."""

    line_key: str
    acct_no: str


def write(conn: Conn, account: str, lines: Sequence[Line]) -> None:
    """Write the lines of batches whose vouchers were posted in this transaction, all of each voucher's.

    The database adds them up to the vouchers' postings on `account`. Raises UnbalancedEntry, and
    DuplicateConflict's refusal where a line stands already, BadElement for what no message to a bank carries.
    """
    for line in lines:
        carried.require(
            f"{line.per_code} ", ((carried.NAME, line.per_name), (carried.ACCOUNT, line.payee_acct_no))
        )
    write_lines(
        conn, table=LINE.table, account=account, entry_ids=[line.entry_id for line in lines],
        coding_ids=[line.coding_id for line in lines], amount_fen=[line.amount_fen for line in lines],
        columns={name: [getattr(line, name) for line in lines] for name in _OWN},
    )  # fmt: skip


def lines_of(conn: Conn, batch_nos: Sequence[str], states: Sequence[str] = ()) -> list[Standing]:
    """The lines of batches as they stand, by batch and line; of some states only where these are given."""
    return _read(
        conn, "batch_no = any(%s) and (cardinality(%s::text[]) = 0 or state = any(%s))",
        [list(batch_nos), list(states), list(states)],
    )  # fmt: skip


def sent_under(conn: Conn, ref_nos: Iterable[str]) -> dict[str, Standing]:
    """Number -> the line that was sent under it, as it stands now."""
    rows = conn.execute(
        "select ref_no, line_id from rosters_step where kind = 'sent' and ref_no = any(%s)", [list(ref_nos)]
    ).fetchall()
    found = {one.id: one for one in _read(conn, "id = any(%s)", [[row[1] for row in rows]])}
    return {ref_no: found[line_id] for ref_no, line_id in rows}


def sent_with(conn: Conn, message_id: str) -> list[str]:
    """The numbers of the lines that went with a message."""
    rows = conn.execute(
        "select ref_no from rosters_step where kind = 'sent' and message_id = %s order by ref_no",
        [message_id],
    )
    return [row[0] for row in rows]


def _read(conn: Conn, where: str, asked: Sequence[Any]) -> list[Standing]:
    columns = ", ".join(f.name for f in fields(Standing))
    with conn.cursor(row_factory=class_row(Standing)) as cursor:
        statement = f"select {columns} from rosters_state where {where} order by batch_no, line_key"
        return cursor.execute(statement.encode(), asked).fetchall()


def sums(conn: Conn, batch_nos: Sequence[str]) -> dict[str, Sums]:
    """How far batches are, in fen; the total is that of the voucher, added up by the database."""
    rows = conn.execute(
        "select batch_no, sum(amount_fen)::bigint, coalesce(sum(amount_fen) filter (where state = 'paid'), "
        "0)::bigint, coalesce(sum(amount_fen) filter (where state = 'returned'), 0)::bigint, "
        "coalesce(sum(amount_fen) filter (where state in ('waiting', 'sent')), 0)::bigint "
        "from rosters_state where batch_no = any(%s) group by 1",
        [list(batch_nos)],
    ).fetchall()
    return {row[0]: Sums(*row[1:]) for row in rows}


def batch_sums(conn: Conn, batch_nos: Sequence[str]) -> dict[str, Sums]:
    """As `sums`, for people. Raises NotFound for what is no batch of persons."""
    found = sums(conn, batch_nos)
    if missing := [number for number in batch_nos if number not in found]:
        raise NotFound(
            f"没有批次 {listed(missing)} 的名册", rule="先有名册、后逐人发放", hint="请核对支付申请编号",
            details={"keys": missing[:20]},
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """What became of one person's line: its state since a day, the account it goes to, why it came back."""

    line_key: str
    mof_div_code: str
    batch_no: str
    agency_code: str
    per_code: str
    per_name: str
    item_name: str
    acct_no: str
    amount_fen: int
    state: Annotated[str, OneOf(STATES)]
    happened_on: date | None
    reason: str


def batch_persons(
    conn: Conn, batch_nos: Sequence[str], states: Annotated[tuple[str, ...], OneOf(STATES)] = ()
) -> list[Person]:
    """As `lines_of`, for people. Raises NotFound for what is no batch of persons."""
    batch_sums(conn, batch_nos)
    return [
        Person(
            one.line_key, one.mof_div_code, one.batch_no, one.agency_code, one.per_code, one.per_name,
            one.item_name, one.acct_no, one.amount_fen, one.state, one.happened_on,
            f"{one.reason_code} {one.reason}".strip(),
        )
        for one in lines_of(conn, batch_nos, states)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """A step to be noted."""

    line: Standing
    kind: str
    on: date
    ref_no: str = ""
    message_id: str = ""
    acct_no: str = ""
    reason_code: str = ""
    reason: str = ""


def send(conn: Conn, batch_no: str, message_id: str, *, by: str, on: date) -> list[Standing]:
    """Note that what waits in a batch goes to the bank with a message (duty bank_operate): the lines sent.

    Each bears its number of this attempt. Nothing waits: []. Raises NotFound, MissingDuty, and the
    database's refusal where the batch is not paid yet.
    """
    return in_transaction(conn, lambda: _send(conn, batch_no, message_id, by, on))


def _send(conn: Conn, batch_no: str, message_id: str, by: str, on: date) -> list[Standing]:
    conn.execute("select 1 from rosters_line where batch_no = %s order by id for update", [batch_no])
    lines = lines_of(conn, [batch_no])
    if not lines:
        raise NotFound(f"没有批次 {batch_no} 的名册", rule="先有名册、后逐人发放", hint="请核对支付申请编号")
    require_duty(conn, by, "bank_operate", lines[0].mof_div_code)
    waiting = [line for line in lines if line.state == "waiting"]
    steps = [
        _Step(line, "sent", on, f"MC{line.id}T{line.step_no + 1}", message_id, line.acct_no)
        for line in waiting
    ]
    _note(conn, steps, by)
    return _read(conn, "id = any(%s)", [[line.id for line in waiting]])


def settle(conn: Conn, answers: Sequence[Answer], *, by: str, on: date) -> dict[str, FiscError | None]:
    """Note what the bank answers, each line by itself: ref_no -> why it was refused, None where it counts.

    The same answer again changes nothing. Money that came back after it was paid is a return too. Raises
    MissingDuty (bank_operate).
    """
    return in_transaction(conn, lambda: _settle(conn, answers, by, on))


def _settle(conn: Conn, answers: Sequence[Answer], by: str, on: date) -> dict[str, FiscError | None]:
    conn.execute(
        "select 1 from rosters_line where id in (select line_id from rosters_step where kind = 'sent' "
        "and ref_no = any(%s)) order by id for update",
        [[a.ref_no for a in answers]],
    )
    lines = sent_under(conn, [a.ref_no for a in answers])
    require_duty(conn, by, "bank_operate", *{line.mof_div_code for line in lines.values()})
    said: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        said[answer.ref_no].append(answer)
    told = _told(conn, lines)
    verdicts = {ref: _wrong(given, lines.get(ref), told.get(ref, {}), on) for ref, given in said.items()}
    good = [
        given[0] for ref, given in said.items()
        if verdicts[ref] is None and _kind(given[0]) not in told.get(ref, {})
    ]  # fmt: skip
    _note(conn, [
        _Step(lines[a.ref_no], _kind(a), a.happened_on, a.bank_ref, "", "", a.reason_code, a.reason)
        for a in good
    ], by)  # fmt: skip
    return verdicts


def _kind(answer: Answer) -> str:
    return "paid" if answer.is_paid else "returned"


#: What was said of an attempt: the steps between the one it was sent with and the next one sent.
_SAID: Final = """
    select s.ref_no, o.kind, o.happened_on from rosters_step s
    join rosters_step o on o.line_id = s.line_id and o.step_no > s.step_no
        and o.kind in ('paid', 'returned')
    where s.kind = 'sent' and s.ref_no = any(%s) and not exists (
        select from rosters_step n where n.line_id = s.line_id and n.kind = 'sent'
        and n.step_no > s.step_no and n.step_no < o.step_no)"""


def _told(conn: Conn, lines: Mapping[str, Standing]) -> dict[str, dict[str, date]]:
    """Number -> what was said of that attempt before, with its day."""
    found: dict[str, dict[str, date]] = defaultdict(dict)
    for ref_no, kind, day in conn.execute(_SAID, [list(lines)]).fetchall():
        found[ref_no][kind] = day
    return found


def _wrong(
    given: Sequence[Answer], line: Standing | None, told: Mapping[str, date], on: date
) -> FiscError | None:
    answer = given[0]
    if line is None:
        return NotFound(f"没有发送过 {answer.ref_no}", rule=_RULE, hint="请与银行核对参考号")
    who = f"{line.per_name}（{line.per_code}）{line.item_name}"
    if any(other != answer for other in given) or told.get(_kind(answer), answer.happened_on) != (
        answer.happened_on
    ):
        return DuplicateConflict(f"{who} 的回单前后不一", rule=_RULE, hint="请与银行核对这一笔")
    if answer.amount_fen != line.amount_fen or answer.happened_on > on:
        return RuleBroken(f"{who} 的回单金额或日期不符", rule=_RULE, hint="请与银行核对这一笔")
    is_new = _kind(answer) not in told
    if is_new and "returned" in told:
        return WrongState(f"{who} 已退回，不能再报已发放", rule=_RULE, hint="请与银行核对这一笔")
    if is_new and line.happened_on and answer.happened_on < line.happened_on:
        return RuleBroken(
            f"{who} 的回单日期 {answer.happened_on} 早于这一笔办到现在的 {line.happened_on}", rule=_RULE,
            hint="请与银行核对这一笔",
        )  # fmt: skip
    return None


def repair(conn: Conn, batch_no: str, repairs: Sequence[Repair], *, by: str, on: date) -> list[bool]:
    """Give returned lines the account they shall go to (duty unit_make); they wait to be sent again.

    True where this call did it; the same repair of a line that waits changes nothing. Raises NotFound,
    DuplicateConflict for a line with two accounts, WrongState for lines that did not come back, MissingDuty.
    """
    return in_transaction(conn, lambda: _repair(conn, batch_no, repairs, by, on))


def _repair(conn: Conn, batch_no: str, repairs: Sequence[Repair], by: str, on: date) -> list[bool]:
    conn.execute("select 1 from rosters_line where batch_no = %s order by id for update", [batch_no])
    lines = {line.line_key: line for line in lines_of(conn, [batch_no])}
    missing = [r.line_key for r in repairs if r.line_key not in lines or not r.acct_no.strip()]
    if missing:
        raise NotFound(
            f"批次 {batch_no} 没有这些明细，或没有给出账号：{listed(missing, most=5)}", rule=_RULE,
            hint="请核对行键和账号",
        )  # fmt: skip
    carried.require(f"批次 {batch_no} 更正", ((carried.ACCOUNT, r.acct_no.strip()) for r in repairs))
    accounts = {(r.line_key, r.acct_no.strip()) for r in repairs}
    torn = sorted(key for key, times in Counter(key for key, _ in accounts).items() if times > 1)
    if torn:
        raise DuplicateConflict(
            f"{listed(torn, most=5)} 各给了不止一个账号，没有更正", rule=_RULE, hint="请为每一笔只给一个账号"
        )
    require_duty(conn, by, "unit_make", *{lines[r.line_key].mof_div_code for r in repairs})
    is_new = [lines[r.line_key].state == "returned" for r in repairs]
    done = {r.line_key for r in repairs if _is_done(lines[r.line_key], r)}
    wrong = [r.line_key for r, new in zip(repairs, is_new, strict=True) if not new and r.line_key not in done]
    if wrong:
        raise WrongState(
            f"{listed(wrong, most=5)} 没有退回，不能更正账号", rule=_RULE, hint="只更正银行退回的明细"
        )
    fresh = {r.line_key: r for r, new in zip(repairs, is_new, strict=True) if new}
    _note(conn, [_Step(lines[k], "repaired", on, acct_no=r.acct_no.strip()) for k, r in fresh.items()], by)
    return is_new


def _is_done(line: Standing, repair: Repair) -> bool:
    return line.state == "waiting" and line.step_no > 0 and line.acct_no == repair.acct_no.strip()


def _note(conn: Conn, steps: Sequence[_Step], by: str) -> None:
    insert_rows(conn, STEP, [
        STEP.row(
            s, line_id=s.line.id, step_no=s.line.step_no + 1, mof_div_code=s.line.mof_div_code,
            happened_on=s.on, amount_fen=s.line.amount_fen, noted_by=by,
        )
        for s in steps
    ])  # fmt: skip
