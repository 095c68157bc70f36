-- A channel whose Listener pipeline packs a document of the size of a peer's and sends it.
SELECT channel_set(jsonb_build_object('name', 'Bench', 'string_id', 'bench', 'kind', 'indirect',
    'fields', '{"resource": [{"shortname": "place", "title": "Place", "type": "string"}]}'::jsonb)) \g /dev/null

CREATE FUNCTION bench.send_to(url text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline_set('bench', 'listener', jsonb_build_array(
        '{"id": 1, "type": "unpack", "outs": {"success": 2}}'::jsonb,
        jsonb_build_object('id', 2, 'type', 'pack', 'outs', '{"success": 3}'::jsonb,
            'params', jsonb_build_object('template', jsonb_build_object('event', '$#in.data'))),
        jsonb_build_object('id', 3, 'type', 'http_request', 'params', jsonb_build_object(
            'url', url, 'method', 'POST', 'content_type', 'json', 'timeout', 30, 'pool_size', 32))));
END $$;

CREATE FUNCTION bench.start_runs(count bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pipeline_listen('bench', jsonb_build_object('body', bench.envelope(n))) FROM generate_series(1, count) n;
END $$;
