// A webhook receiver for Express, such as documentation of webhooks shows: verify (Standard Webhooks), parse, log, answer. It stores nothing.
import { createHmac, timingSafeEqual } from 'node:crypto';
import express from 'express';

const ToleranceSeconds = 300;
const key = Buffer.from(process.env.GEMINI_WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');

function isGenuine(headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= ToleranceSeconds)) {
    return false;
  }

  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((entry) => {
    const [version, signature] = entry.split(',', 2);
    const given = Buffer.from(signature ?? '', 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const app = express();
app.post('/api/webhooks/gemini', express.raw({ type: () => true, limit: '1mb' }), (request, response) => {
  if (!isGenuine(request.headers, request.body)) {
    response.status(400).json({ error: 'The webhook was not accepted.' });
    return;
  }

  const event = JSON.parse(request.body);
  console.log(`${event.type} ${request.headers['webhook-id']}`);
  response.json({ received: true });
});

const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: server.address().port }));
});

// The parent process closes this process's standard input to end it.
process.stdin.resume().on('end', () => process.exit(0));
