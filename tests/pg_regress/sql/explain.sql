-- member_explain, and dry_run of the calls that move heads: what would happen. Nothing does.
\set ECHO none
\i helper.sql
\i heads.sql
-- Every row there is, numbers and versions too.
CREATE FUNCTION everything() RETURNS text LANGUAGE sql AS $$
    SELECT concat((SELECT jsonb_agg(to_jsonb(b) ORDER BY dataset) FROM member.body b), (SELECT jsonb_agg(to_jsonb(h) ORDER BY id) FROM member.head h), (SELECT jsonb_agg(to_jsonb(a) ORDER BY id) FROM member.address a),
                  (SELECT jsonb_agg(to_jsonb(r) ORDER BY dataset) FROM member.retired_dataset r), (SELECT count(*) FROM member.event), (SELECT count(*) FROM member.journal)) $$;
-- The cards of member_explain; a body by its first head.
CREATE FUNCTION card(c jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c ? 'error' THEN format('%s: %s', c ->> 'sent', c -> 'error' -> 0 ->> 'id')
                ELSE format('%s = %s %s (%s) of %s, %s heads: %s, %s', c ->> 'sent', c ->> 'addr_type', c ->> 'email', CASE WHEN c ->> 'id' IS NULL THEN 'never seen' ELSE 'known' END,
                            body_name((c ->> 'dataset')::bigint), c ->> 'heads', c ->> 'case', coalesce(c ->> 'rule', 'no rule')) END $$;
CREATE FUNCTION explained(request jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    reply jsonb := member_explain(request);
BEGIN
    RETURN NEXT card(reply -> 'email');
    RETURN QUERY SELECT '- ' || card(c) FROM jsonb_array_elements(reply -> 'list') WITH ORDINALITY AS l(c, n) ORDER BY n;
    RETURN QUERY SELECT * FROM steps(reply);
    RETURN NEXT reply - 'email' - 'list' - 'steps';
END
$$;
-- What a dry run answers, its steps line by line.
CREATE FUNCTION dry(reply jsonb) RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT (reply - 'steps')::text UNION ALL SELECT steps(reply) $$;
\set ECHO all
SELECT member_set('{"email": "r@test.ru", "datakey": [["base.name", "set", "R"]], "head_attach": [{"head": "card-r", "head_addr_type": "csid"}]}') ->> 'newbie';
SELECT member_set('{"email": "m@test.ru", "datakey": [["base.name", "set", "M"], ["base.city", "set", "Omsk"]], "head_attach": [{"head": "m2@test.ru"}]}') ->> 'newbie';
SELECT member_set('{"email": "s@test.ru", "datakey": [["base.name", "set", "S"], ["base.age", "set", 7]]}') ->> 'newbie';
SELECT member_set('gone@test.ru', '[]') ->> 'newbie', member_delete('{"email": "gone@test.ru"}');
SELECT everything() AS before \gset

-- member_explain of member_set: who each is, which rule decides, what follows.
SELECT explained('{"email": " R@test.ru", "head_attach": [{"head": "card-r", "head_addr_type": "csid"}, {"head": "M@test.ru", "head_rule": {"multi": "replace_same_type", "single": "none"}}, {"head": "s@test.ru", "head_rule": {"single": "transplant"}},
    {"head": "never@test.ru"}, {"head": "gone@test.ru", "head_rule": {"newbie": "none"}}]}');
SELECT jsonb_pretty(member_explain('{"email": "r@test.ru"}') #- '{email,id}' #- '{email,dataset}');
-- The case is that of its turn: m2@ is alone when m@ has left.
SELECT explained('{"email": "r@test.ru", "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "transplant"}}, {"head": "m2@test.ru", "head_rule": {"single": "decapitate"}}]}');
-- A new subscriber.
SELECT explained('{"email": "new@test.ru", "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "replace"}}]}');
-- What would be refused is told with the rest; so is what cannot be read.
SELECT explained('{"email": "r@test.ru", "head_attach": [{"head": "s@test.ru"}, {"head": "m@test.ru", "head_rule": {"multi": "transplant"}}]}');
SELECT explained('{"email": "r@test.ru", "head_attach": [{"head": "no address"}, {"head": "m@test.ru"}]}');
SELECT explained('{"email": "no address"}'), explained('{"email": "999999", "addr_type": "id"}');

-- Of member_merge.
SELECT explained('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant"}');
SELECT explained('{"email": "r@test.ru", "head": "m@test.ru"}');
SELECT explained('{"email": "r@test.ru", "head": "card-r", "head_addr_type": "csid"}');
SELECT explained('{"email": "r@test.ru", "head": "m@test.ru", "head_rule": "decapitate", "data_rule": {"level": 2, "hashas": "merge"}}');

-- What is no request is refused.
SELECT request, refusal(format('SELECT member_explain(%L)', request)) FROM unnest(ARRAY['{}', '[]', '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "error"}', '{"email": "r@test.ru", "head_attach": [{}]}', '{"email": "r@test.ru", "addr_type": "mail"}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT member_api('{"action": "member.explain", "email": "r@test.ru"}') #>> '{email,case}';
SELECT everything() = :'before';

-- dry_run of member_set: data, heads, warnings; a new subscriber; nothing to do.
SELECT dry(member_set('{"email": "r@test.ru", "dry_run": 1, "datakey": [["base.tel", "set", 5]], "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "transplant"}}, {"head": "never@test.ru"}]}'));
SELECT dry(member_set('{"email": "r@test.ru", "dry_run": 1, "head_attach": [{"head": "m@test.ru", "head_rule": {"multi": "replace"}}]}'));
SELECT dry(member_set('{"email": "new@test.ru", "dry_run": 1, "datakey": [["base.tel", "set", 5]], "head_attach": [{"head": "s@test.ru", "head_rule": {"single": "decapitate"}}]}'));
SELECT dry(member_set('{"email": "r@test.ru", "dry_run": "1", "datakey": [["base.tel", "set", 5]]}'));
SELECT member_set('{"email": "r@test.ru", "dry_run": 1}'), member_set('{"email": "r@test.ru", "dry_run": 1, "datakey": [["base.name", "set", "R"]]}');
-- What the call would refuse, it refuses.
SELECT refusal('SELECT member_set(''{"email": "r@test.ru", "dry_run": 1, "head_attach": [{"head": "s@test.ru"}]}'')'), refusal('SELECT member_set(''{"email": "r@test.ru", "dry_run": 1, "if_exists": "error"}'')'),
       split_part(refusal('SELECT member_set(''{"email": "r@test.ru", "dry_run": 1, "datakey": [["base.name.x", "set", 1]]}'')'), ':', 1);

-- Of member_merge and the head calls.
SELECT dry(member_merge('{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "replace", "dry_run": 1, "data_rule": {"hashas": "set"}}'));
SELECT dry(member_merge('{"email": "r@test.ru", "head": "m@test.ru", "dry_run": 1, "return_fresh_obj": 1}'));
SELECT dry(member_head_attach('{"email": "r@test.ru", "head": "never@test.ru", "dry_run": 1}'));
SELECT dry(member_head_attach('{"email": "r@test.ru", "head": "card-r", "head_addr_type": "csid", "dry_run": 1}'));
SELECT dry(member_head_detach('{"email": "m@test.ru", "dry_run": 1}'));
SELECT dry(member_head_detach('{"email": "m@test.ru", "split": 1, "dry_run": 1}'));
SELECT dry(member_head_replace('{"email": "m@test.ru", "head": "gone@test.ru", "dry_run": 1}'));
SELECT refusal('SELECT member_head_detach(''{"email": "s@test.ru", "dry_run": 1}'')'), refusal('SELECT member_head_attach(''{"email": "r@test.ru", "head": "s@test.ru", "dry_run": 1}'')'), refusal('SELECT member_merge(''{"email": "r@test.ru", "head": "s@test.ru", "dry_run": 2}'')');
SELECT everything() = :'before';
-- Nothing is locked either: another transaction could not tell.
BEGIN;
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "dry_run": 1}') -> 'dry_run', member_explain('{"email": "r@test.ru"}') #>> '{email,case}';
SELECT pg_current_xact_id_if_assigned();
COMMIT;
-- dry_run 0 is the call itself.
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "dry_run": 0}') -> 'source_deleted';
SELECT people();
