-- Rows of a file.
SET client_min_messages = warning;
CREATE UNLOGGED TABLE bench.file ("member.email" text, "shop.a" text, "shop.b" text, "shop.c" text, "shop.d" text, "shop.e" text,
                                  "shop.f" text, "shop.g" text, "shop.h" text, "shop.i" text);
INSERT INTO bench.file
SELECT 'import' || n || '@example.com', 'Anna ' || n, 'Berg', 'Moscow', n % 90, '2001-02-03', n, 'shop ' || n % 1000, 'yes', md5(n::text)
  FROM generate_series(1, :count) n;
-- Those who are there.
SELECT member_import_from('SELECT "member.email", "shop.a" FROM bench.file WHERE "shop.f"::bigint % 10 < 3') IS NOT NULL AS there \g /dev/null

-- Tables of the same form with the same people.
CREATE TABLE bench.address (LIKE member.address INCLUDING ALL);
CREATE TABLE bench.body (LIKE member.body INCLUDING ALL) WITH (fillfactor = 75);
CREATE TABLE bench.head (LIKE member.head INCLUDING ALL);
INSERT INTO bench.address SELECT value, addr_type, id, dataset FROM member.address WHERE value LIKE 'import%';
INSERT INTO bench.body SELECT b.* FROM member.body b;
INSERT INTO bench.head SELECT h.* FROM member.head h;
CREATE TABLE bench.staging (LIKE bench.file);
CREATE TABLE bench.copied (LIKE bench.file);
CREATE SEQUENCE bench.id START 1000000000 CACHE 1000;
VACUUM ANALYZE;
