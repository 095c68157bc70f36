-- The same file, into a table of texts without an index.
SELECT clock_timestamp() AS begun \gset
COPY bench.copied FROM :'file' WITH (FORMAT csv, HEADER);
SELECT extract(epoch FROM clock_timestamp() - :'begun');
