-- filter.stat.uni: filters that ask what happened.
\set ECHO none
\i helper.sql
-- What a statement finds now: a volatile call of its own.
CREATE FUNCTION listed(filter jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found jsonb := member_list(jsonb_build_object('group.filter', filter)) -> 'list';
BEGIN
    -- Who is asked one by one says the same.
    ASSERT (SELECT jsonb_object_agg(h.value, (found ? h.value)::int) FROM member.head h WHERE addr_type = 'email')
         = group_filter_match(jsonb_build_object('group.filter', filter, 'list', (SELECT jsonb_agg(value) FROM member.head WHERE addr_type = 'email'))) -> 'list';
    RETURN (SELECT string_agg(split_part(who, '@', 1), ' ' ORDER BY who) FROM jsonb_array_elements_text(found) who);
END $$;
\set ECHO all
SELECT count(member_set(name || '@example.com', jsonb_build_array(jsonb_build_array('base.city', 'set', city)))) FROM (VALUES ('anna', 'Omsk'), ('boris', 'Perm'), ('clara', 'Omsk'), ('dora', 'Omsk')) t (name, city);
SELECT member_head_attach('{"email": "dora@example.com", "head": "card", "head_addr_type": "csid"}') #> '{member,id}';
SELECT count(event_emit(jsonb_build_object('event_type', kind, 'email', name || '@example.com', 'event_date', at, 'launch_id', launch, 'event_data', data::jsonb)))
  FROM (VALUES ('send', 'anna', '2024-05-01T09:00:00Z', '1', '{}'), ('send', 'boris', '2024-05-01T09:00:00Z', '1', '{}'), ('send', 'dora', '2024-05-01T09:00:00Z', '2', '{}'),
               ('click', 'anna', '2024-05-01T20:31:00Z', '1', '{"link_url": "https://example.com/a"}'), ('click', 'anna', '2024-05-01T21:31:00Z', '1', '{"link_url": "https://example.com/b"}'),
               ('click', 'boris', '2024-05-03T06:00:00Z', '2', '{"link_url": "https://example.com/a"}')) t (kind, name, at, launch, data);
-- Whom the question finds something of; the opposite holds for all others, other heads of the body too.
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}]}}]'), listed('[{"a": "filter.stat.uni", "op": "!has", "v": {"filter": [{"a": "click.dt", "op": "exists"}]}}]');
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt:YD", "op": "==", "v": "2024-05-03"}]}}]'), listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": ">", "v": "current - 7 days"}]}}]') IS NULL AS nobody;
-- Who was sent to and did not click.
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "issue.dt", "op": "exists"}, {"a": "click.dt", "op": "is_null"}]}}]');
-- have is about each head by itself.
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}], "have": [{"a": "count(*)", "op": ">", "v": 1}]}}]');
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}], "select": ["click.link.url"], "have": [{"a": "count(*)", "op": ">", "v": 1}]}}]') IS NULL AS nobody;
-- With other conditions, in any place.
SELECT listed('[{"a": "base.city", "op": "==", "v": "Omsk"}, {"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "issue.id", "op": "==", "v": 1}]}}]');
SELECT listed('[{"op": "or", "v": [{"a": "base.city", "op": "==", "v": "Perm"}, {"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "issue.id", "op": "==", "v": 2}]}}]}]');
SELECT listed('[{"op": "!and", "v": [{"a": "filter.stat.uni", "op": "has", "v": {}}, {"a": "base.city", "op": "==", "v": "Omsk"}]}]');
SELECT group_index('base.city', true) -> 'count', listed('[{"a": "base.city", "op": "==", "v": "Omsk"}, {"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.link.url", "op": "$=", "v": "/b"}]}}]');

-- save shows the rows of each, labels say that it holds.
SELECT jsonb_pretty(member_list('{"group.filter": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}], "select": ["click.link.url", "click.dt:YD"]}, "save": "clicks", "label": "clicked"}],
    "format": [{"datakey": "member.email"}, {"save": "clicks", "datakey": "click.link.url"}, {"save": "clicks", "datakey": "click.dt:YD"}, {"save": "clicks", "datakey": "click.dt"}, {"label": "clicked"}]}'));
SELECT member_list('{"group.filter": [{"op": "or", "v": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.issue.id", "op": "==", "v": 1}], "select": ["count(*)", "max(click.dt)"]}, "save": "clicks"}, {"a": "base.city", "op": "==", "v": "Perm"}]}],
    "format": [{"datakey": "member.email"}, {"save": "clicks", "datakey": "count(*)"}]}') - 'order';
-- No more than a hundred rows of each.
SELECT count(event_emit(jsonb_build_object('event_type', 'open', 'email', 'dora@example.com', 'event_date', '2024-06-01T00:00:00Z', 'launch_id', n::text))) FROM generate_series(1, 120) n;
SELECT jsonb_array_length(member_list('{"group.filter": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "read.dt", "op": "exists"}], "select": ["read.issue.id"]}, "save": "x"}]}') #> '{save,dora@example.com,x}');

-- Groups: of filters, of lists, one in the other; in the filter of a group click.dt is a datakey.
SELECT group_create('{"id": "clicked", "type": "filter", "name": "Clicked"}'), group_create('{"id": "some", "type": "list", "name": "Some"}'), group_create('{"id": "odd", "type": "filter", "name": "Odd"}');
SELECT group_filter_set('{"id": "clicked", "filter": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}]}}]}');
SELECT group_filter_get('{"id": "clicked"}') -> 'filter', group_snapshot('{"to": {"id": "some"}, "from": {"group": "clicked", "sync": 1}}') IS NOT NULL;
SELECT member_list_count('{"group": "clicked"}') #> '{obj,total}', member_where('{"email": "boris@example.com"}') -> 'list', member_where('{"email": "clara@example.com"}') -> 'list';
SELECT listed('[{"op": "in_group", "v": "clicked"}]'), listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"op": "in_group", "v": "some"}, {"a": "click.issue.id", "op": "==", "v": 2}]}}]'), listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"op": "!in_group", "v": "clicked"}, {"a": "issue.dt", "op": "exists"}]}}]');
SELECT member_set('clara@example.com', '[["click.dt", "set", "2024-05-01"]]') ->> 'newbie', group_filter_set('{"id": "odd", "filter": [{"a": "click.dt:YD", "op": "==", "v": "2024-05-01"}]}') -> 'usage';
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"op": "in_group", "v": "odd"}, {"a": "click.dt", "op": "is_null"}]}}]');
SELECT stat_uni('{"select": ["member.email"], "filter": [{"op": "in_group", "v": "odd"}, {"a": "click.dt", "op": "is_null"}]}') -> 'list';
SELECT refusal('SELECT group_filter_set(''{"id": "odd", "filter": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"op": "in_group", "v": "odd"}]}}]}'')'), refusal('SELECT group_filter_set(''{"id": "odd", "filter": [{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"op": "in_group", "v": "none"}]}}]}'')');

-- A live group stands as it was last worked out: calls only take out who goes, and move who moves.
SELECT group_set('{"id": "clicked", "live": 1, "sync": 1}');
SELECT group_get('{"id": "clicked"}') #> '{obj,live}';
SELECT string_agg(split_part(value, '@', 1), ' ' ORDER BY value) FROM member.live_member JOIN member.head USING (dataset, id);
SELECT event_emit('{"event_type": "click", "email": "clara@example.com"}') > 0, member_set('clara@example.com', '[["base.city", "set", "Perm"]]') ->> 'newbie', member_set('new@example.com', '[]') ->> 'newbie';
SELECT string_agg(split_part(value, '@', 1), ' ' ORDER BY value) FROM member.live_member JOIN member.head USING (dataset, id);
SELECT member_merge('{"email": "dora@example.com", "head": "boris@example.com", "head_rule": "transplant"}') IS NOT NULL, member_delete('{"email": "anna@example.com"}') -> 'list';
SELECT string_agg(split_part(value, '@', 1), ' ' ORDER BY value) FROM member.live_member JOIN member.head USING (dataset, id);
-- Lists are worked out whenever they are asked for.
SELECT member_list('{"group": "clicked"}') -> 'list', group_get('{"id": "clicked"}') #> '{obj,count}';
SELECT group_set('{"id": "clicked", "live": 1, "sync": 1}');
SELECT group_get('{"id": "clicked"}') #> '{obj,count}';
SELECT event_type, split_part(a.value, '@', 1) AS who FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE event_type LIKE 'segment%' ORDER BY e.id;

SELECT filter_check('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.dt", "op": "exists"}], "have": [{"a": "count(*)", "op": ">", "v": 1}]}}]');
-- Refusals.
SELECT filter_check(jsonb_build_array(condition::jsonb)) #> '{problems,0}' FROM unnest(ARRAY['{"a": "filter.stat.uni", "op": "has", "v": []}', '{"a": "filter.stat.uni", "op": "==", "v": {}}', '{"a": "filter.stat.uni", "op": "has", "v": {"first": 1}}', '{"a": "filter.stat.uni", "op": "has", "v": {"select": ["base.city"]}}', '{"a": "filter.stat.uni", "op": "has", "v": {"cache": {"ttl": 5}}}', '{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "filter.stat.uni", "op": "has", "v": {}}]}}', '{"a": "filter.stat.uni", "op": "has", "v": {}, "save": "x"}', '{"a": "filter.stat.uni", "op": "!has", "v": {"select": ["click.dt"]}, "save": "x"}', '{"a": "filter.stat.uni", "op": "has", "v": {"have": [{"op": "in_group", "v": "some"}]}}']) condition;
SELECT refusal('SELECT filter_matches(''{}'', ''[{"a": "filter.stat.uni", "op": "has", "v": {}}]'')'), refusal('SELECT stat_uni(''{"select": ["member.email"], "filter": [{"a": "filter.stat.uni", "op": "has", "v": {}}]}'')'), refusal('SELECT stat_uni(''{"select": ["member.email"], "have": [{"op": "in_group", "v": "some"}]}'')');
-- Quotes and words of SQL are texts.
SELECT listed('[{"a": "filter.stat.uni", "op": "has", "v": {"filter": [{"a": "click.link.url", "op": "==", "v": "'' OR true --"}]}}]') IS NULL AS nobody;
SELECT * FROM member_check();
