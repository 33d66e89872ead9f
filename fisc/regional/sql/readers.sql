-- What `fisc.registry` asks of settings: those in force, in the order in which they came to hold; of two from one
-- day the one that was put in force later is the last.
create or replace function registry_own_settings() returns setof regional_setting language sql stable as $$
    select s.* from regional_setting s where s.state = 'approved'
    order by s.valid_from, s.known_at[cardinality(s.known_at)], s.id
$$;
