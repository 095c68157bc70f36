-- People, data, an origin and a setting for the dump to carry.
SELECT member_set('anna@example.com', '[["client_data.balance","set",1.10],["client_data.number","set",12345678901234567890]]');
SELECT member_set('+7 926 123-45-67', '[["base.firstName","set","Анна"]]');
SELECT member_set(format('person%s@example.com', n), format('[["client_data.n","set",%s],["client_data.tags","push","t%s"]]', n, n)::jsonb)
FROM generate_series(1, 50) AS n;
SELECT member_delete('{"email":"person7@example.com"}');
SELECT origin_create('{"name":"Shop","label":"shop"}');
SELECT sys_settings_set('{"list":{"email.utf8":0}}');
