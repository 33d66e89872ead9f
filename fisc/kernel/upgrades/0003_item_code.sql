-- The register item of a coding block becomes elements of its own: what it was is put aside with the element
-- that takes it. 015_coding.sql then rewrites the blocks, and 020_guards.sql puts the guard back.

-- Coding blocks that had a register item before its meanings had elements of their own: the item, the key
-- of then, and the element that took it. What was sealed of them is proven from this.
create table ledger.coding_before (
    id            integer primary key,
    item_code     text not null check (item_code <> ''),
    elements_key  uuid not null,
    element       text not null
);

-- What an item means is told by the accounts its block stands on; on the treasury's, where several meanings
-- meet, by the texts that the program itself wrote.
insert into ledger.coding_before (id, item_code, elements_key, element)
select c.id, c.item_code, c.elements_key, case
    when 'debt_register' = any(k.books) then 'debt_type_code'
    when 'tax_register' = any(k.books) then 'relief_code'
    when 'capital_register:K120' = any(k.accounts) then 'sector_code'
    when 'capital_register' = any(k.books) then 'loan_no'
    when 'quota:9691' = any(k.accounts) or 'quota:9692' = any(k.accounts) then 'cut_scope_code'
    when c.item_code = '支付执行机构' then 'book_owner_code'
    when c.item_code = '上年退款' then 'is_last_year'
    when c.item_code = '改列科目' then 'is_reclassified'
    when c.item_code ~ '^(投资成本|登记投资|损益调整|应收股利):' then 'equity_part_code'
    when c.fund_type_code = '14' then 'scheme_code'
    when c.item_code ~ '^[0-9]{9}$' then 'from_div_code'
    else 'table_part_code' end
from ledger.coding c
left join (select m.coding_id, array_agg(distinct a.book) as books,
                  array_agg(distinct a.book || ':' || a.code) as accounts
           from ledger.balance_month m join ledger.account a on a.id = m.account_id
           group by m.coding_id) k on k.coding_id = c.id
where c.item_code <> '';

alter table ledger.coding drop constraint key_is_of_elements;
drop function ledger.elements_text(ledger.coding);
drop trigger append_only on ledger.coding;
alter table ledger.coding
    drop column item_code,
    add column table_part_code text not null default '',
    add column scheme_code text not null default '',
    add column debt_type_code text not null default '',
    add column debt_move_code text not null default '',
    add column relief_code text not null default '',
    add column cut_scope_code text not null default '',
    add column from_div_code text not null default '',
    add column enterprise_code text not null default '',
    add column equity_part_code text not null default '',
    add column sector_code text not null default '',
    add column loan_no text not null default '',
    add column book_owner_code text not null default '',
    add column is_last_year text not null default '',
    add column is_reclassified text not null default '';
