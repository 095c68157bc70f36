// Where the peers send to. A sink takes a list of JSON texts and is done when all of them have been taken.
import { createHmac, randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { Kafka, logLevel } from 'kafkajs';
import { Pool } from 'undici';

const SECRET = Buffer.from('bXktc2VjcmV0', 'base64');

// Opens the sink of a description: http://HOST:PORT/PATH, amqp://…#QUEUE or kafka://HOST:PORT/TOPIC.
export function open(description, connections = 1) {
    const url = new URL(description);
    if (url.protocol === 'http:') return http(url, connections);
    return url.protocol === 'amqp:' ? rabbit(url) : kafka(url);
}

// A JSON array by POST, signed as Standard Webhooks describes it.
function http(url, connections) {
    const pool = new Pool(url.origin, { connections });
    return async (texts) => {
        const body = `[${texts.join(',')}]`;
        const id = randomUUID();
        const timestamp = Math.floor(Date.now() / 1000);
        const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.`).update(body).digest('base64');
        const headers = {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': `v1,${signature}`,
        };
        const answer = await pool.request({ path: url.pathname, method: 'POST', headers, body });
        await answer.body.dump();
        if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    };
}

// Persistent messages to a durable queue, confirmed.
async function rabbit(url) {
    const queue = url.hash.slice(1);
    url.hash = '';
    const connection = await amqp.connect(url.href);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    const options = { persistent: true, mandatory: true, contentType: 'application/json' };
    return async (texts) => {
        for (const text of texts) channel.sendToQueue(queue, Buffer.from(text), options);
        await channel.waitForConfirms();
    };
}

// Messages to a topic, acknowledged by all replicas.
async function kafka(url) {
    const producer = new Kafka({ brokers: [url.host], logLevel: logLevel.ERROR }).producer();
    await producer.connect();
    const topic = url.pathname.slice(1);
    return (texts) => producer.send({ topic, acks: -1, messages: texts.map((value) => ({ value })) });
}
