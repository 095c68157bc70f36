CREATE TABLE bench.texts AS
    SELECT format('Some.Person%s@Example-Shop%s.COM', n, n % 97) AS email,
           format('8 (9%s) %s-%s-%s', lpad((n % 100)::text, 2, '0'), lpad((n * 7 % 1000)::text, 3, '0'),
                  lpad((n * 13 % 100)::text, 2, '0'), lpad((n * 29 % 100)::text, 2, '0')) AS phone,
           format('+4420%s', lpad((79460000 + n % 9999)::text, 8, '0')) AS london
      FROM generate_series(1, 100000) n;
CALL bench.compare('email_normalize / lower(btrim(x))',
    'SELECT count(email_normalize(email)) FROM bench.texts', 'SELECT count(lower(btrim(email))) FROM bench.texts',
    100000, '>= 0.5');
CALL bench.compare('phone_normalize +7 / lower(btrim(x))',
    'SELECT count(phone_normalize(phone, ''RU'')) FROM bench.texts', 'SELECT count(lower(btrim(phone))) FROM bench.texts',
    100000, '(against the library alone: below)');
