-- Floors over several coding blocks together. What a control account keeps for one block (ledger.balance), a
-- domain's guard asks here for a region and a budget: a debt is repaid from another block than it came on.

-- An element of a block by its name; those that guards ask of many blocks are told without making the block a document.
create or replace function ledger.element(c ledger.coding, name text) returns text language sql stable as $$
    select case name when 'fund_type_code' then c.fund_type_code when 'debt_move_code' then c.debt_move_code
                     when 'rec_div_code' then c.rec_div_code else to_jsonb(c) ->> name end
$$;

-- Groups (region, budget, elements) in which an entry of a document lowered what `of_accounts` ('book:code', all with one normal
-- side) hold, or its reversal did, and which stand below zero together. The budget is what fund codes begin with.
create or replace function ledger.below_zero(of_document bigint, of_accounts text[], of_elements text[])
returns table (mof_div_code text, budget text, elements text, fen bigint) language sql stable as $$
    with account as materialized (
        select a.id, a.normal_side from unnest(of_accounts) o(account)
        join ledger.account a on a.book || ':' || a.code = o.account
    ), own as materialized (
        select e.id from ledger.entry e where e.document_id = of_document
        union all select r.id from ledger.entry e join ledger.entry r on r.reverses_id = e.id
                  where e.document_id = of_document
    ), lowered as materialized ( -- few: what the document itself moved
        select p.entry_id, p.coding_id, sum(p.amount_fen * a.normal_side) as fen
        from own join ledger.posting p on p.entry_id = own.id join account a on a.id = p.account_id group by 1, 2
    ), changed as materialized (
        select distinct l.mof_div_code, l.budget, l.elements from (
            select c.mof_div_code, left(c.fund_type_code, 2) as budget, g.elements
            from lowered p join ledger.coding c on c.id = p.coding_id
            cross join lateral (select coalesce(string_agg(ledger.element(c, one), ' '), '') as elements
                                from unnest(of_elements) one) g
            group by 1, 2, 3, p.entry_id having sum(p.fen) < 0) l
    ), held as materialized ( -- blocks of these accounts alone, not all of the region
        select b.coding_id, sum((b.debit_fen - b.credit_fen) * a.normal_side) as fen
        from account a join ledger.balance_month b on b.account_id = a.id
        where exists (select from changed) group by 1
    )
    select s.mof_div_code, s.budget, s.elements, sum(h.fen)::bigint
    from held h join ledger.coding c on c.id = h.coding_id
    join changed s on s.mof_div_code = c.mof_div_code and s.budget = left(c.fund_type_code, 2)
    where (select coalesce(string_agg(ledger.element(c, one), ' '), '') from unnest(of_elements) one) = s.elements
    group by 1, 2, 3 having sum(h.fen) < 0
$$;

-- What accounts ('book:code', all with one normal side) hold for a region and a budget, on blocks whose elements are
-- these; null where nothing was ever posted to them.
create or replace function ledger.stands(of_region text, of_budget text, of_accounts text[], of_elements jsonb)
returns bigint language sql stable as $$
    with held as materialized (
        select m.coding_id, sum((m.debit_fen - m.credit_fen) * a.normal_side) as fen
        from unnest(of_accounts) o(account) join ledger.account a on a.book || ':' || a.code = o.account
        join ledger.balance_month m on m.account_id = a.id group by 1
    )
    select sum(h.fen)::bigint from held h join ledger.coding c on c.id = h.coding_id
    where c.mof_div_code = of_region and left(c.fund_type_code, 2) = of_budget and to_jsonb(c) @> of_elements
$$;

-- The most that accounts ('book:code', all with one normal side) held in a year for a region and a budget, on blocks whose
-- elements are these: what stood before it, and what was added within it. Null where nothing was ever posted.
create or replace function ledger.stood_most(of_region text, of_budget text, in_year int, of_accounts text[], of_elements jsonb)
returns numeric language sql stable as $$
    with held as materialized (
        select m.coding_id, sum(case when m.period <= in_year * 100 then (m.debit_fen - m.credit_fen) * a.normal_side
                                     when a.normal_side > 0 then m.debit_fen else m.credit_fen end) as fen
        from unnest(of_accounts) o(account) join ledger.account a on a.book || ':' || a.code = o.account
        join ledger.balance_month m on m.account_id = a.id where m.period < (in_year + 1) * 100 group by 1
    )
    select sum(h.fen) from held h join ledger.coding c on c.id = h.coding_id
    where c.mof_div_code = of_region and left(c.fund_type_code, 2) = of_budget and to_jsonb(c) @> of_elements
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

-- Whether an entry was posted from a document.
create or replace function ledger.is_of(of_entry bigint, of_document bigint) returns boolean language sql stable as $$
    select exists (select from ledger.entry e where e.id = of_entry and e.document_id = of_document)
$$;
