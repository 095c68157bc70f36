// graphile-worker with what its documentation says about speed: a local queue, many jobs at once, jobs completed in
// batches. With BATCH > 1 the jobs that run at once gather until they fill a request.
// Usage: node graphile.mjs SINK BATCH JOBS LOCAL   (LOCAL: the size of the local queue, 0 for none)
import { Logger, run } from 'graphile-worker';
import { open } from './sinks.mjs';

const [sink, batch, jobs, local] = process.argv.slice(2);
const GATHER = 2;
const send = await open(sink, Math.ceil(jobs / batch));

let gathered = [];
let timer;

function flush() {
    clearTimeout(timer);
    timer = undefined;
    const taken = gathered;
    gathered = [];
    const texts = taken.map((job) => job.text);
    send(texts).then(() => taken.forEach((job) => job.resolve()), (error) => taken.forEach((job) => job.reject(error)));
}

function gather(text) {
    return new Promise((resolve, reject) => {
        gathered.push({ text, resolve, reject });
        if (gathered.length >= batch) flush();
        else timer ??= setTimeout(flush, GATHER);
    });
}

const task = batch > 1 ? (payload) => gather(JSON.stringify(payload)) : (payload) => send([JSON.stringify(payload)]);
const throughput = { localQueue: { size: Number(local) }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
await run({
    taskList: { send: task },
    logger: new Logger(() => () => {}),
    preset: {
        worker: {
            connectionString: 'postgres://',
            concurrentJobs: Number(jobs),
            maxPoolSize: 12,
            ...(local > 0 ? throughput : {}),
        },
    },
});
console.log('ready');
