// Publishes the same text over and over from memory, confirmed: what the client alone can do, without a database.
// Prints messages a second and microseconds of CPU a message. Usage: node publish.mjs SINK COUNT BATCH TEXT
import { open } from './sinks.mjs';

const [sink, count, batch, text] = process.argv.slice(2);
const texts = new Array(Number(batch)).fill(text);
const send = await open(sink);
for (let n = 0; n < 10; n += 1) await send(texts); // warms up

const cpu = process.cpuUsage();
const begun = performance.now();
for (let sent = 0; sent < count; sent += texts.length) await send(texts);
const seconds = (performance.now() - begun) / 1000;
const used = process.cpuUsage(cpu);
console.log((count / seconds).toFixed(0), ((used.user + used.system) / count).toFixed(2));
process.exit(0);
