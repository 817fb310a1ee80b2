import { randomUUID } from 'node:crypto';
import type { Fault } from '@codegen/simulator';
import { raw } from '../../apps/api/test/raw-request.ts';
import { exchange, jsonOf } from './exchange.ts';
import { type Scenario, startJob } from './scene.ts';
import { ENDLESS, KEY } from './site.ts';
import { assembled, type Parts } from './valid.ts';

const withHeader =
  (name: string, value: string): Scenario =>
  ({ send, valid }) =>
    send({ headers: { ...valid.headers, [name]: value } });

const withBody =
  (body: string): Scenario =>
  ({ send }) =>
    send({ body });

/** A query of whichever form the operation takes. */
const asking =
  (query: string): Scenario =>
  ({ send, valid }) =>
    send(asked(valid, query));

const asked = ({ body }: Parts, query: string): Partial<Parts> =>
  body === undefined
    ? { query: [['query', encodeURIComponent(query)]] }
    : { body: JSON.stringify({ query }) };

/** Adds those parameters that the operation takes. */
const withQuery =
  (...query: (readonly [string, string])[]): Scenario =>
  ({ operation: { parameters = [] }, send, valid }) => {
    const known = parameters.filter((one) => one.in === 'query').map((one) => one.name);
    return send({ query: [...valid.query, ...query.filter(([name]) => known.includes(name))] });
  };

const withPath =
  (value: string): Scenario =>
  ({ send, valid }) =>
    send({ inPath: Object.fromEntries(Object.keys(valid.inPath).map((name) => [name, value])) });

/** The model server does this to everything that is asked about one query, at a service that nothing else is asked of. */
const withFault =
  (fault: Fault): Scenario =>
  async ({ site, send, valid }) => {
    const word = `fault-${randomUUID()}`;
    site.simulator.faults.add({ match: { contains: word }, fault });
    return send(asked(valid, word), await site.another());
  };

/** How each problem is brought about, at every operation that can have it. */
export const FAILING: Readonly<Record<string, Scenario>> = {
  'missing-query': ({ send }) => send({ query: [] }),
  'repeated-query': withQuery(['query', 'again']),
  'invalid-encoding': (scene) =>
    scene.operation.operationId === 'generate'
      ? scene.send({ query: [['query', '%ff']] })
      : withPath('%ff')(scene),
  'malformed-preference': withHeader('Prefer', '"'),
  'malformed-job-id': withPath('7'),
  'malformed-cursor': withQuery(['cursor', '!'], ['after', '!']),
  'malformed-idempotency-key': withHeader('Idempotency-Key', 'a b'),
  'invalid-parameter': withQuery(['on_disconnect', 'wait']),
  'invalid-filter': withQuery(['status', 'lost']),
  'malformed-json': withBody('{'),
  'malformed-request': async ({ site, valid }) => {
    const { method, path } = assembled(valid);
    return raw(site.url, `${method.toUpperCase()} ${path} or so HTTP/1.1\r\nHost: x\r\n\r\n`);
  },
  unauthorized: ({ send }) => send({ headers: {} }),
  // Without keys an API for this machine alone goes by this machine's names.
  'foreign-page': ({ site, send, valid }) =>
    send({ headers: { ...valid.headers, Host: 'rebound.example' } }, site.keyless),
  'unknown-job': withPath(randomUUID()),
  'unknown-path': withPath('nothing'),
  'unknown-problem': withPath('nothing'),
  'job-not-finished': async ({ send, endlessJob }) => send({ inPath: { id: await endlessJob() } }),
  'no-webhook': ({ send }) => send(),
  'nothing-to-accept': async ({ send, endlessJob }) => send({ inPath: { id: await endlessJob() } }),
  'job-cancelled': async ({ site, send, valid }) => {
    const key = randomUUID();
    const waiting = send({ ...asked(valid, ENDLESS), headers: { ...valid.headers, 'Idempotency-Key': key } });
    const headers = { Authorization: `Bearer ${KEY}` };
    const list = () => exchange(site.url, { method: 'get', path: `/jobs?idempotencyKey=${key}`, headers });
    let [job] = jsonOf(await list()).jobs;
    while (job === undefined) [job] = jsonOf(await list()).jobs;
    await exchange(site.url, { method: 'post', path: `/jobs/${job.id}/cancel`, headers });
    return waiting;
  },
  'body-too-large': withHeader('Content-Length', String(2 * 1024 * 1024)),
  'query-too-long': asking('x'.repeat(8_001)),
  'conversation-too-long': asking('x'.repeat(8_001)),
  'unsupported-media-type': withHeader('Content-Type', 'text/plain'),
  'invalid-job-request': withBody('{"question": "?"}'),
  'model-not-allowed': withBody('{"query": "Hi", "models": {"reviewer": ["another/model"]}}'),
  'invalid-webhook': withBody('{"query": "Hi", "webhook": "http://localhost/"}'),
  'webhooks-not-configured': ({ site, send, valid: { body } }) =>
    send(
      body ? { body: JSON.stringify({ query: 'Hi', webhook: 'https://hooks.example/' }) } : {},
      site.alone,
    ),
  'idempotency-key-reused': async ({ send, valid }) => {
    const headers = { ...valid.headers, 'Idempotency-Key': randomUUID() };
    await send({ headers });
    return send({ headers, ...asked(valid, 'something else') });
  },
  'blank-query': asking(' '),
  'unreadable-query': asking('\u0000'),
  'rate-limited': async ({ site, send }) => {
    let reply = await send({}, site.limited);
    while (reply.status !== 429) reply = await send({}, site.limited);
    return reply;
  },
  'too-many-jobs': async ({ site, send, valid }) => {
    await startJob({ url: site.full }, 'The only one', 'respond-async');
    return send(asked(valid, 'One more'), site.full);
  },
  'headers-too-large': withHeader('X-Large', 'x'.repeat(200_000)),
  'models-failed': withFault({ kind: 'too-long' }),
  'model-key-rejected': withFault({ kind: 'bad-key' }),
  'model-credit-used-up': withFault({ kind: 'no-credit' }),
  'budget-exhausted': withQuery(['maxCostUsd', '0.000000001']),
  'deadline-exceeded': ({ send }) =>
    send({
      query: [
        ['query', ENDLESS],
        ['deadlineSeconds', '1'],
      ],
    }),
  'queue-unavailable': ({ site, send }) => send({}, site.cutOff),
  overloaded: ({ site, send }) => send({}, site.alone),
  'no-worker': ({ site, send }) => send({}, site.alone),
};

/** What no test can bring about at will, and where it is shown instead. */
export const NOT_AT_WILL: Readonly<Record<string, string>> = {
  'internal-error': 'a fault of our own',
  'request-timeout': 'takes half a minute; apps/api/test/http/malformed-request.test.ts',
};
