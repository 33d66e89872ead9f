-- The one way in. Columns come as arrays (texts joined by 0x1f), so that one entry or a
-- million take the same path: one statement per table, checked by the guards.

create function ledger.split(joined text, n integer) returns text[] language sql immutable parallel safe
    return case when n = 1 then array[joined] else string_to_array(joined, e'\x1f') end;

create function ledger.post(
    e_region smallint[], e_period integer[], e_date date[], e_document bigint[], e_reverses bigint[],
    e_lines smallint[], e_key text, e_source_ref text, e_rule text, e_summary text,
    p_entry integer[], p_line smallint[], p_account smallint[], p_coding integer[],
    p_amount bigint[], p_side smallint[], out ids bigint[], out is_new boolean[])
language plpgsql as $$
declare
    n integer := cardinality(e_region);
    keys text[] := ledger.split(e_key, n);
    fresh bigint[];
    known_at timestamptz;
begin
    -- The lock comes before the clock: who holds it alone knows that no earlier moment is open.
    perform pg_advisory_xact_lock_shared(ledger.lock_class(), r)
        from (select distinct r from unnest(e_region) r order by r) t;
    known_at := clock_timestamp();
    select array_agg(nextval('ledger.entry_id_seq')) into ids from generate_series(1, n);
    with added as (
        insert into ledger.entry (id, document_id, reverses_id, posted_at, period, business_date, region_id,
                                  line_count, natural_key, source_ref, rule_code, summary)
        select u.id, nullif(u.document_id, 0), nullif(u.reverses_id, 0), known_at, u.period, u.business_date,
               u.region_id, u.line_count, u.natural_key, u.source_ref, u.rule_code, u.summary
        from unnest(ids, e_document, e_reverses, e_period, e_date, e_region, e_lines, keys,
                    ledger.split(e_source_ref, n), ledger.split(e_rule, n), ledger.split(e_summary, n))
             as u(id, document_id, reverses_id, period, business_date, region_id, line_count,
                  natural_key, source_ref, rule_code, summary)
        on conflict (natural_key) do nothing
        returning id)
    select array_agg(id) into fresh from added;
    fresh := coalesce(fresh, '{}');
    if cardinality(fresh) = n then
        insert into ledger.posting (entry_id, amount_fen, coding_id, period, account_id, line, side)
            select ids[u.entry], u.amount_fen, u.coding_id, e_period[u.entry], u.account_id, u.line, u.side
            from unnest(p_entry, p_line, p_account, p_coding, p_amount, p_side)
                 as u(entry, line, account_id, coding_id, amount_fen, side);
        is_new := array_fill(true, array[n]);
    else
        select p.ids, p.is_new into ids, is_new from ledger.post_with_repeats(
            ids, fresh, keys, e_region, e_period, e_date, e_lines,
            p_entry, p_line, p_account, p_coding, p_amount, p_side) p;
    end if;
end $$;

-- Some keys were posted before: post the rest, and check that the repeats say the same.
create function ledger.post_with_repeats(
    given bigint[], fresh bigint[], keys text[], e_region smallint[], e_period integer[], e_date date[],
    e_lines smallint[], p_entry integer[], p_line smallint[], p_account smallint[], p_coding integer[],
    p_amount bigint[], p_side smallint[], out ids bigint[], out is_new boolean[])
language plpgsql as $$
declare differs text;
begin
    insert into ledger.posting (entry_id, amount_fen, coding_id, period, account_id, line, side)
        select f.id, u.amount_fen, u.coding_id, e_period[u.entry], u.account_id, u.line, u.side
        from unnest(p_entry, p_line, p_account, p_coding, p_amount, p_side)
             as u(entry, line, account_id, coding_id, amount_fen, side)
        join unnest(fresh) as f(id) on f.id = given[u.entry];
    select array_agg(e.id order by k.ord), array_agg(e.id = given[k.ord] order by k.ord)
        into ids, is_new
        from unnest(keys) with ordinality as k(natural_key, ord)
        join ledger.entry e on e.natural_key = k.natural_key;
    with repeated as (
        select k.ord::integer, e.id from unnest(ids, is_new) with ordinality as k(id, fresh, ord)
        join ledger.entry e on e.id = k.id where not k.fresh),
    said as (
        select r.id, u.line, u.account_id, u.coding_id, u.amount_fen, u.side, e_period[u.entry] as period
        from repeated r join unnest(p_entry, p_line, p_account, p_coding, p_amount, p_side)
             as u(entry, line, account_id, coding_id, amount_fen, side) on u.entry = r.ord),
    stands as (
        select p.entry_id, p.line, p.account_id, p.coding_id, p.amount_fen, p.side, p.period
        from ledger.posting p where p.entry_id = any (array(select id from repeated))),
    other as (
        (select * from said except select * from stands)
        union all (select * from stands except select * from said))
    select e.natural_key into differs from (
        select id from other
        union all
        select r.id from repeated r join ledger.entry e on e.id = r.id
        where (e.region_id, e.period, e.business_date, e.line_count)
              <> (e_region[r.ord], e_period[r.ord], e_date[r.ord], e_lines[r.ord])) d
    join ledger.entry e on e.id = d.id order by e.id limit 1;
    if differs is not null then
        perform ledger.refuse('FS004', format('凭证 %s 已经入账，但这次的内容不同', differs),
            '同一业务事件只记一次账',
            '若要更正，请先红字冲销，再用新的业务编号记账', jsonb_build_object('natural_key', differs));
    end if;
end $$;
