-- Documents as they were known at the moment `fisc.as_of`: what the views of this schema are made with.
-- It stands before `public` in the search path of who asks as of a moment, and in nobody else's.

drop schema if exists past cascade;
create schema past;

-- The moment that is asked of.
create function past.moment() returns timestamptz language sql stable as $$
    select current_setting('fisc.as_of')::timestamptz
$$;

-- Whether what bears a moment, or of 0.1.0 a day only, was known: a day counts from its end in Beijing.
create function past.is_known(moment timestamptz, day date) returns boolean language sql stable as $$
    select coalesce(moment, (day + 1)::timestamp at time zone 'Asia/Shanghai') <= past.moment()
$$;

-- How many of a document's steps were known. The moments belong to its last steps; a step that bears none,
-- of 0.1.0, counts as known from the end of its day in Beijing, or from when a later one was known.
create function past.steps(trail jsonb, known_at timestamptz[]) returns int language sql stable as $$
    select coalesce(max(n), 0)::int from jsonb_array_elements(trail) with ordinality s(step, n)
    where past.is_known(known_at[n - jsonb_array_length(trail) + cardinality(known_at)], (step ->> 3)::date)
$$;

-- The first steps of a trail.
create function past.first(trail jsonb, steps int) returns jsonb language sql immutable as $$
    select coalesce(jsonb_agg(step order by n), '[]') from jsonb_array_elements(trail) with ordinality s(step, n)
    where n <= steps
$$;

-- How many of some moves a trail has after its first `steps`.
create function past.taken(trail jsonb, moves text[], steps int default 0) returns int language sql immutable as $$
    select count(*)::int from jsonb_array_elements(trail) with ordinality s(step, n)
    where n > steps and step ->> 0 = any (moves)
$$;

-- Stands where a value of that moment is not kept: refuses whoever asks for it.
create function past.lost(what text, of_which text default '') returns text language plpgsql stable as $$
begin
    raise exception using errcode = 'FS008',
        message = format('%s在 %s 是什么，没有留下记录%s', what,
            to_char(past.moment() at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'),
            case when of_which = '' then '' else format('（%s）', of_which) end),
        hint = '请去掉 --as-of，按现在所知取数',
        detail = jsonb_build_object('rule', '按过去某一时刻取数，只用当时所知；没有留下历史的不以现状代替')::text;
end $$;

-- Makes the views of today that rest on documents or registers again, over those of then: else who reads
-- through one would be told the present. What a view says is written as `public` has it, and read as `past`
-- has it.
create function past.follow_views() returns void language plpgsql as $$
declare one record; body text;
begin
    for one in
        with recursive resting as (
            select c.oid from pg_class c join pg_class t on t.relname = c.relname
            where c.relnamespace = 'public'::regnamespace and t.relnamespace = 'past'::regnamespace
            union
            select r.ev_class from resting
            join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = resting.oid
            join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid)
        select c.oid, c.relname from resting join pg_class c using (oid)
        where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
          and c.relowner = current_user::regrole order by c.oid
    loop
        perform set_config('search_path', 'public', true);
        body := pg_get_viewdef(one.oid);
        perform set_config('search_path', 'past, public', true);
        execute format('create view past.%I with (security_invoker = true) as %s', one.relname, body);
    end loop;
end $$;
