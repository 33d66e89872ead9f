-- Floors over several coding blocks together. What a control account keeps for one block (ledger.balance), a
-- domain's guard asks here for a region and a budget: a debt is repaid from another block than it came on.

-- Groups (region, budget, elements) in which an entry of a document lowered what `of_accounts` ('book:code', all with one normal
-- side) hold, or its reversal did, and which stand below zero together. The budget is what fund codes begin with.
create or replace function ledger.below_zero(of_document bigint, of_accounts text[], of_elements text[])
returns table (mof_div_code text, budget text, elements text, fen bigint) language sql stable as $$
    with account as (
        select a.id, a.normal_side from ledger.account a where a.book || ':' || a.code = any(of_accounts)
    ), changed as (
        select c.mof_div_code, left(c.fund_type_code, 2) as budget, g.elements
        from ledger.entry e join ledger.posting p on p.entry_id = e.id join account a on a.id = p.account_id
        join ledger.coding c on c.id = p.coding_id
        cross join lateral (select coalesce(string_agg(to_jsonb(c) ->> one, ' '), '') as elements
                            from unnest(of_elements) one) g
        where e.document_id = of_document
           or e.reverses_id in (select own.id from ledger.entry own where own.document_id = of_document)
        group by 1, 2, 3, e.id having sum(p.amount_fen * a.normal_side) < 0
    )
    select s.mof_div_code, s.budget, s.elements, sum(m.fen)::bigint
    from (select distinct * from changed) s
    join ledger.coding c on c.mof_div_code = s.mof_div_code and left(c.fund_type_code, 2) = s.budget
        and (select coalesce(string_agg(to_jsonb(c) ->> one, ' '), '') from unnest(of_elements) one) = s.elements
    join (select b.coding_id, (b.debit_fen - b.credit_fen) * a.normal_side as fen
          from account a join ledger.balance_month b on b.account_id = a.id) m on m.coding_id = c.id
    group by 1, 2, 3 having sum(m.fen) < 0
$$;

-- What accounts ('book:code', all with one normal side) hold for a region and a budget, on blocks whose elements are
-- these; null where nothing was ever posted to them.
create or replace function ledger.stands(of_region text, of_budget text, of_accounts text[], of_elements jsonb)
returns bigint language sql stable as $$
    select sum((m.debit_fen - m.credit_fen) * a.normal_side)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id
    join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and left(c.fund_type_code, 2) = of_budget
      and a.book || ':' || a.code = any(of_accounts) and to_jsonb(c) @> of_elements
$$;

-- The most that accounts ('book:code', all with one normal side) held in a year for a region and a budget, on blocks whose
-- elements are these: what stood before it, and what was added within it. Null where nothing was ever posted.
create or replace function ledger.stood_most(of_region text, of_budget text, in_year int, of_accounts text[], of_elements jsonb)
returns numeric language sql stable as $$
    select sum(case when m.period <= in_year * 100 then (m.debit_fen - m.credit_fen) * a.normal_side
                    when a.normal_side > 0 then m.debit_fen else m.credit_fen end)
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id
    join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and left(c.fund_type_code, 2) = of_budget and m.period < (in_year + 1) * 100
      and a.book || ':' || a.code = any(of_accounts) and to_jsonb(c) @> of_elements
$$;

-- What a year's periods, its opening to `last_month`, moved of a region and of funds (whole codes), credit less debit,
-- by account and classes.
drop function if exists ledger.moved_of_fund(text, text, int);
drop function if exists ledger.moved_of_funds(text, text[], int, int);
create or replace function ledger.moved_of_funds(of_region text, of_funds text[], in_year int, last_month int)
returns table (account text, rev_func_code text, exp_func_code text, tp_func_code text, bgt_type_code text, fen bigint)
language sql stable as $$
    select a.book || ':' || a.code, c.rev_func_code, c.exp_func_code, c.tp_func_code, c.bgt_type_code,
           sum(m.credit_fen - m.debit_fen)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id
    join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and c.fund_type_code = any(of_funds)
      and m.period between in_year * 100 and in_year * 100 + last_month
    group by 1, 2, 3, 4, 5
$$;

-- The accounts ('book:code') that tell of a purse of cash.
create or replace function ledger.accounts_of_pool(of_pool text) returns text[] language sql stable as $$
    select array(select a.book || ':' || a.code from ledger.pool p join ledger.pool_account m on m.pool_id = p.id
                 join ledger.account a on a.id = m.account_id where p.code = of_pool order by 1)
$$;

-- Coding blocks on which the entries of a document lowered what accounts ('book:code') hold.
create or replace function ledger.lowered_by(of_document bigint, of_accounts text[])
returns table (block jsonb) language sql stable as $$
    select to_jsonb(c) from (
        select p.coding_id from ledger.entry e join ledger.posting p on p.entry_id = e.id
        join ledger.account a on a.id = p.account_id
        where e.document_id = of_document and a.book || ':' || a.code = any(of_accounts)
        group by 1 having sum(p.amount_fen * a.normal_side) < 0) l
    join ledger.coding c on c.id = l.coding_id
$$;
