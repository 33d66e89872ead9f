-- Accounts that a domain watches: what a set of postings moves on them is handed to a function of the domain's, which
-- refuses what must not be, whoever posts.

create table if not exists ledger.watching (
    name      text primary key,
    accounts  text[] not null,
    asked     text not null
);

-- Declares accounts ('book:code') and the function that is asked; it takes an array of what moved (jsonb): account, elements,
-- period, document, its kind, the entry's key, fen (credit less debit).
create or replace function ledger.watch(of_name text, of_accounts text[], of_function text) returns void language sql as $$
    insert into ledger.watching values (of_name, of_accounts, of_function)
    on conflict (name) do update set accounts = excluded.accounts, asked = excluded.asked
$$;

create or replace function ledger.guard_watching() returns trigger language plpgsql as $$
declare
    one record;
    moved jsonb;
begin
    for one in
        select w.asked, array(select a.id from ledger.account a where a.book || ':' || a.code = any(w.accounts)) as ids
        from ledger.watching w order by w.name
    loop
        continue when not exists (select from added where account_id = any(one.ids));
        select jsonb_agg(to_jsonb(m)) into moved from (
            select a.book || ':' || a.code as account, c.mof_div_code, c.fund_type_code, c.rev_func_code, c.exp_func_code,
                   c.bgt_type_code, c.sup_bgt_doc_no, n.period, d.id as document_id, d.kind,
                   min(e.natural_key) as natural_key, -sum(n.amount_fen)::bigint as fen
            from added n join ledger.account a on a.id = n.account_id join ledger.coding c on c.id = n.coding_id
            join ledger.entry e on e.id = n.entry_id join ledger.document d on d.id = e.document_id
            where n.account_id = any(one.ids)
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(n.amount_fen) <> 0) m;
        continue when moved is null;
        execute format('select %s($1)', one.asked) using moved;
    end loop;
    return null;
end $$;
-- by its name after what carries postings into the balances
create or replace trigger guard_watching after insert on ledger.posting
    referencing new table as added for each statement execute function ledger.guard_watching();

-- What a year's periods, its opening to `last_month`, moved on accounts ('book:code') of a region, credit less debit.
create or replace function ledger.moved_on(of_region text, of_accounts text[], in_year int, last_month int)
returns table (account text, fund_type_code text, rev_func_code text, exp_func_code text, bgt_type_code text,
               sup_bgt_doc_no text, fen bigint) language sql stable as $$
    select a.book || ':' || a.code, c.fund_type_code, c.rev_func_code, c.exp_func_code, c.bgt_type_code, c.sup_bgt_doc_no,
           sum(m.credit_fen - m.debit_fen)::bigint
    from ledger.account a join ledger.balance_month m on m.account_id = a.id join ledger.coding c on c.id = m.coding_id
    where a.book || ':' || a.code = any(of_accounts) and c.mof_div_code = of_region
      and m.period between in_year * 100 and in_year * 100 + last_month
    group by 1, 2, 3, 4, 5, 6
$$;

-- As `moved_on`, of one document from above, in the months of the years from `first_year` to `last_year`.
create or replace function ledger.moved_under(of_region text, of_accounts text[], first_year int, last_year int,
    of_fund text, of_number text)
returns table (exp_func_code text, tp_func_code text, fen bigint) language sql stable as $$
    select c.exp_func_code, c.tp_func_code, sum(m.credit_fen - m.debit_fen)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id join ledger.account a on a.id = m.account_id
    where c.sup_bgt_doc_no = of_number and c.mof_div_code = of_region and c.fund_type_code = of_fund
      and a.book || ':' || a.code = any(of_accounts) and m.period % 100 <= 12
      and m.period between first_year * 100 and last_year * 100 + 12
    group by 1, 2
$$;

-- What stands under numbers of documents of a region's fund (its whole code): what a year's months moved in books, credit
-- less debit, by account ('book:code') and the elements that tell what it is.
create or replace function ledger.moved_by_number(of_region text, of_books text[], of_fund text, in_year int, last_month int)
returns table (account text, rev_func_code text, exp_func_code text, tp_func_code text, bgt_type_code text,
               sup_bgt_doc_no text, cor_bgt_doc_no text, fen bigint) language sql stable as $$
    select a.book || ':' || a.code, c.rev_func_code, c.exp_func_code, c.tp_func_code, c.bgt_type_code,
           c.sup_bgt_doc_no, c.cor_bgt_doc_no, sum(m.credit_fen - m.debit_fen)::bigint
    from ledger.coding c join ledger.balance_month m on m.coding_id = c.id join ledger.account a on a.id = m.account_id
    where c.mof_div_code = of_region and c.fund_type_code = of_fund and (c.sup_bgt_doc_no <> '' or c.cor_bgt_doc_no <> '')
      and a.book = any(of_books) and m.period between in_year * 100 and in_year * 100 + last_month
    group by 1, 2, 3, 4, 5, 6, 7
$$;

-- As `moved_on`, of one functional class, document by document.
create or replace function ledger.moved_by(of_region text, of_accounts text[], in_year int, of_func text)
returns table (document_id bigint, fund_type_code text, bgt_type_code text, fen bigint) language sql stable as $$
    select e.document_id, c.fund_type_code, c.bgt_type_code, -sum(p.amount_fen)::bigint
    from ledger.coding c join ledger.posting p on p.coding_id = c.id join ledger.entry e on e.id = p.entry_id
    join ledger.account a on a.id = p.account_id
    where a.book || ':' || a.code = any(of_accounts) and c.mof_div_code = of_region and c.fiscal_year = in_year
      and c.exp_func_code = of_func
    group by 1, 2, 3
$$;

-- What documents of these kinds moved in a year's months on an account ('book:code') of a region, credit less debit.
create or replace function ledger.moved_by_kinds(of_region text, of_account text, in_year int, of_kinds text[])
returns table (fund_type_code text, bgt_type_code text, sup_bgt_doc_no text, fen bigint) language sql stable as $$
    select c.fund_type_code, c.bgt_type_code, c.sup_bgt_doc_no, -sum(p.amount_fen)::bigint
    from ledger.coding c join ledger.posting p on p.coding_id = c.id
    join ledger.account a on a.id = p.account_id and a.book || ':' || a.code = of_account
    join ledger.entry e on e.id = p.entry_id join ledger.document d on d.id = e.document_id
    where c.mof_div_code = of_region and c.fiscal_year = in_year and c.rev_func_code <> ''
      and p.period between in_year * 100 and in_year * 100 + 12 and d.kind = any(of_kinds)
    group by 1, 2, 3
$$;
