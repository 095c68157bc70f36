-- Phone numbers: their normal form, and how each bad one is refused.
\set ECHO none
\i helper.sql
\set ECHO all

-- One number, many ways to write it. Without a country it is of pg_member.default_region, RU.
SELECT DISTINCT phone_normalize(raw) FROM unnest(ARRAY[
    '+79211234567', '89211234567', '79211234567', '9211234567', '+7 (921) 123-45-67', '8 (921) 123 45 67',
    ' 8-921-123-45-67 ', '921.123.45.67', '0079211234567', '+7.921.1234567'
]) AS raw;

-- Other countries in full.
SELECT phone_normalize('+49 1512 3456789');
SELECT phone_normalize('+375 29 123-45-67');
SELECT phone_normalize('+1 (650) 253-0000');

-- Fixed lines are numbers too.
SELECT phone_normalize('8 (495) 123-45-67');

-- The region may be stated, or set.
SELECT phone_normalize('01512 3456789', 'DE');
SELECT phone_normalize('+7 921 123-45-67', 'DE');
SELECT phone_normalize('01512 3456789', 'de');
SET pg_member.default_region = 'DE';
SELECT phone_normalize('01512 3456789');
SELECT address_normalize('01512 3456789');
RESET pg_member.default_region;
SELECT refusal('SELECT phone_normalize(''01512 3456789'', ''XX'')');
SELECT refusal('SELECT phone_normalize(''01512 3456789'', '''')');

SELECT phone_normalize(NULL), phone_normalize(NULL, 'RU'), phone_normalize('9211234567', NULL);

-- As psql shows a refusal.
SELECT phone_normalize('12345');

-- Every refusal.
SELECT format('%-20s', raw), refusal(format('SELECT phone_normalize(%L, ''RU'')', raw)) FROM unnest(ARRAY[
    '', '  ', '+', 'abc', '8921123456x', 'a@b.ru', '12345', '892112345', '892112345678', '+7921123456', '+792112345678',
    '+999123456789', '12345678901234567890'
]) WITH ORDINALITY AS t(raw, n) ORDER BY n;
SELECT refusal('SELECT phone_normalize(''8 999 secret'')') LIKE '%secret%' AS leaks;

-- It reads no setting and no table but the default region.
SET pg_member.phone_check = off;
SELECT refusal('SELECT phone_normalize(''+7921123456'', ''RU'')');
RESET pg_member.phone_check;

-- In an index and in a generated column: the form with a region.
CREATE TABLE customer (phone text, normal text GENERATED ALWAYS AS (phone_normalize(phone, 'RU')) STORED);
CREATE UNIQUE INDEX ON customer (phone_normalize(phone, 'RU'));
INSERT INTO customer VALUES ('8 (921) 123-45-67'), (NULL);
SELECT * FROM customer;
INSERT INTO customer VALUES ('+79211234567');
-- The form without one depends on a setting, so the server refuses it there.
CREATE INDEX ON customer (phone_normalize(phone));
