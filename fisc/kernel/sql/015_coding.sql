-- What a coding block is known by, and what the item meant that blocks had before it got elements of its own.

-- The coding block of an id, for statements that ask more.
create or replace function ledger.blocks(wanted int) returns setof ledger.coding language sql stable as $$
    select * from ledger.coding where id = wanted
$$;

-- The elements of ours, '' where there is none of them.
create or replace function ledger.own_elements_text(c ledger.coding) returns text language sql immutable parallel safe
    return case when
             c.table_part_code || c.scheme_code || c.debt_type_code || c.debt_move_code ||
             c.relief_code || c.cut_scope_code || c.from_div_code || c.enterprise_code ||
             c.equity_part_code || c.sector_code || c.loan_no || c.book_owner_code || c.is_last_year ||
             c.is_reclassified = '' then ''
        else e'\x1f' || c.table_part_code || e'\x1f' || c.scheme_code || e'\x1f' ||
                  c.debt_type_code || e'\x1f' || c.debt_move_code || e'\x1f' ||
                  c.relief_code || e'\x1f' || c.cut_scope_code || e'\x1f' ||
                  c.from_div_code || e'\x1f' || c.enterprise_code || e'\x1f' ||
                  c.equity_part_code || e'\x1f' || c.sector_code || e'\x1f' || c.loan_no || e'\x1f' ||
                  c.book_owner_code || e'\x1f' || c.is_last_year || e'\x1f' || c.is_reclassified end;

-- Blocks with none of our elements have the text that they had when one item stood in their place.
create or replace function ledger.elements_text(c ledger.coding) returns text language sql immutable parallel safe
    return c.fiscal_year::text || e'\x1f' || c.mof_div_code || e'\x1f' || c.fund_type_code || e'\x1f' ||
        c.agency_code || e'\x1f' || c.dept_code || e'\x1f' || c.pro_code || e'\x1f' ||
        c.exp_func_code || e'\x1f' || c.rev_func_code || e'\x1f' || c.tp_func_code || e'\x1f' ||
        c.gov_bgt_eco_code || e'\x1f' || c.dep_bgt_eco_code || e'\x1f' ||
        c.manage_mof_dep_code || e'\x1f' || c.bgt_mof_dep_code || e'\x1f' ||
        c.bgt_type_code || e'\x1f' || c.source_type_code || e'\x1f' || c.is_advance || e'\x1f' ||
        c.rec_div_code || e'\x1f' || c.budget_level_code || e'\x1f' || c.cor_bgt_doc_no || e'\x1f' ||
        c.sup_bgt_doc_no || e'\x1f' || c.is_gov_purchase || e'\x1f' || c.pay_type_code || e'\x1f' ||
        c.is_unified_pay || e'\x1f' || c.is_direct_fund || e'\x1f' || c.is_research || e'\x1f' ||
        c.is_debt || e'\x1f' || c.is_capital || e'\x1f' || c.found_type_code || e'\x1f' || c.theme_code ||
        e'\x1f' || ledger.own_elements_text(c);

create or replace function ledger.elements_key(c ledger.coding) returns uuid language sql immutable parallel safe
    return substr(encode(sha256(convert_to(ledger.elements_text(c), 'UTF8')), 'hex'), 1, 32)::uuid;

-- The elements that an item stood for: `element` says which meaning it had. The one mapping there is:
-- the upgrade rewrites by it, and `verify` holds what was rewritten against it.
create or replace function ledger.elements_of_item(element text, item text) returns jsonb language sql immutable
    return case element
        when 'debt_type_code' then jsonb_build_object('debt_type_code', split_part(item, ':', 1),
            'debt_move_code', case when strpos(item, ':') > 0 then substr(item, strpos(item, ':') + 1) else '' end)
        when 'equity_part_code' then jsonb_build_object('equity_part_code', split_part(item, ':', 1),
            'enterprise_code', substr(item, strpos(item, ':') + 1))
        when 'is_last_year' then jsonb_build_object(element, case item when '上年退款' then '1' end)
        when 'is_reclassified' then jsonb_build_object(element, case item when '改列科目' then '1' end)
        else jsonb_build_object(element, item) end;

-- Blocks whose item an upgrade has put aside are given the elements that it meant; none in a new database.
-- The step of the upgrade has taken the guard off; 020_guards.sql puts it back.
do $$
begin
    if not exists (select from ledger.coding_before b join ledger.coding c using (id, elements_key)) then
        return;
    end if;
    update ledger.coding t set
        table_part_code = (n.c).table_part_code, scheme_code = (n.c).scheme_code,
        debt_type_code = (n.c).debt_type_code, debt_move_code = (n.c).debt_move_code,
        relief_code = (n.c).relief_code, cut_scope_code = (n.c).cut_scope_code,
        from_div_code = (n.c).from_div_code, enterprise_code = (n.c).enterprise_code,
        equity_part_code = (n.c).equity_part_code, sector_code = (n.c).sector_code,
        loan_no = (n.c).loan_no, book_owner_code = (n.c).book_owner_code,
        is_last_year = (n.c).is_last_year, is_reclassified = (n.c).is_reclassified,
        elements_key = ledger.elements_key(n.c)
    from (select jsonb_populate_record(c, ledger.elements_of_item(b.element, b.item_code)) as c
          from ledger.coding_before b join ledger.coding c on c.id = b.id and c.elements_key = b.elements_key
          offset 0) n
    where t.id = (n.c).id;
end $$;

-- A coding block's key is the digest of its elements, and they hold no separators: two blocks
-- never share a key, whoever wrote them.
alter table ledger.coding drop constraint if exists key_is_of_elements, add constraint key_is_of_elements check (
    elements_key = ledger.elements_key(coding)
    and length(ledger.elements_text(coding)) - length(replace(ledger.elements_text(coding), e'\x1f', ''))
        = case ledger.own_elements_text(coding) when '' then 29 else 43 end);

-- The one form of a document's number, in which coding blocks name the document from above: as `paper_number`
-- of fisc.sheets.text, which says what does not tell numbers apart. (Blocks of before keep how theirs were written.)
create or replace function ledger.paper_number(number text) returns text language sql immutable parallel safe
return regexp_replace(regexp_replace(regexp_replace(
    translate(regexp_replace(normalize(number, nfkc), '\s', '', 'g'),
        '〔〕[]【】{}〈〉<>《》「」『』〖〗〘〙❲❳⟨⟩‐‑‒–—―−﹣號abcdefghijklmnopqrstuvwxyz',
        '()()()()()()()()()()()()()--------号ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
    '\(([0-9]{4})年?\)第?0*(?=[0-9])', '〔\1〕', 'g'), '\(([0-9]{4})年?\)', '〔\1〕', 'g'),
    '(〔[0-9]{4}〕[0-9]+)$', '\1号');

alter table ledger.coding drop constraint if exists document_in_one_form, add constraint document_in_one_form
    check (sup_bgt_doc_no = ledger.paper_number(sup_bgt_doc_no)) not valid;
