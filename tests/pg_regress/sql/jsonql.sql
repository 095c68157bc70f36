-- JsonQL: every operator on documents, templates in queries, what is refused.
\set ECHO none
\i helper.sql
\set ECHO all

CREATE TABLE person (n int, data jsonb);
INSERT INTO person VALUES
    (1, '{"name": "ann", "age": 35, "skills": ["Go", "C"], "yes": true, "said": "false", "big": 9007199254740993, "rate": 1.50, "code": "007", "deep": {"list": [{"a": {"1": "one"}}]}}'),
    (2, '{"name": "bob", "age": "36", "hobby": null}'),
    (3, '{"name": "eve", "age": 1, "hobby": "chess", "город": "Пермь"}');

-- For whom each query holds.
CREATE FUNCTION whom(query text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(data ->> 'name', ' ' ORDER BY n), '-') FROM person WHERE jsonql(query, data) $$;
SELECT format('%-56s %s', query, whom(query)) FROM unnest(ARRAY[
    -- Comparisons.
    'name = ''ann''', 'name="ann"', 'name != ''ann''', 'name > ''b''', 'name >= ''bob''', 'name < ''bob''', 'name <= ''bob''', 'age = 36', 'age > 30', 'age <= 35.0', '35 = age', 'город = ''Пермь''',
    -- Joining.
    'name=''ann'' && age=35', 'name=''ann'' || age=1', 'age<10 || (name=''bob'' && age=36)', '(name=''bob'' || name=''eve'') && age > 1', 'name=''ann'' || name=''bob'' && age=1', 'true', 'false',
    -- Calculating.
    'age = 30+5.0', 'age = 40 - 5', 'age = 70-5*7', 'age = 70.0/2.0', 'age = 71%36', 'age = (2*3)^2', 'age = 6^2-1', '1/3*3 = 1 && 7/2 = 3.5', '0.1+0.2 = 0.3', '2^3^2 = 512', '2^-1 = 0.5', '-7%3 = -1', '10-4-3 = 3',
    'big = 9007199254740993', 'big = 9007199254740992', 'rate = 1.5', 'name + age = ''ann35''', 'name = ''an''+''n''', 'name + 6/4 = ''ann1.5''',
    -- Patterns.
    'name ~= ''^[ab]''', 'name !~= ''^[ab]''', 'age ~= ''^3''', 'hobby ~= ''s{2}$''', 'hobby !~= ''s{2}$''', 'name ~= ''^'' + ''e''', 'name ~= ''\w{3}''',
    -- What is there.
    'hobby is defined', 'hobby isnot defined', 'hobby is null', 'hobby isnot null', 'hobby = null', 'hobby != ''chess''', 'hobby = hobby', 'skills is defined', 'skills = skills',
    -- Paths.
    'skills.[1] = ''C''', 'skills[0] = ''Go''', 'deep.list.[0].a.1 = ''one''', 'deep.list[1].a is defined', 'name.first is defined', 'name[0] isnot defined',
    -- Kinds.
    'yes = true', 'yes = ''true''', 'said = false', 'yes = 1', 'code = 7', 'code = ''7''', 'name = 5', 'name > 5', '''it''''s'' = "it''s"', '''say "x"'' = "say ""x"""'
]) WITH ORDINALITY AS t(query, n) ORDER BY n;
SELECT jsonql('yes', data) FROM person WHERE n = 1;

-- A list is a document too, and a scalar is one without fields.
SELECT jsonql('[0].name = ''ann'' && [2].hobby = ''chess'' && [3] isnot defined', jsonb_agg(data ORDER BY n)) FROM person;
SELECT jsonql('a isnot defined', '5'), jsonql('1 = 1', 'null');

-- Templates take the document as their scope.
CREATE TABLE event AS SELECT '{"in": {"data": {"status": "success"}, "http_code": 200, "code": "200", "none": null, "flag": "true", "quote": "x'' || ''a'' = ''a", "zero": "007"},
    "template": {"show_push": true}}'::jsonb AS doc;
SELECT format('%-60s %s', query, jsonql(query, doc)) FROM event, unnest(ARRAY[
    '(''$template.show_push'' = ''true'')', '(''$template.show_push'' = ''false'')', '($template.show_push = true)', '(''$in.data.status'' = ''success'')', '$in.data.status = ''success''',
    '''<${in.data.status}>'' = ''<success>''', '$in.http_code = 200 && $in.code = 200', '$in.code + 1 = 201', '$#in.code + 1 = ''2001''', '$in.flag', '$in.none is null', '''$in.none'' = ''''',
    '$in.zero = 7', '''$in.zero'' = ''7''', '''$in.quote'' = ''x''', '$in.quote = ''x''', '''$in.quote'' = ''x'''' || ''''a'''' = ''''a''', 'in.data.status = $in.data.status', '''\$5'' = ''$5''',
    '''\$in.code'' = ''\$in'' + ''.code'''
]) WITH ORDINALITY AS t(query, n) ORDER BY n;

-- A value is an operand, whatever it holds.
SELECT count(*), count(*) FILTER (WHERE jsonql('''$in.value'' = ''no''', jsonb_build_object('in', jsonb_build_object('value', value)))),
       count(*) FILTER (WHERE jsonql('$in.value = ''no''', jsonb_build_object('in', jsonb_build_object('value', value)))),
       count(*) FILTER (WHERE jsonql('''$in.value'' = ''' || replace(replace(value, '''', ''''''), '$', '\$') || '''', jsonb_build_object('in', jsonb_build_object('value', value))))
FROM unnest(ARRAY['''', ''' = ''', ''' || true || ''', ''' || ''a'' = ''a', 'no'' || ''no', 'true', 'null', '1 = 1', '(', ')', '$in.value', '${in.value}', '\', '"', '~= ''.*''', 'in.value', '-- ', '']) AS value;

-- Queries that cannot be read.
SELECT format('%-28s %s', left(query, 28), refusal(format('SELECT jsonql(%L, ''{}'')', query))) FROM unnest(ARRAY[
    '', ' ', 'a =', '= a', 'a == 1', 'a b', 'a AND b', '(a = 1', 'a = 1)', 'a = ''x', 'a is 5', 'a is', 'a = 1e5', 'a = 1.2.3', 'a.b. = 1', 'a[x] = 1', 'a & b', '!a', '-a = 1', 'a ~= ''(''', 'a ~= ''(?=x)''',
    '$$in.a = 1', '''x $#in.a'' = 1', '${in.a = 1', '$x = 1', repeat('(', 200), repeat('a', 10001)
]) WITH ORDINALITY AS t(query, n) ORDER BY n;

-- Queries that cannot be answered.
SELECT format('%-28s %s', query, refusal(format('SELECT jsonql(%L, data) FROM person WHERE n = 1', query))) FROM unnest(ARRAY[
    '5', 'name', '''true''', 'hobby', '1 + 1', 'name && true', 'true && ''true''', 'false || 1', 'name - 1 = 1', 'skills + 1 = 2', 'hobby + 1 = 2', '1/0 = 1', '1%0 = 1', '0^-1 = 1', '2^0.5 = 1', '''x'' + 1/3 = ''x''',
    'name ~= null', 'name ~= ''('' + ''''', '10^1001 = 1', '(10^900)^900 = 1', '2^99999999999 = 1'
]) WITH ORDINALITY AS t(query, n) ORDER BY n;
SELECT jsonql('true || 1', '{}'), jsonql('false && 1', '{}'), jsonql('hobby is defined && hobby - 1 = 1', '{}');
SELECT refusal($$SELECT jsonql('$in.x = 1', '{"in": {}}')$$), refusal($$SELECT jsonql('true || $in.x = 1', '{"in": {}}')$$), refusal($$SELECT jsonql('$in.x = 1', '{"x": 1}')$$), refusal($$SELECT jsonql('$in.x = 1', '[]')$$);
SELECT refusal(format('SELECT jsonql(%L, %L)', '''' || repeat('$in.x', 100) || ''' = ''''', jsonb_build_object('in', jsonb_build_object('x', repeat('x', 1000000)))));

-- NULL, and an index.
SELECT jsonql(NULL, '{}'), jsonql('true', NULL);
CREATE INDEX ON person ((data ->> 'name')) WHERE jsonql('age is defined && age > 30', data);
SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE oid = 'jsonql(text, jsonb)'::regprocedure;
