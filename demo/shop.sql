-- A small shop as one finds it: customers who typed their own addresses, and their orders. Made by formulas alone, so
-- that every run has the same rows. Each of the 240 customers gets a name by number and an e-mail and a phone by the
-- number's remainder: the ways people really write them.

CREATE TABLE customer (
    id         integer PRIMARY KEY,
    first_name text,
    city       text,
    email      text,
    phone      text
);

CREATE TABLE orders (
    id          integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customer,
    placed      date NOT NULL,
    total       numeric(10, 2) NOT NULL
);

WITH person AS (
    SELECT n,
           (ARRAY['Anna', 'Иван', '伟', 'Maria', 'Ольга', '芳', 'Peter', 'Дмитрий', '娜', 'Sofia', 'Анна', '静'])[1 + n % 12] AS first_name,
           (ARRAY['Berlin', 'Москва', '上海', 'Oslo', 'Казань', '北京', 'Lyon', 'Самара', '成都', 'Porto', 'Тверь', '广州'])[1 + n % 12] AS city,
           (ARRAY['anna', 'ivan', 'wei', 'maria', 'olga', 'fang', 'peter', 'dmitry', 'na', 'sofia', 'anya', 'jing'])[1 + n % 12] || n AS login,
           lpad((1000000 + n * 7919)::text, 7, '0') AS seven        -- the last seven digits of a phone number
    FROM generate_series(1, 240) AS n
)
INSERT INTO customer
SELECT n, first_name, city,
       CASE n % 20
           WHEN 1  THEN initcap(login) || '@Example.COM'                    -- mixed case
           WHEN 2  THEN '  ' || login || '@example.org '                    -- spaces around
           WHEN 3  THEN login || '@пример.рф'                               -- a Cyrillic domain
           WHEN 4  THEN login || '@XN--E1AFMKFD.xn--p1ai'                   -- the same domain as machines write it
           WHEN 5  THEN login || '@@example.com'                            -- two @
           WHEN 6  THEN login || '.example.com'                             -- no @
           WHEN 7  THEN login || '@example.con'                             -- no such top-level domain
           WHEN 8  THEN '"' || login || ' b"@example.com'                   -- a quoted local part
           WHEN 9  THEN NULL
           WHEN 10 THEN login || '@例子.中国'                               -- a Chinese domain
           WHEN 11 THEN 'иван' || n || '@пример.рф'                         -- Cyrillic on both sides
           WHEN 12 THEN login || '..b@example.com'                          -- two dots in a row
           WHEN 13 THEN '@example.com'                                      -- nothing before the @
           ELSE login || '@example.com'
       END,
       CASE n % 15
           WHEN 1  THEN '+7 926 ' || substr(seven, 1, 3) || '-' || substr(seven, 4, 2) || '-' || substr(seven, 6)
           WHEN 2  THEN '8 (926) ' || substr(seven, 1, 3) || '-' || substr(seven, 4, 2) || '-' || substr(seven, 6)
           WHEN 3  THEN '7926' || seven
           WHEN 4  THEN translate('+7926' || seven, '0123456789', '０１２３４５６７８９')    -- full-width digits
           WHEN 5  THEN '8 495 ' || seven                                   -- a fixed line
           WHEN 6  THEN '+7 926 ' || substr(seven, 1, 4)                    -- too short
           WHEN 7  THEN 'after six: ' || seven                              -- words
           WHEN 8  THEN NULL
           WHEN 9  THEN '+86 138 ' || substr(seven, 1, 4) || ' 5' || substr(seven, 5)
           WHEN 10 THEN '+49 (151) ' || seven || '5'
           WHEN 11 THEN ''
           WHEN 12 THEN '+7 999 ' || seven                                  -- a number that nobody has been given
           ELSE '+7(926)' || seven
       END
FROM person;

-- People who registered twice, each time writing their e-mail or phone in another way.
INSERT INTO customer VALUES
    (241, 'Anna',  'Berlin', 'anna@example.com',      '8 (926) 123-45-67'),
    (242, 'ANNA',  'Berlin', ' Anna@EXAMPLE.com',     '+7 926 123 45 67'),
    (243, 'Anna',  NULL,     'anna@example.com',      '＋７（９２６）１２３４５６７'),
    (244, 'Иван',  'Москва', 'ivan@пример.рф',        '+79261112233'),
    (245, 'Ivan',  'Moscow', 'IVAN@xn--e1afmkfd.xn--p1ai', '8-926-111-22-33'),
    (246, '伟',    '上海',   'wei@例子.中国',          '+86 138 0013 8000'),
    (247, 'Wei',   'Shanghai', 'Wei@xn--fsqu00a.xn--fiqs8s', '+8613800138000');

INSERT INTO orders
SELECT n, 1 + n * 37 % 247, date '2024-01-01' + n * 3 % 700, (n * 1299 % 20000 + 500) / 100.0
FROM generate_series(1, 600) AS n;
