import { randomUUID } from 'node:crypto';
import type { Fault } from '@codegen/simulator';
import { raw } from '@codegen/testing/api/raw-request';
import { jsonOf, sendRequest } from '@codegen/testing/openapi/http-request';
import { type Scenario, type Setup, startJob } from './scenario.ts';
import { ENDLESS, KEY } from './site.ts';
import { buildRequest, idOf, type RequestParts } from './valid-request.ts';

const withHeader =
  (name: string, value: string): Scenario =>
  ({ send, valid }) =>
    send({ headers: { ...valid.headers, [name]: value } });

const withBody =
  (body: string): Scenario =>
  ({ send }) =>
    send({ body });

/** Sends a query as a parameter or in a body, as the operation takes it. */
const sendQuery =
  (query: string): Scenario =>
  ({ send, valid }) =>
    send(partsWith(valid, query));

const partsWith = ({ body }: RequestParts, query: string): Partial<RequestParts> =>
  body === undefined
    ? { query: [['query', encodeURIComponent(query)]] }
    : { body: JSON.stringify(bodyWith(JSON.parse(body), query)) };

/** A body of the same form with another query. */
function bodyWith(valid: object, query: string): object {
  if ('messages' in valid) return { ...valid, messages: [{ role: 'user', content: query }] };
  return 'input' in valid ? { ...valid, input: query } : { query };
}

/** Sends job options as parameters or in a body, as the operation takes them. */
const withOptions =
  (query: string | null, options: Readonly<Record<string, number>>): Scenario =>
  ({ send, valid }) => {
    const parts = query === null ? {} : partsWith(valid, query);
    if (valid.body !== undefined)
      return send({ body: JSON.stringify({ ...JSON.parse(parts.body ?? valid.body), ...options }) });
    const pairs = Object.entries(options).map(([name, value]) => [name, String(value)] as const);
    return send({ query: [...(parts.query ?? valid.query), ...pairs] });
  };

/** Adds the query parameters that the operation has. */
const withQuery =
  (...query: (readonly [string, string])[]): Scenario =>
  ({ operation: { parameters = [] }, send, valid }) => {
    const known = parameters.filter((one) => one.in === 'query').map((one) => one.name);
    return send({ query: [...valid.query, ...query.filter(([name]) => known.includes(name))] });
  };

const withPath =
  (value: string): Scenario =>
  ({ send, valid }) =>
    send({ pathValues: Object.fromEntries(Object.keys(valid.pathValues).map((name) => [name, value])) });

/** Names a job in the path, or as the job to continue. */
const onJob =
  (jobOf: (setup: Setup) => string | Promise<string>): Scenario =>
  async (setup) => {
    const { send, valid } = setup;
    const id = await jobOf(setup);
    const inPath = Object.keys(valid.pathValues).map((name) => [name, idOf(name, id) ?? '']);
    if (inPath.length > 0) return send({ pathValues: Object.fromEntries(inPath) });
    const changed = partsWith(valid, 'Go on');
    if (changed.body === undefined) return send({ query: [...(changed.query ?? []), ['previousJobId', id]] });
    const body = JSON.parse(changed.body);
    const previous = 'input' in body ? { previous_response_id: `resp_${id}` } : { previousJobId: id };
    return send({ body: JSON.stringify({ ...body, ...previous }) });
  };

/** Sends a query to which the model server responds with a fault. A separate service keeps its breakers from other tests. */
const withFault =
  (fault: Fault): Scenario =>
  async ({ site, send, valid }) => {
    const word = `fault-${randomUUID()}`;
    site.simulator.faults.add({ match: { contains: word }, fault });
    return send(partsWith(valid, word), await site.startAnother());
  };

/** Brings about each problem type, at every operation that can answer with it. */
export const FAILURES: Readonly<Record<string, Scenario>> = {
  'missing-query': ({ send }) => send({ query: [] }),
  'repeated-query': withQuery(['query', 'again']),
  'invalid-encoding': (setup) =>
    setup.operation.operationId === 'generate'
      ? setup.send({ query: [['query', '%ff']] })
      : withPath('%ff')(setup),
  'malformed-preference': withHeader('Prefer', '"'),
  'malformed-job-id': withPath('7'),
  'malformed-cursor': withQuery(['cursor', '!'], ['after', '!']),
  'malformed-idempotency-key': withHeader('Idempotency-Key', 'a b'),
  'invalid-parameter': withQuery(['on_disconnect', 'wait']),
  'invalid-filter': withQuery(['status', 'lost'], ['limit', '0']),
  'malformed-json': withBody('{'),
  'malformed-request': async ({ site, valid }) => {
    const { method, path } = buildRequest(valid);
    return raw(site.url, `${method.toUpperCase()} ${path} or so HTTP/1.1\r\nHost: x\r\n\r\n`);
  },
  unauthorized: ({ send }) => send({ headers: {} }),
  // Without keys, an API on a loopback address accepts only loopback host names.
  'cross-site-request': ({ site, send, valid }) =>
    valid.path.startsWith('/admin/')
      ? send({ headers: { ...valid.headers, 'Sec-Fetch-Site': 'cross-site' } })
      : send({ headers: { ...valid.headers, Host: 'rebound.example' } }, site.keyless),
  'admin-not-configured': ({ site, send }) => send({}, site.keyless),
  'unknown-job': onJob(() => randomUUID()),
  'unknown-thread': withPath(randomUUID()),
  'unknown-model': ({ send, valid }) =>
    valid.body === undefined
      ? send({ pathValues: { model: 'gpt' } })
      : send({ body: JSON.stringify({ ...JSON.parse(valid.body), model: 'gpt' }) }),
  'unknown-path': withPath('nothing'),
  'unknown-problem': withPath('nothing'),
  'job-not-finished': onJob(({ endlessJob }) => endlessJob()),
  'job-not-failed': onJob(({ finishedJob }) => finishedJob()),
  'no-webhook': ({ send }) => send(),
  'nothing-to-accept': async ({ send, endlessJob }) => send({ pathValues: { id: await endlessJob() } }),
  'job-cancelled': async ({ site, send, valid }) => {
    const key = randomUUID();
    const waiting = send({
      ...partsWith(valid, ENDLESS),
      headers: { ...valid.headers, 'Idempotency-Key': key },
    });
    const headers = { Authorization: `Bearer ${KEY}` };
    const list = () => sendRequest(site.url, { method: 'get', path: `/jobs?idempotencyKey=${key}`, headers });
    let [job] = jsonOf(await list()).jobs;
    while (job === undefined) [job] = jsonOf(await list()).jobs;
    await sendRequest(site.url, { method: 'post', path: `/jobs/${job.id}/cancel`, headers });
    return waiting;
  },
  'body-too-large': withHeader('Content-Length', String(2 * 1024 * 1024)),
  'query-too-long': sendQuery('x'.repeat(8_001)),
  'conversation-too-long': sendQuery('x'.repeat(8_001)),
  'unsupported-media-type': withHeader('Content-Type', 'text/plain'),
  'invalid-job-request': withBody('{"question": "?"}'),
  'invalid-file': withBody('{"query": "Hi", "files": [{"name": "../a.py", "content": ""}]}'),
  'files-too-large': ({ send, valid }) => {
    const content = 'x'.repeat(300_000);
    const chat = partsWith(valid, `Mend it:\n\`\`\`python a.py\n${content}\n\`\`\``);
    const job = { body: JSON.stringify({ query: 'Hi', files: [{ name: 'a.py', content }] }) };
    return send(valid.path.startsWith('/v1/') ? chat : job);
  },
  'model-not-allowed': ({ send, valid: { body = '{}' } }) =>
    send({ body: JSON.stringify({ ...JSON.parse(body), models: { reviewer: ['another/model'] } }) }),
  'invalid-webhook': withBody('{"query": "Hi", "webhook": "http://localhost/"}'),
  'prompts-not-shown': ({ send }) => send(),
  'webhooks-not-configured': ({ site, send, valid: { body } }) =>
    send(
      body ? { body: JSON.stringify({ query: 'Hi', webhook: 'https://hooks.example/' }) } : {},
      site.alone,
    ),
  'idempotency-key-reused': async ({ operation, send, valid }) => {
    const headers = { ...valid.headers, 'Idempotency-Key': randomUUID() };
    await send({ headers });
    const isRerun = operation.operationId === 'rerunJob';
    return send({
      headers,
      ...(isRerun ? { body: '{"from": "answer"}' } : partsWith(valid, 'something else')),
    });
  },
  'blank-query': sendQuery(' '),
  'unreadable-query': sendQuery('\u0000'),
  'rate-limited': async ({ operation, site, send, finishedJob }) => {
    if (operation.operationId === 'redeliverWebhook') {
      const job = await finishedJob('https://hooks.example/');
      const pathValues = { id: idOf('id', job) ?? '' };
      let reply = await send({ pathValues });
      while (reply.status !== 429) reply = await send({ pathValues });
      return reply;
    }
    // Without workers, the request that is accepted may wait for its result: of two, the other one is rejected.
    const rejected = async () => {
      const reply = await send({}, site.limited);
      if (reply.status !== 429) throw new Error(`accepted with ${reply.status}`);
      return reply;
    };
    for (;;) {
      const reply = await Promise.any([rejected(), rejected()]).catch(() => null);
      if (reply !== null) return reply;
    }
  },
  'too-many-jobs': async ({ site, send }) => {
    await startJob({ url: site.full }, `Count ${ENDLESS}`, 'respond-async');
    return send({}, site.full);
  },
  'precondition-failed': withHeader('If-Match', '"x"'),
  'expectation-failed': withHeader('Expect', 'a-miracle'),
  'spending-limit-reached': ({ site, send }) => send({}, site.spent),
  'intake-paused': async ({ site: { intake }, send }) => {
    await intake.setIntake('paused');
    const reply = await send();
    await intake.setIntake('open');
    return reply;
  },
  'headers-too-large': withHeader('X-Large', 'x'.repeat(200_000)),
  'models-failed': withFault({ kind: 'too-long' }),
  'model-key-rejected': withFault({ kind: 'bad-key' }),
  'model-credit-used-up': withFault({ kind: 'no-credit' }),
  // The server has never completed a call for this service, so the address is wrong.
  'model-server-unreachable': withFault({ kind: 'status', status: 405 }),
  'budget-exhausted': withOptions(null, { maxCostUsd: 0.000000001 }),
  'deadline-exceeded': withOptions(ENDLESS, { deadlineSeconds: 1 }),
  'queue-unavailable': ({ site, send }) => send({}, site.cutOff),
  overloaded: ({ site, send }) => send({}, site.crowded),
  'no-worker': ({ site, send }) => send({}, site.alone),
};

/** Problem types that a request cannot bring about, with the reason. */
export const UNTESTED_FAILURES: Readonly<Record<string, string>> = {
  'internal-error': 'only a bug causes it',
  'workers-lost': 'needs three kills of a worker; see packages/queue/test/flow/poison.test.ts',
  'job-still-running': 'takes 10 minutes, or a shutdown; see apps/api/test/v1/waiting.test.ts',
  'request-timeout': 'takes 30 s; see apps/api/test/http/malformed-request.test.ts',
};

const async: Scenario = ({ send, valid }) =>
  send({ headers: { ...valid.headers, Prefer: 'respond-async', 'Idempotency-Key': randomUUID() } });

/** Brings about the successes that the smallest valid request does not lead to, by operation and status. */
export const SUCCESSES: Readonly<Record<string, Scenario>> = {
  'generate 202': async,
  'createJob 200': ({ send, valid }) => send({ headers: { ...valid.headers, Prefer: 'wait=50' } }),
  'createJob 202': async,
  'followJob 204': async ({ send, valid }) => {
    const { body } = await send();
    const last = [...body.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
    return send({ headers: { ...valid.headers, 'Last-Event-ID': last } });
  },
  'rerunJob 200': async ({ site, send, valid }) => {
    const headers = { ...valid.headers, 'Idempotency-Key': randomUUID() };
    const { id } = jsonOf(await send({ headers }));
    await sendRequest(site.url, { method: 'get', path: `/jobs/${id}?wait=50`, headers: valid.headers });
    return send({ headers });
  },
  'readPrompts 200': ({ site, send }) => send({}, site.open),
  'pageFile 200': withPath('page.js'),
  'redeliverWebhook 202': async ({ send, finishedJob }) =>
    send({ pathValues: { id: await finishedJob('https://hooks.example/') } }),
  'cancelJob 202': async ({ send, endlessJob }) => send({ pathValues: { id: await endlessJob() } }),
};
