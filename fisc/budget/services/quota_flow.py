"""The way of every quota document: made with its terms checked, reviewed, approved and posted.

One call takes one document or thousands; the same call again changes nothing. Availability is
asked of the ledger twice: here, so that a refusal names every line that is short, and by the
ledger itself when it posts, so that nothing can come in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypedDict, Unpack

import psycopg

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.budget.rules.quota_terms import require, require_lines
from fisc.budget.rules.quota_types import PENDING, Draft, Movement, QuotaFacts
from fisc.budget.rules.quotas import entries
from fisc.budget.services import quota_store
from fisc.budget.services.from_above import in_one_form, of_classes, require_received
from fisc.budget.services.lines import Whole, make_whole, revise_whole, standing_wholes
from fisc.budget.services.nearby import left_nearby
from fisc.budget.services.refusals import require_none
from fisc.budget.services.settling import require_settled_well
from fisc.documents import advance, findings, read, taken
from fisc.documents.accounts import SOURCE_PENDING
from fisc.documents.editions import current, move_last
from fisc.documents.fitting import Used, require_fitting
from fisc.documents.flow import MAKE
from fisc.documents.refusals import listed
from fisc.documents.store import By
from fisc.kernel import Coding, Demand, Entry, QuotaShortfall, hold, post
from fisc.kernel.coding import intern_codings
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import elements, funds, rules
from fisc.registry.fit_types import State
from fisc.registry.quota_rules import CARRIED


class Signed(TypedDict):
    """Who makes, reviews and approves a document, three people, and the day of business."""

    by: str
    reviewed_by: str
    approved_by: str
    on: date


def make_drafts(
    conn: psycopg.Connection[Any], drafts: Sequence[Draft], *, by: By, on: date, step: str = MAKE
) -> list[bool]:
    """Make documents (编制), or with REVISE as `step` put drafts right (修改): True where this call did it.

    Refusals name every line that breaks a term.
    """
    return in_transaction(conn, lambda: _draft(conn, drafts, by, on, step))


def _draft(conn: psycopg.Connection[Any], drafts: Sequence[Draft], by: By, on: date, step: str) -> list[bool]:
    drafts = [in_one_form(conn, draft) for draft in drafts]
    for draft in drafts:
        require_lines(draft)
    codings = intern_codings(conn, {ln.coding for d in drafts for ln in d.lines if ln.coding is not None})
    wholes = [quota_store.whole(draft, codings) for draft in drafts]
    made = _written(conn, wholes, by, on, step)
    fresh = [draft for draft, is_new in zip(drafts, made, strict=True) if is_new]
    named = {name for d in fresh for line in d.lines for name in (line.bgt_id, line.ori_bgt_id) if name}
    quotas = quota_store.facts(conn, named)
    notes = require_fitting(conn, _put_on(fresh, quotas))
    for draft in fresh:
        require(draft, quotas)
    require_received(conn, fresh)
    _require_usable(conn, _used_by(fresh))
    findings.record(conn, notes, on=on)
    return made


def _written(
    conn: psycopg.Connection[Any], wholes: Sequence[Whole], by: By, on: date, step: str
) -> list[bool]:
    if step == MAKE:
        return make_whole(conn, QUOTA_DOCUMENT, wholes, by=by, on=on)
    wholes = standing_wholes(conn, QUOTA_DOCUMENT, wholes)
    _require_same_paper(conn, wholes)
    revised = revise_whole(conn, QUOTA_DOCUMENT, wholes, step, by=by, on=on)
    return taken([whole.doc_key for whole in wholes], revised)


#: What stands in the ledger's directory, and what a document does.
_STANDS: Final = ("operation", "title", "dated_on")


def _require_same_paper(conn: psycopg.Connection[Any], wholes: Sequence[Whole]) -> None:
    """Raise RuleBroken where a revision would turn a document into another one."""
    standing = read(conn, QUOTA_DOCUMENT, [whole.doc_key for whole in wholes])
    other = [
        f"{document.doc_no} 的{QUOTA_DOCUMENT.label(name)}为“{getattr(document, name)}”"
        for document, whole in zip(standing, wholes, strict=True)
        for name in _STANDS
        if getattr(document, name) != whole.row[name]
    ]
    require_none(
        "修改不能改变指标文的业务、标题和日期", other, rule="编制时已登入单据目录，以目录为准",
        hint="请照原样填写这几栏；确要改变的，作废后用原文号重新编制",
    )  # fmt: skip


#: A place of use and what is used there: fiscal year and region; a coding block and its tags.
_Used = tuple[tuple[int, str], Coding, Sequence[str]]


def _used_by(drafts: Iterable[Draft]) -> Iterator[_Used]:
    for draft in drafts:
        for line in draft.lines:
            if line.coding is not None:
                yield (draft.fiscal_year, draft.mof_div_code), line.coding, line.tags


def _put_on(drafts: Iterable[Draft], quotas: Mapping[str, QuotaFacts]) -> Iterator[Used]:
    """The blocks on which documents put money: quotas that they bring about, add to or spend."""
    for draft in drafts:
        for line in draft.lines:
            stands = quotas.get(line.bgt_id) if draft.operation in ("swap", "settle_advance") else None
            coding = line.coding or (stands.coding if stands else None)
            if coding is not None and line.amount_fen > 0:
                yield _use(draft.doc_key, line.bgt_id, coding, line.amount_fen, line.stage)


def _put_on_now(documents: Mapping[str, Iterable[Movement]]) -> Iterator[Used]:
    for key, movements in documents.items():
        for m in movements:
            if (m.is_given_elements or m.advance is not None) and m.amount_fen > 0:
                yield _use(key, m.quota.bgt_id, m.quota.coding, m.amount_fen, m.stage)


def _use(document: str, bgt_id: str, coding: Coding, fen: int, stage: str) -> Used:
    state = State.PENDING if stage == PENDING else State.QUOTA
    return Used(document, f"指标 {bgt_id}", coding, fen, state)


def _used_now(lines: Iterable[Iterable[Movement]]) -> Iterator[_Used]:
    for movement in (m for found in lines for m in found if m.is_given_elements):
        coding = movement.quota.coding
        yield (coding.fiscal_year, coding.mof_div_code), coding, movement.quota.tags


def _require_usable(conn: psycopg.Connection[Any], used: Iterable[_Used]) -> None:
    """Nothing disabled can be used: agencies, projects, themes and tags of new quotas, by region and year."""
    places: dict[tuple[int, str], list[tuple[Coding, Sequence[str]]]] = defaultdict(list)
    for place, coding, tags in used:
        places[place].append((coding, tags))
    for (year, region), found in places.items():
        codings = [coding for coding, _ in found]
        elements.require_usable(
            conn, year, region,
            agency_codes={c.agency_code for c in codings}, pro_codes={c.pro_code for c in codings},
            theme_codes={c.theme_code for c in codings}, tag_codes={t for _, tags in found for t in tags},
        )  # fmt: skip


def review(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """The business office's review (业务处审核)."""
    return move_last(conn, QUOTA_DOCUMENT, doc_keys, "review", by=by, on=on)


def send_back(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date, note: str
) -> list[bool]:
    """Back to the clerk (退回), with a reason."""
    return move_last(conn, QUOTA_DOCUMENT, doc_keys, "back", by=by, on=on, note=note)


def discard(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up a draft (作废); its number may be entered anew."""
    return move_last(conn, QUOTA_DOCUMENT, doc_keys, "discard", by=by, on=on, note=note)


def approve(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """The budget office approves (预算科复核): quotas come about and the entries are posted.

    Raises QuotaShortfall naming every quota or class of the budget that does not cover its lines, RuleBroken
    where more is charged to an advance than was advanced.
    """
    return in_transaction(conn, lambda: _approve(conn, doc_keys, by, on))


def _approve(conn: psycopg.Connection[Any], doc_keys: Sequence[str], by: By, on: date) -> list[bool]:
    keys = current(conn, QUOTA_DOCUMENT, doc_keys)
    issued = advance(conn, QUOTA_DOCUMENT, keys, "approve", by=by, on=on)
    if issued:
        quota_store.create_quotas(conn, [document.doc_key for document in issued], on)
        lines = of_classes(conn, issued, quota_store.movements(conn, issued))
        _require_usable(conn, _used_now(lines.values()))
        findings.record(conn, require_fitting(conn, _put_on_now(lines)), on=on)
        vouchers = [entry for document in issued for entry in entries(document, lines[document.doc_key], on)]
        require_available(conn, vouchers, _names(lines.values()))
        post(conn, vouchers)
        require_settled_well(conn, issued)
    return taken(keys, issued)


def _names(groups: Iterable[Iterable[Movement]]) -> dict[Coding, str]:
    quotas = (q for group in groups for m in group for q in (m.quota, m.origin) if q is not None)
    return {quota.coding: f"指标 {quota.bgt_id}" for quota in quotas}


def run(conn: psycopg.Connection[Any], drafts: Sequence[Draft], **signed: Unpack[Signed]) -> list[bool]:
    """Make, review and approve in one transaction: True where a document was issued by this call."""
    keys, on = [draft.doc_key for draft in drafts], signed["on"]

    def work() -> list[bool]:
        make_drafts(conn, drafts, by=signed["by"], on=on)
        review(conn, keys, by=signed["reviewed_by"], on=on)
        return approve(conn, keys, by=signed["approved_by"], on=on)

    return in_transaction(conn, work)


# ---- what is there


def require_available(
    conn: psycopg.Connection[Any], vouchers: Iterable[Entry], names: Mapping[Coding, str]
) -> None:
    """Refuse vouchers that would overdraw a control account, naming each coding block that is short.

    The balances stay locked until the end of the transaction.

    Raises QuotaShortfall (支出预算余额控制支出指标、支出指标余额控制资金支付). No budget, no spending.
    """
    needs = [(account, coding, -fen) for (account, coding), fen in _net(vouchers).items() if fen < 0]
    ids = intern_codings(conn, {coding for _, coding, _ in needs})
    left = hold(conn, [Demand(account, ids[coding], fen) for account, coding, fen in needs])
    short = [
        f"{names.get(coding) or _class_name(coding)}（{_account_name(account)}余 "
        f"{format_fen(left[number], '元')}，需 {format_fen(fen, '元')} 元）"
        for number, (account, coding, fen) in enumerate(needs)
        if number in left
    ]
    if short:
        near = left_nearby(conn, [needs[number][:2] for number in left])
        raise QuotaShortfall(
            f"余额不足：{listed(short)}{'；同类有余：' + '、'.join(near) if near else ''}",
            rule="先有预算、再有指标、后有支出；支出预算余额控制支出指标、支出指标余额控制资金支付（财办〔2022〕36号）",
            hint=_hint_for([needs[number][:2] for number in left])
            + ("；额度在同类的其他科目、来源上的，请改用所列的" if near else ""),
            details={"refused": len(short), "short": short[:20], "near": near},
        )


Cell = tuple[str, Coding]


def _hint_for(short: Sequence[Cell]) -> str:
    """What to do about what is short; of a document from above it may have gone into the own budget."""
    usual = "请减少金额，或先追加、解冻、释放占用、撤回在途申请"
    if not all(account == SOURCE_PENDING and coding.sup_bgt_doc_no for account, coding in short):
        return usual
    return (
        "请减少金额；该文件的资金已作何用见 fisc transfers list-sources、list-waiting：已安排列入本级预算的，"
        "请退回作废本指标文，改用指标录入（fisc budget make-quotas），安排依据写 approved 已批预算"
    )


def _net(vouchers: Iterable[Entry]) -> dict[Cell, int]:
    """What control accounts gain, in their normal side, by account and coding block."""
    sums: dict[Cell, int] = defaultdict(int)
    for entry in vouchers:
        for line in entry.lines:
            account = rules.account(line.account)
            if account is not None and account.floor_fen is not None:
                sums[line.account, line.coding] += account.normal_side * line.side * line.amount_fen
    return sums


def _class_name(coding: Coding) -> str:
    code = coding.exp_func_code or coding.tp_func_code
    mark = "，上年结转" if coding.bgt_type_code == CARRIED else ""
    fund = f"（资金性质 {funds.words(coding.fund_type_code)}{mark}）"
    of = f"上级文 {coding.sup_bgt_doc_no}" if coding.sup_bgt_doc_no else ""
    of = of or (f"项目 {coding.pro_code} " if coding.pro_code else "")
    if code:
        return f"{of}{'的' if of else ''}支出预算 {code}{fund}"
    return f"{of or '预算来源'}{fund}"


def _account_name(name: str) -> str:
    account = rules.account(name)
    return account.name if account is not None else name
