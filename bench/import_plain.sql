-- What a careful hand writes: a staging table, then one statement for each table, in one transaction.
SELECT clock_timestamp() AS begun \gset
BEGIN;
COPY bench.staging FROM :'file' WITH (FORMAT csv, HEADER);
INSERT INTO bench.address (value, addr_type, id, dataset)
SELECT s."member.email", 'email', nextval('bench.id'), nextval('bench.id') FROM bench.staging s ON CONFLICT DO NOTHING;
INSERT INTO bench.head (dataset, id, addr_type, value, enter_time, lock)
SELECT a.dataset, a.id, a.addr_type, a.value, now(), 0
  FROM bench.staging s JOIN bench.address a ON a.value = s."member.email" AND a.addr_type = 'email' ON CONFLICT DO NOTHING;
INSERT INTO bench.body AS b (dataset, version, create_time, update_time, import_time, data)
SELECT a.dataset, 1, now(), now(), now(),
       jsonb_build_object('shop', jsonb_build_object('a', s."shop.a", 'b', s."shop.b", 'c', s."shop.c", 'd', s."shop.d", 'e', s."shop.e",
                                                     'f', s."shop.f", 'g', s."shop.g", 'h', s."shop.h", 'i', s."shop.i"))
  FROM bench.staging s JOIN bench.address a ON a.value = s."member.email" AND a.addr_type = 'email'
    ON CONFLICT (dataset) DO UPDATE SET version = b.version + 1, import_time = EXCLUDED.import_time, data = b.data || EXCLUDED.data;
COMMIT;
SELECT extract(epoch FROM clock_timestamp() - :'begun');
