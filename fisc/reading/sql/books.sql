-- What is asked of whose books are kept here.

-- Whether a government's books of a year are kept here: they are open, and not by what was published of them alone.
create or replace function reading_keeps_books(place text, in_year int) returns boolean language sql stable as $$
    select exists (
        select from ledger.region r where r.mof_div_code = place
            and exists (select from ledger.period p where p.region_id = r.id and p.period / 100 = in_year)
            and (exists (select from ledger.document d where d.region_id = r.id and d.kind <> 'published_table')
                 or not exists (select from ledger.document d where d.region_id = r.id)))
$$;
