// The queue that people write by hand: rows taken with SKIP LOCKED, sent and deleted in one transaction; LISTEN wakes it.
// Usage: node hand.mjs SINK BATCH LOOPS
import pg from 'pg';
import { open } from './sinks.mjs';

const [sink, batch, loops] = process.argv.slice(2);
const TAKE = {
    name: 'take',
    text: `DELETE FROM bench.queue WHERE id IN
               (SELECT id FROM bench.queue ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING payload`,
    values: [Number(batch)],
};
const POLL = 1000;

let calls = 0;
let wake = () => {};

async function connect() {
    const client = new pg.Client();
    await client.connect();
    return client;
}

// Until somebody calls, or it is time to look anyway.
function rest() {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, POLL);
        const before = wake;
        wake = () => { clearTimeout(timer); before(); resolve(); };
    });
}

async function loop(client, send) {
    for (;;) {
        const seen = calls;
        await client.query('BEGIN');
        const { rows } = await client.query(TAKE);
        if (rows.length > 0) await send(rows.map((row) => row.payload));
        await client.query('COMMIT');
        if (rows.length === 0 && seen === calls) await rest();
    }
}

const listener = await connect();
listener.on('notification', () => { calls += 1; const all = wake; wake = () => {}; all(); });
await listener.query('LISTEN queue');
const send = await open(sink, Number(loops));
for (let n = 0; n < Number(loops); n += 1) loop(await connect(), send);
console.log('ready');
