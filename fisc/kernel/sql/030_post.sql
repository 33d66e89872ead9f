-- The one way in. Entries and lines are given either as arrays (`ledger.post`, texts joined
-- by 0x1f; one round trip for small sets) or in two temporary tables filled by COPY
-- (`ledger.post_staged`; large sets). Both are made from the one text below, and say so while they write
-- entries (`fisc.posting`), for they see themselves that every entry comes with its postings.

create or replace function ledger.split(joined text, n integer) returns text[] language sql immutable parallel safe
    return case when n = 1 then array[joined] else string_to_array(joined, e'\x1f') end;

create or replace function ledger.stage() returns void language plpgsql set client_min_messages = warning as $$
begin
    create temporary table if not exists given_entry (
        ord integer, region_id smallint, period integer, business_date date, document_id bigint,
        reverses_id bigint, line_count smallint, natural_key text, source_ref text, rule_code text,
        summary text) on commit delete rows;
    create temporary table if not exists given_line (
        entry integer, line smallint, account_id smallint, coding_id integer, amount_fen bigint,
        side smallint) on commit delete rows;
    truncate pg_temp.given_entry, pg_temp.given_line;  -- an earlier set of the same transaction
end $$;

do $make$
declare
    body constant text := $body$
declare
    ids bigint[];
    periods integer[];
    fresh bigint[];
    expected bigint;
    written bigint;
    known_at timestamptz;
    locked text;
begin
    -- The lock comes before the clock: who holds it alone knows that no earlier moment is open.
    {lock}
    known_at := ledger.clock();
    if {count} = 1 then
        ids := array[nextval('ledger.entry_id_seq')];
    else
        ids := array(select nextval('ledger.entry_id_seq') from generate_series(1, {count}));
    end if;
    periods := {periods};
    perform set_config('fisc.posting', 'on', true);
    with added as (
        insert into ledger.entry (id, document_id, reverses_id, posted_at, period, business_date, region_id,
                                  line_count, natural_key, source_ref, rule_code, summary)
        select ids[g.ord], g.document_id, nullif(g.reverses_id, 0), known_at, g.period,
               g.business_date, g.region_id, g.line_count, g.natural_key, g.source_ref, g.rule_code, g.summary
        from {entries} g
        on conflict (natural_key) do nothing
        returning id, line_count)
    select array_agg(id), coalesce(sum(line_count), 0) into fresh, expected from added;
    perform set_config('fisc.posting', '', true);
    if cardinality(fresh) = cardinality(ids) then
        insert into ledger.posting (entry_id, amount_fen, coding_id, period, account_id, line, side)
            select ids[l.entry], l.amount_fen, l.coding_id, periods[l.entry], l.account_id, l.line, l.side
            from {lines} l;
        get diagnostics written = row_count;
        {whole}
        entry_ids := ids;
        is_new := array_fill(true, array[cardinality(ids)]);
        return;
    end if;

    -- Some keys were posted before: post the rest, and see that the repeats say the same.
    insert into ledger.posting (entry_id, amount_fen, coding_id, period, account_id, line, side)
        select f.id, l.amount_fen, l.coding_id, periods[l.entry], l.account_id, l.line, l.side
        from {lines} l join unnest(fresh) as f(id) on f.id = ids[l.entry];
    get diagnostics written = row_count;
    {whole}
    perform ledger.refuse_difference((
        with repeated as (
            select g.*, e.id from {entries} g join ledger.entry e on e.natural_key = g.natural_key
            where e.id <> ids[g.ord]),
        said as (
            select r.id, l.line, l.account_id, l.coding_id, l.amount_fen, l.side, r.period
            from repeated r join {lines} l on l.entry = r.ord),
        stands as (
            select p.entry_id, p.line, p.account_id, p.coding_id, p.amount_fen, p.side, p.period
            from ledger.posting p where p.entry_id = any (array(select id from repeated)))
        select min(d.id) from (
            (select id from (select * from said except select * from stands) x)
            union all (select entry_id from (select * from stands except select * from said) x)
            union all (select r.id from repeated r join ledger.entry e on e.id = r.id
                       where (e.region_id, e.period, e.business_date, e.line_count)
                             <> (r.region_id, r.period, r.business_date, r.line_count))) d));
    select array_agg(e.id order by g.ord), array_agg(e.id = ids[g.ord] order by g.ord)
        into entry_ids, is_new
        from {entries} g join ledger.entry e on e.natural_key = g.natural_key;
end $body$;
    -- the guard saw every entry that has postings whole; this sees that none came without
    whole constant text := $whole$if written <> expected then
            perform ledger.refuse('FS001', format('凭证 %s 没有分录', (
                select g.natural_key from {entries} g where ids[g.ord] = any (fresh)
                   and not exists (select from {lines} l where l.entry = g.ord) order by g.ord limit 1)),
                '有借必有贷，借贷必相等', '每笔凭证至少一借一贷');
        end if;$whole$;
    lock_each constant text := 'perform pg_advisory_xact_lock_shared(ledger.lock_class(), r)
        from (select distinct region_id as r from %s order by 1) t;';
    -- an expression, which needs no plan
    array_lock constant text := format($lock$if cardinality(e_region) = 1 then
        locked := pg_advisory_xact_lock_shared(ledger.lock_class(), e_region[1])::text;
    else
        %s
    end if;$lock$, format(lock_each, 'unnest(e_region) as g(region_id)'));
    array_entries constant text := $from$(
        select * from unnest(e_region, e_period, e_date, e_document, e_reverses, e_lines,
            ledger.split(e_key, cardinality(e_region)), ledger.split(e_source_ref, cardinality(e_region)),
            ledger.split(e_rule, cardinality(e_region)), ledger.split(e_summary, cardinality(e_region)))
            with ordinality as u(region_id, period, business_date, document_id, reverses_id, line_count,
                                 natural_key, source_ref, rule_code, summary, ord))$from$;
    array_lines constant text := $from$(
        select * from unnest(p_entry, p_line, p_account, p_coding, p_amount, p_side)
            as u(entry, line, account_id, coding_id, amount_fen, side))$from$;
    arrays constant text[] := array[
        ['{whole}', whole], ['{entries}', array_entries], ['{lines}', array_lines],
        ['{lock}', array_lock], ['{count}', 'cardinality(e_region)'],
        ['{periods}', 'e_period']];
    staged constant text[] := array[
        ['{whole}', whole], ['{entries}', 'pg_temp.given_entry'], ['{lines}', 'pg_temp.given_line'],
        ['{lock}', format(lock_each, 'pg_temp.given_entry')], ['{count}', '(select count(*) from pg_temp.given_entry)'],
        ['{periods}', 'array(select period from pg_temp.given_entry order by ord)']];
    of_arrays text := body;
    of_staged text := body;
    piece text[];
begin
    foreach piece slice 1 in array arrays loop
        of_arrays := replace(of_arrays, piece[1], piece[2]);
    end loop;
    foreach piece slice 1 in array staged loop
        of_staged := replace(of_staged, piece[1], piece[2]);
    end loop;
    execute 'create or replace function ledger.post(
        e_region smallint[], e_period integer[], e_date date[], e_document bigint[], e_reverses bigint[],
        e_lines smallint[], e_key text, e_source_ref text, e_rule text, e_summary text,
        p_entry integer[], p_line smallint[], p_account smallint[], p_coding integer[],
        p_amount bigint[], p_side smallint[], out entry_ids bigint[], out is_new boolean[])
        language plpgsql set plan_cache_mode = force_generic_plan as ' || quote_literal(of_arrays);
    execute 'create or replace function ledger.post_staged(out entry_ids bigint[], out is_new boolean[])
        language plpgsql as ' || quote_literal(of_staged);
end $make$;

create or replace function ledger.refuse_difference(entry_id bigint) returns void language plpgsql as $$
declare key text;
begin
    if entry_id is null then
        return;
    end if;
    select natural_key into key from ledger.entry where id = entry_id;
    perform ledger.refuse('FS004', format('凭证 %s 已经入账，但这次的内容不同', key),
        '同一业务事件只记一次账', '若要更正，请先红字冲销，再用新的业务编号记账',
        jsonb_build_object('natural_key', key));
end $$;
