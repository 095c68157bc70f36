-- The two numbers: member.id stays for ever, member.dataset goes with the body.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT member_set('{"email": "a@test.ru", "datakey": [["x", "set", 1]]}') -> 'member' ->> 'id' AS id \gset
SELECT member_get('a@test.ru', 'member.dataset') AS dataset \gset
SELECT member_get('a@test.ru', 'member.id') = to_jsonb(:id), jsonb_typeof(member_get('a@test.ru', 'member.id')), jsonb_typeof(member_get('a@test.ru', 'member.dataset'));

-- Deleted: the number is known, the subscriber is not.
SELECT member_delete('{"email": "a@test.ru"}');
SELECT value, addr_type, id = :id, dataset FROM member.address;
SELECT count(*) FROM member.body;
SELECT refusal(format('SELECT member_set(''{"email": %s, "addr_type": "id"}'')', :id));
SELECT refusal(format('SELECT member_get(''{"email": %s, "addr_type": "id", "datakey": "*"}''::jsonb)', :id));
SELECT member_exists(jsonb_build_object('email', :id, 'addr_type', 'id')) -> 'list' ->> :'id';

-- Made again: the same id, another dataset, empty data.
SELECT member_set('{"email": "A@Test.ru"}') #- '{member,id}';
SELECT member_get('a@test.ru', 'member.id') = to_jsonb(:id), member_get('a@test.ru', 'member.dataset') = :'dataset', member_get('a@test.ru', 'x');

-- One string may be several identifiers.
SELECT member_set('{"email": "a@test.RU", "addr_type": "csid"}') -> 'member' ->> 'id' <> :'id';
SELECT count(DISTINCT id), count(DISTINCT dataset) FROM member.address;
SELECT * FROM member_check();
