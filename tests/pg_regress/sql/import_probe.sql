-- member.import.probe: what an import thinks of data of every form; every way in which data are refused; uploads by COPY.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
\set VERBOSITY terse
SET pg_member.time_zone = 'UTC';
CREATE FUNCTION probe(request jsonb) RETURNS text LANGUAGE sql AS $$ SELECT jsonb_pretty(member_import_probe(request) - 'uid') $$;
CREATE FUNCTION verdict(request jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', p ->> 'cannot_import', p -> 'warnings') FROM member_import_probe(request) AS p $$;

-- CSV: names of columns, rows, what the columns mean.
SELECT probe(jsonb_build_object('users.list', E'member.email,base.firstName,orders.sum,nickname\nanna@example.com,Anna,1.10,x\n"boris@example.com","B,\n""b""",,\n'));
-- Without names the first column holds identifiers; a bad one is a warning.
SELECT probe(jsonb_build_object('users.list', E'anna@example.com;1\nboris@;2\n# a remark\n\n;3\n'));
SELECT probe(jsonb_build_object('users.list', E'79161234567\t1\n', 'addr_type', 'msisdn', 'caption', '["member.cellphone", "orders.sum"]'::jsonb));
-- What is stated wins.
SELECT member_import_probe(jsonb_build_object('users.list', E'a@example.com,b|c\n', 'separator', '|', 'firstline', 1)) - 'uid';
SELECT jsonb_array_length(member_import_probe(jsonb_build_object('users.list', (SELECT string_agg(format('p%s@example.com,%s', n, n), E'\n') FROM generate_series(1, 40) n))) -> 'rows');

-- JSON: lists, objects, objects line by line; numbers are exact.
SELECT probe('{"users.list": [["member.email", "orders.sum"], ["anna@example.com", 1.10], ["boris@example.com", ""]]}');
SELECT probe(jsonb_build_object('users.list', '[{"member.email": "anna@example.com", "a.b": 1.10}, {"member.email": "boris@example.com", "c.d": null}]'));
SELECT verdict(jsonb_build_object('users.list', E'{"member.email": "anna@example.com"}\n{"member.email": \n{"member.email": "boris@example.com"}\n'));

-- A workbook, an archive.
\set book 'UEsDBBQAAAAIAAAAIVzmuHRrXAAAAGIAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbBXMTQqAIBBA4auE+xxr0SJKL9EFRKYfylGcIer22fLxwZvcE6/mxsJHoll12ihnp+XNyE0V4lntInkE4LBj9KxTRqqyphK91CwbZB9OvyH0xgwQEgmStPI/FNgPUEsDBBQAAAAIAAAAIVyPhU1DkwAAAAIBAAALAAAAX3JlbHMvLnJlbHONzz0OwjAMBeCrRD5AXRgYUNIuLKwVFwjB/VGbOHIClNuTkSIGRr/39EnW7eoX9SBJEwcDu6qGttEdLTaXII1TTKosQjIw5hyPiMmN5G2qOFIoTc/ibS6nDBitm+1AuK/rA8qnAVtTnW8GBNTlFekfmPt+cnRid/cU8g//a1FkKwNlA+uCT5b5yjxXBQVsNG6+a95QSwMEFAAAAAgAAAAhXB4pYYObAAAA8gAAAA8AAAB4bC93b3JrYm9vay54bWyNj0sOgzAMRK8S+QAYuugChaBK3fQYKZgmgiTITj/HbwRl35U9Gut5RvefsKgXsfgUO2iqGnqj34nne0qzKmaUDlzOa4sog6NgpUorxeJMiYPNRfIDZWWyoziiHBY81fUZg/URdkLL/zDSNPmBrml4Bop5hzAtNpdo4vwqYPT2QX5TRRuogwuoTd7GUgAUt74s3AAajcc9HpXMF1BLAwQUAAAACAAAACFc7befwpgAAAAEAQAAGgAAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzjc87DsIwDAbgq0Q+QN0yMKCmXVhYKy4QBbep2jxkh9ftiRgQlRiYLP+2Pstt//CruhHLHIOGpqqh79qBVpNLIG5OospGEA0u53RAFOvIG6liolAmY2Rvcml5wmTsYibCXV3vkb8N2JrqdNHADajzM9E/chzH2dIx2qunkH8cwHvkRRxRLqjhibKGTyT4Lk1VVMCuxc1/3QtQSwMEFAAAAAgAAAAhXHf3H2jHAAAAagEAABgAAAB4bC93b3Jrc2hlZXRzL3NoZWV0MS54bWx1kGFqwzAMha8SfAArCWw/iuOuYzfYCbRUW8wsO8ha2uPPKSW00P6T3uPpk+T2Z47NQlJCToPpbGv23p2y/JaJSJvqpjKYSXXeAZRxIsZi80ypOt9ZGLW28gNlFsLjJcQR+rZ9BcaQjHcX7QMVvZN8aqRSqjquxaEzjQ4mpBgSfapUPRTv1DPxF4mtsBAdqHew6jBec+/PclmO9RRb/vg+BZW84fsN3z8ZgynhG52R50h2zPxohXXK4rvevjhYbilwczBsn/T/UEsBAhQDFAAAAAgAAAAhXOa4dGtcAAAAYgAAABMAAAAAAAAAAAAAAIABAAAAAFtDb250ZW50X1R5cGVzXS54bWxQSwECFAMUAAAACAAAACFcj4VNQ5MAAAACAQAACwAAAAAAAAAAAAAAgAGNAAAAX3JlbHMvLnJlbHNQSwECFAMUAAAACAAAACFcHilhg5sAAADyAAAADwAAAAAAAAAAAAAAgAFJAQAAeGwvd29ya2Jvb2sueG1sUEsBAhQDFAAAAAgAAAAhXO23n8KYAAAABAEAABoAAAAAAAAAAAAAAIABEQIAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzUEsBAhQDFAAAAAgAAAAhXHf3H2jHAAAAagEAABgAAAAAAAAAAAAAAIAB4QIAAHhsL3dvcmtzaGVldHMvc2hlZXQxLnhtbFBLBQYAAAAABQAFAEUBAADeAwAAAAA='
\set one 'UEsDBBQAAAAIAAAAIVxjG09mMwAAADIAAAAKAAAAcGVvcGxlLmNzdstNzU1KLdJLzU3MzLFOSixO1UvLLCou8UvMTeVKzMtLdEitSMwtyEnVS87PtXYECnABAFBLAQIUAxQAAAAIAAAAIVxjG09mMwAAADIAAAAKAAAAAAAAAAAAAACAAQAAAABwZW9wbGUuY3N2UEsFBgAAAAABAAEAOAAAAFsAAAAAAA=='
\set two 'UEsDBBQAAAAIAAAAIVy379yDAwAAAAEAAAAFAAAAYS5jc3YzBABQSwMEFAAAAAgAAAAhXA2+1RoDAAAAAQAAAAUAAABiLmNzdjMCAFBLAQIUAxQAAAAIAAAAIVy379yDAwAAAAEAAAAFAAAAAAAAAAAAAACAAQAAAABhLmNzdlBLAQIUAxQAAAAIAAAAIVwNvtUaAwAAAAEAAAAFAAAAAAAAAAAAAACAASYAAABiLmNzdlBLBQYAAAAAAgACAGYAAABMAAAAAAA='
\set bad 'UEsDBBQAAAAIAAAAIVzmuHRrXAAAAGIAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbBXMTQqAIBBA4auE+xxr0SJKL9EFRKYfylGcIer22fLxwZvcE6/mxsJHoll12ihnp+XNyE0V4lntInkE4LBj9KxTRqqyphK91CwbZB9OvyH0xgwQEgmStPI/FNgPUEsDBBQAAAAIAAAAIVyPhU1DkwAAAAIBAAALAAAAX3JlbHMvLnJlbHONzz0OwjAMBeCrRD5AXRgYUNIuLKwVFwjB/VGbOHIClNuTkSIGRr/39EnW7eoX9SBJEwcDu6qGttEdLTaXII1TTKosQjIw5hyPiMmN5G2qOFIoTc/ibS6nDBitm+1AuK/rA8qnAVtTnW8GBNTlFekfmPt+cnRid/cU8g//a1FkKwNlA+uCT5b5yjxXBQVsNG6+a95QSwMEFAAAAAgAAAAhXB4pYYObAAAA8gAAAA8AAAB4bC93b3JrYm9vay54bWyNj0sOgzAMRK8S+QAYuugChaBK3fQYKZgmgiTITj/HbwRl35U9Gut5RvefsKgXsfgUO2iqGnqj34nne0qzKmaUDlzOa4sog6NgpUorxeJMiYPNRfIDZWWyoziiHBY81fUZg/URdkLL/zDSNPmBrml4Bop5hzAtNpdo4vwqYPT2QX5TRRuogwuoTd7GUgAUt74s3AAajcc9HpXMF1BLAwQUAAAACAAAACFc7befwpgAAAAEAQAAGgAAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzjc87DsIwDAbgq0Q+QN0yMKCmXVhYKy4QBbep2jxkh9ftiRgQlRiYLP+2Pstt//CruhHLHIOGpqqh79qBVpNLIG5OospGEA0u53RAFOvIG6liolAmY2Rvcml5wmTsYibCXV3vkb8N2JrqdNHADajzM9E/chzH2dIx2qunkH8cwHvkRRxRLqjhibKGTyT4Lk1VVMCuxc1/3QtQSwMEFAAAAAgAAAAhXDnlb+CpAAAA/gAAABgAAAB4bC93b3Jrc2hlZXRzL3NoZWV0MS54bWxNT7sOgzAM/JUo3TEwdKhCUKXOXfoFKXVL1DyQY0E/v4YBMVjy3dl3tul/MagZqficOt1Ute6tWTJ9y4jIStRUOj0yTxeAMowYXanyhEmUd6boWCB9oEyE7rUtxQBtXZ8hOp+0NRt3c+ysobwokhRhh7W5Nlpxp30KPuGDSXhfrGEbMT6RKgnzwQBbAysPg5R47EbtbtRuRih4tqc7XA3Mx3k4HAH7d/YPUEsBAhQDFAAAAAgAAAAhXOa4dGtcAAAAYgAAABMAAAAAAAAAAAAAAIABAAAAAFtDb250ZW50X1R5cGVzXS54bWxQSwECFAMUAAAACAAAACFcj4VNQ5MAAAACAQAACwAAAAAAAAAAAAAAgAGNAAAAX3JlbHMvLnJlbHNQSwECFAMUAAAACAAAACFcHilhg5sAAADyAAAADwAAAAAAAAAAAAAAgAFJAQAAeGwvd29ya2Jvb2sueG1sUEsBAhQDFAAAAAgAAAAhXO23n8KYAAAABAEAABoAAAAAAAAAAAAAAIABEQIAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzUEsBAhQDFAAAAAgAAAAhXDnlb+CpAAAA/gAAABgAAAAAAAAAAAAAAIAB4QIAAHhsL3dvcmtzaGVldHMvc2hlZXQxLnhtbFBLBQYAAAAABQAFAEUBAADAAwAAAAA='
\set nobook 'UEsDBBQAAAAIAAAAIVzHHBc8CgAAAAgAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbLMJqSxILda3AwBQSwECFAMUAAAACAAAACFcxxwXPAoAAAAIAAAAEwAAAAAAAAAAAAAAgAEAAAAAW0NvbnRlbnRfVHlwZXNdLnhtbFBLBQYAAAAAAQABAEEAAAA7AAAAAAA='
\set damaged 'UEsDBBQAAAAIAAAAIVxjJ1F5WAAAAOQAAAAFAAAAYS5jc3ZdzrENwzAMBMD+ZzEMURRFscsqRuAuRr7M+Hb7aa86ttf5Oy5+zv39vbYGlpWQgcuXUAczUsjBmVNogFF0FA/ZEJrgcBdK0KMLLbCnCRVopXt7+tb++oYbUEsBAhQDFAAAAAgAAAAhXGMnUXlYAAAA5AAAAAUAAAAAAAAAAAAAAIABAAAAAGEuY3N2UEsFBgAAAAABAAEAMwAAAHsAAAAAAA=='
\set big 'UEsDBBQAAAAIAAAAIVzmuHRrXAAAAGIAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbBXMTQqAIBBA4auE+xxr0SJKL9EFRKYfylGcIer22fLxwZvcE6/mxsJHoll12ihnp+XNyE0V4lntInkE4LBj9KxTRqqyphK91CwbZB9OvyH0xgwQEgmStPI/FNgPUEsDBBQAAAAIAAAAIVyPhU1DkwAAAAIBAAALAAAAX3JlbHMvLnJlbHONzz0OwjAMBeCrRD5AXRgYUNIuLKwVFwjB/VGbOHIClNuTkSIGRr/39EnW7eoX9SBJEwcDu6qGttEdLTaXII1TTKosQjIw5hyPiMmN5G2qOFIoTc/ibS6nDBitm+1AuK/rA8qnAVtTnW8GBNTlFekfmPt+cnRid/cU8g//a1FkKwNlA+uCT5b5yjxXBQVsNG6+a95QSwMEFAAAAAgAAAAhXB4pYYObAAAA8gAAAA8AAAB4bC93b3JrYm9vay54bWyNj0sOgzAMRK8S+QAYuugChaBK3fQYKZgmgiTITj/HbwRl35U9Gut5RvefsKgXsfgUO2iqGnqj34nne0qzKmaUDlzOa4sog6NgpUorxeJMiYPNRfIDZWWyoziiHBY81fUZg/URdkLL/zDSNPmBrml4Bop5hzAtNpdo4vwqYPT2QX5TRRuogwuoTd7GUgAUt74s3AAajcc9HpXMF1BLAwQUAAAACAAAACFc7befwpgAAAAEAQAAGgAAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzjc87DsIwDAbgq0Q+QN0yMKCmXVhYKy4QBbep2jxkh9ftiRgQlRiYLP+2Pstt//CruhHLHIOGpqqh79qBVpNLIG5OospGEA0u53RAFOvIG6liolAmY2Rvcml5wmTsYibCXV3vkb8N2JrqdNHADajzM9E/chzH2dIx2qunkH8cwHvkRRxRLqjhibKGTyT4Lk1VVMCuxc1/3QtQSwMEFAAAAAgAAAAhXKo9OPChCAAAwgAgABgAAAB4bC93b3Jrc2hlZXRzL3NoZWV0MS54bWztzUFqwzAQBdCrGB8gTrroojgOhdygJxCpWpvEdpBEneNXzSW6eQ80zPxhUH96zLfmJ6Y8rcuxPez27WnotzVd8xhjaep2ycd2LOX+1nX5MsY55N16j0vdfK1pDqWO6bvL9xTD5/NovnUv+/1rN4dpaYf+mZ1DCUOf1q1J9ZeaXv6a90PblGM7LbdpiR8l1XzKQ1+GBwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMA/67sy9N2Ua7nUl9at1jzGWM6hhNpva7o+5+EXUEsBAhQDFAAAAAgAAAAhXOa4dGtcAAAAYgAAABMAAAAAAAAAAAAAAIABAAAAAFtDb250ZW50X1R5cGVzXS54bWxQSwECFAMUAAAACAAAACFcj4VNQ5MAAAACAQAACwAAAAAAAAAAAAAAgAGNAAAAX3JlbHMvLnJlbHNQSwECFAMUAAAACAAAACFcHilhg5sAAADyAAAADwAAAAAAAAAAAAAAgAFJAQAAeGwvd29ya2Jvb2sueG1sUEsBAhQDFAAAAAgAAAAhXO23n8KYAAAABAEAABoAAAAAAAAAAAAAAIABEQIAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzUEsBAhQDFAAAAAgAAAAhXKo9OPChCAAAwgAgABgAAAAAAAAAAAAAAIAB4QIAAHhsL3dvcmtzaGVldHMvc2hlZXQxLnhtbFBLBQYAAAAABQAFAEUBAAC4CwAAAAA='
SELECT member_import_probe(jsonb_build_object('users.list', :'book', 'encoding', 'base64')) - 'uid';
SELECT member_import_probe(jsonb_build_object('users.list', :'one', 'encoding', 'base64')) - 'uid';

-- Charsets.
SELECT charset, p ->> 'charset' AS found, p ->> 'separator' AS separator, p #> '{rows,1}' AS row, p -> 'cannot_import' AS cannot_import
  FROM (VALUES
    ('koi8-r', 'bWVtYmVyLmVtYWlsO2Jhc2UuZmlyc3ROYW1lO2Jhc2UuY2l0eQphbm5hQGV4YW1wbGUuY29tO+HOzsE78dLP08zB18zYCmJvcmlzQGV4YW1wbGUuY29tO+LP0snTO/2jzMvP188KaXZhbkBleGFtcGxlLmNvbTvp18HOO+3P08vXwQo='),
    ('cp1251', 'bWVtYmVyLmVtYWlsO2Jhc2UuZmlyc3ROYW1lO2Jhc2UuY2l0eQphbm5hQGV4YW1wbGUuY29tO8Dt7eA73/Du8evg4uv8CmJvcmlzQGV4YW1wbGUuY29tO8Hu8OjxO9m46+ru4u4KaXZhbkBleGFtcGxlLmNvbTvI4uDtO8zu8eri4Ao='),
    ('utf-8', 'bWVtYmVyLmVtYWlsO2Jhc2UuZmlyc3ROYW1lO2Jhc2UuY2l0eQphbm5hQGV4YW1wbGUuY29tO9CQ0L3QvdCwO9Cv0YDQvtGB0LvQsNCy0LvRjApib3Jpc0BleGFtcGxlLmNvbTvQkdC+0YDQuNGBO9Cp0ZHQu9C60L7QstC+Cml2YW5AZXhhbXBsZS5jb2070JjQstCw0L070JzQvtGB0LrQstCwCg=='),
    ('utf-7', 'bWVtYmVyLmVtYWlsO2Jhc2UuZmlyc3ROYW1lO2Jhc2UuY2l0eQphbm5hQGV4YW1wbGUuY29tOytCQkEtK0JEMC0rQkQwLStCREEtOytCQzgtK0JFQS0rQkQ0LStCRUUtK0JEcy0rQkRBLStCREktK0JEcy0rQkV3LQpib3Jpc0BleGFtcGxlLmNvbTsrQkJFLStCRDQtK0JFQS0rQkRnLStCRUUtOytCQ2stK0JGRS0rQkRzLStCRG8tK0JENC0rQkRJLStCRDQtCml2YW5AZXhhbXBsZS5jb207K0JCZy0rQkRJLStCREEtK0JEMC07K0JCdy0rQkQ0LStCRUUtK0JEby0rQkRJLStCREEtCg=='),
    ('utf-16', '//5tAGUAbQBiAGUAcgAuAGUAbQBhAGkAbAA7AGIAYQBzAGUALgBmAGkAcgBzAHQATgBhAG0AZQA7AGIAYQBzAGUALgBjAGkAdAB5AAoAYQBuAG4AYQBAAGUAeABhAG0AcABsAGUALgBjAG8AbQA7ABAEPQQ9BDAEOwAvBEAEPgRBBDsEMAQyBDsETAQKAGIAbwByAGkAcwBAAGUAeABhAG0AcABsAGUALgBjAG8AbQA7ABEEPgRABDgEQQQ7ACkEUQQ7BDoEPgQyBD4ECgBpAHYAYQBuAEAAZQB4AGEAbQBwAGwAZQAuAGMAbwBtADsAGAQyBDAEPQQ7ABwEPgRBBDoEMgQwBAoA'),
    ('mac-cyrillic', 'bWVtYmVyLmVtYWlsO2Jhc2UuZmlyc3ROYW1lO2Jhc2UuY2l0eQphbm5hQGV4YW1wbGUuY29tO4Dt7eA7n/Du8evg4uv8CmJvcmlzQGV4YW1wbGUuY29tO4Hu8OjxO5ne6+ru4u4KaXZhbkBleGFtcGxlLmNvbTuI4uDtO4zu8eri4Ao=')) AS v (charset, data), member_import_probe(jsonb_build_object('users.list', data, 'encoding', 'base64')) AS p;
SELECT member_import_probe(jsonb_build_object('users.list', encode(convert_to('a@example.com;Щука', 'KOI8R'), 'base64'), 'encoding', 'base64', 'charset', 'cp1251')) #>> '{rows,0,1}';
-- Text is text, whatever charset is stated.
SELECT member_import_probe(jsonb_build_object('users.list', 'a@example.com;Щука', 'charset', 'koi8-r')) #>> '{rows,0,1}';

-- A uid stands for the data, and keeps what was stated of them.
SELECT member_import_probe(jsonb_build_object('users.list', E'a@example.com;b|c\n', 'separator', '|')) ->> 'uid' AS uid \gset
SELECT member_import_probe(jsonb_build_object('uid', :'uid')) - 'uid';
SELECT member_import_probe(jsonb_build_object('uid', :'uid', 'separator', ';')) -> 'rows';

-- What makes an import impossible is a warning.
SELECT verdict('{"users.list": " "}');
SELECT verdict(jsonb_build_object('users.list', 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', E'a@example.com,1\nb@example.com,"2\n'));
SELECT verdict(jsonb_build_object('users.list', E'a@example.com,1\nb@example.com,"2" x\nc@example.com\nd@example.com,4\n'));
SELECT verdict(jsonb_build_object('users.list', '[["a@example.com"], ["b@example.com"'));
SELECT verdict(jsonb_build_object('users.list', :'two', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', :'nobook', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', :'bad', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', :'big', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', :'damaged', 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', left(:'one', 120), 'encoding', 'base64'));
SELECT verdict(jsonb_build_object('users.list', 'YUBleGFtcGxlLmNvbTvRDQphQGV4YW1wbGUuY29tO/8K', 'encoding', 'base64', 'charset', 'utf-8'));
SELECT verdict('{"users.list": "base.firstName,nickname\nAnna,x"}');
SET pg_member.xlsx_strings_max = '1MB';
SELECT verdict(jsonb_build_object('users.list', :'book', 'encoding', 'base64'));
RESET pg_member.xlsx_strings_max;

-- What is wrong with a call is an error.
SELECT refusal(format('SELECT member_import_probe(%L)', request)) FROM (VALUES
    ('{}'), ('{"users.list": "a", "uid": "b"}'), ('{"users.list": {"a": 1}}'), ('{"users.list": "a", "encoding": "hex"}'),
    ('{"users.list": "?", "encoding": "base64"}'), ('{"users.list": "a", "charset": "latin1"}'),
    ('{"users.list": "a", "separator": "x"}'), ('{"users.list": "a", "firstline": "yes"}'), ('{"uid": "x"}'),
    ('{"uid": "00000000-0000-4000-8000-000000000000"}'), ('{"users.url": "ftp://example.com/a.csv"}'),
    ('{"users.url": "rfs://upload/a.csv"}'), ('{"users.url": "a.csv"}'), ('{"users.url": "file://other/a.csv"}'),
    ('{"users.url": "http://example.com/", "users.url.tries": 0}'), ('{"users.url": "file:///dev/zero"}'),
    ('{"users.url": "file:///nowhere/at/all.csv"}'), ('{"users.url": "file:///nowhere/"}'),
    ('{"users.url": "http://example.com/a.csv"}'), ('[]')) AS v (request);
SET pg_member.import_max = '1MB';
SELECT refusal($$SELECT member_import_probe(jsonb_build_object('users.list', repeat('a@example.com,1' || chr(10), 70000)))$$);
RESET pg_member.import_max;
SELECT member_import_probe('{"users.list": "anna@example.com", "seperator": ";"}') -> 'warnings';
SELECT member_api('{"action": "member.import.probe", "users.list": "anna@example.com"}') -> 'rows';

-- Files of the server: who may read them.
SELECT current_setting('data_directory') || '/import_probe.csv' AS file \gset
SELECT json_build_object('users.url', 'file://' || :'file') AS request \gset
COPY (VALUES ('member.email,base.firstName'), ('anna@example.com,Anna')) TO :'file';
SELECT member_import_probe(:'request') - 'uid';
CREATE ROLE import_reader;
SELECT member_grant('import_reader', 'write');
SET ROLE import_reader;
SELECT refusal(format('SELECT member_import_probe(%L)', :'request'));
RESET ROLE;
GRANT pg_read_server_files TO import_reader;
SET ROLE import_reader;
SELECT member_import_probe(:'request') -> 'rows';

-- Rows by COPY, also by who may only write; each statement gathers its own.
SELECT member_import_upload() AS upload \gset
INSERT INTO member_import_rows SELECT :'upload', jsonb_build_object('member.email', format('p%s@example.com', n), 'orders.sum', 1.10, 'note', repeat('x', 100)) FROM generate_series(1, 5000) n;
SELECT format('COPY member_import_rows (upload, "row") FROM PROGRAM %L', format('printf ''%s\t{"member.email": "q%%s@example.com"}\n'' 1 2 3', :'upload')) AS copy \gset
RESET ROLE;
:copy;
SELECT count(*) > 1 AS in_parts, sum(octet_length(bytes)) AS octets FROM member.upload_part WHERE upload = :'upload';
SELECT sum((SELECT count(*) FROM regexp_matches(convert_from(bytes, 'UTF8'), E'\n', 'g'))) AS rows, count(*) FILTER (WHERE convert_from(bytes, 'UTF8') LIKE '%q3@%') AS last FROM member.upload_part WHERE upload = :'upload';
SELECT member_import_probe(jsonb_build_object('uid', :'upload')) #> '{rows,0}';
-- A statement that fails within another leaves nothing behind, and those of the outer one stay.
SELECT member_import_upload() AS upload \gset
CREATE FUNCTION inner_rows(upload uuid, n integer) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        INSERT INTO member_import_rows SELECT upload, jsonb_build_object('member.email', format('bad%s@example.com', m), 'x', 10 / (m - 2)) FROM generate_series(1, 3) m;
    EXCEPTION WHEN division_by_zero THEN
        INSERT INTO member_import_rows VALUES (upload, jsonb_build_object('member.email', format('inner%s@example.com', n)));
    END;
    RETURN jsonb_build_object('member.email', format('outer%s@example.com', n));
END
$$;
INSERT INTO member_import_rows SELECT :'upload', inner_rows(:'upload', n) FROM generate_series(1, 3) n;
SELECT row ->> 0 AS address FROM jsonb_array_elements(member_import_probe(jsonb_build_object('uid', :'upload')) -> 'rows') AS row ORDER BY 1;
SELECT refusal($$INSERT INTO member_import_rows VALUES ('00000000-0000-4000-8000-000000000000', '{}')$$);
SELECT refusal(format($$INSERT INTO member_import_rows VALUES (%L, '[]')$$, :'upload'));
SELECT refusal(format($$INSERT INTO member_import_rows (upload) VALUES (%L)$$, :'upload'));
SELECT refusal($$INSERT INTO member_import_rows ("row") VALUES ('{}')$$);
SELECT * FROM member_import_rows;

-- Uploads are forgotten after a day; the call is for who may write.
UPDATE member.upload SET closed_at = now() WHERE uid = :'upload';
SELECT refusal(format($$INSERT INTO member_import_rows VALUES (%L, '{}')$$, :'upload'));
REVOKE pg_read_server_files FROM import_reader;
SELECT member_revoke('import_reader', 'write');
SET ROLE import_reader;
SELECT refusal($$SELECT member_import_probe('{"users.list": "a@example.com"}')$$);
SELECT refusal($$INSERT INTO member_import_rows VALUES ('00000000-0000-4000-8000-000000000000', '{}')$$);
RESET ROLE;
SELECT member_revoke('import_reader', 'read');
DROP ROLE import_reader;
