-- Documents enter the ledger's directory as they are made: every entry names one, and its row here is
-- sealed with the digest of what it said.

-- Records documents of one kind, given as lists: key, region, year, the number and title of the paper, its
-- day, the file it came in, and a digest of its content. One row a document: its place in the lists, its id,
-- whether it is new, and whether it was recorded with the same content.
create or replace function ledger.record(of_kind text, keys text[], regions text[], years smallint[], doc_nos text[],
    titles text[], days date[], source_names text[], source_digests text[], contents text[])
returns table (ord integer, id bigint, is_new boolean, is_same boolean)
language plpgsql set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    fresh bigint[];
    unknown text;
    known_at timestamptz := ledger.clock();  -- read once a set, as in posting
begin
    if cardinality(keys) = 1 then  -- a new one is written without a list
        insert into ledger.document (natural_key, kind, doc_no, title, region_id, fiscal_year, dated_on,
                                     source_name, source_sha256, payload, recorded_at)
        select of_kind || ':' || keys[1], of_kind, doc_nos[1], titles[1], r.id, years[1], days[1],
               source_names[1], source_digests[1], jsonb_build_object('content', contents[1]), known_at
        from ledger.region r where r.mof_div_code = regions[1]
        on conflict (natural_key) do nothing returning document.id into id;
        if found then
            ord := 1;
            is_new := true;
            is_same := true;
            return next;
            return;
        end if;
    end if;
    with asked as (
        select g.*, r.id as region_id from unnest(keys, regions, years, doc_nos, titles, days, source_names,
            source_digests, contents) with ordinality as g(key, region, year, doc_no, title, dated_on,
                                                           source_name, source_sha256, content, ord)
        left join ledger.region r on r.mof_div_code = g.region),
    added as (
        insert into ledger.document (natural_key, kind, doc_no, title, region_id, fiscal_year, dated_on,
                                     source_name, source_sha256, payload, recorded_at)
        select of_kind || ':' || a.key, of_kind, a.doc_no, a.title, a.region_id, a.year, a.dated_on,
               a.source_name, a.source_sha256, jsonb_build_object('content', a.content), known_at
        from asked a where a.region_id is not null order by a.ord
        on conflict (natural_key) do nothing returning document.id)
    select array(select added.id from added), (select min(a.region) from asked a where a.region_id is null)
        into fresh, unknown;
    if unknown is not null then
        perform ledger.refuse('FS005', format('账上没有区划 %s', unknown), '区划先登记后使用', '请先登记区划并开设年度');
    end if;
    if cardinality(fresh) = cardinality(keys) then  -- all are new, in the order given
        return query select u.ord::integer, u.id, true, true from unnest(fresh) with ordinality as u(id, ord);
        return;
    end if;
    return query
        select g.ord::integer, d.id, f.id is not null, coalesce(d.payload ->> 'content', (
                   select a.content from ledger.adopted_document a where a.id = d.id)) = g.content
        from unnest(keys, contents) with ordinality as g(key, content, ord)
        join ledger.document d on d.natural_key = of_kind || ':' || g.key
        left join unnest(fresh) as f(id) on f.id = d.id;
end $$;

-- Whether a document stands in the directory under this id with this key, region and year.
create or replace function ledger.is_recorded(document_id bigint, of_key text, of_region text, of_year smallint)
returns boolean language plpgsql stable set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
    return exists (
        select from ledger.document d join ledger.region r on r.id = d.region_id
        where d.id = document_id and d.natural_key = of_key and r.mof_div_code = of_region
          and d.fiscal_year = of_year);
end $$;

-- What the directory keeps of the documents of a kind, for who holds them against it: place, what was kept, and the digest of
-- what they said (of documents adopted from older ledgers, as it was taken over).
create or replace function ledger.kept_of(of_kind text)
returns table (id bigint, natural_key text, fiscal_year smallint, mof_div_code text, payload jsonb, content text)
language sql stable as $$
    select d.id, d.natural_key, d.fiscal_year, r.mof_div_code, d.payload, coalesce(d.payload ->> 'content', a.content)
    from ledger.document d join ledger.region r on r.id = d.region_id
    left join ledger.adopted_document a on a.id = d.id
    where d.kind = of_kind
$$;

-- The entries of the documents of a kind, each with the key of its document and what its own key adds to that ('' where
-- it is not made of it).
create or replace function ledger.booked_of(of_kind text)
returns table (document_id bigint, document_key text, event text) language sql stable as $$
    select d.id, d.natural_key,
           case when starts_with(e.natural_key, d.natural_key || ':')
                then substr(e.natural_key, length(d.natural_key) + 2) else '' end
    from ledger.document d join ledger.entry e on e.document_id = d.id where d.kind = of_kind
$$;
