import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { CallLog, CallRecord } from './call-log.ts';

/**
 * One line of JSON whenever a call begins to be answered and when it is over, from now until the client leaves. What
 * was sent of an answer was sent before its line.
 */
export function followCalls(calls: CallLog, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const stop = calls.watch((call) => response.write(`${JSON.stringify(lineOf(call))}\n`));
  response.once('close', stop);
}

/** Without texts and keys; `caller` tells the bearers of different keys apart. */
const lineOf = ({ id, at, endedAt, stage, model, request, status, fault, headers }: CallRecord) => ({
  id,
  at,
  endedAt,
  stage,
  model,
  request,
  status,
  fault,
  caller: createHash('sha256')
    .update(headers.authorization ?? '')
    .digest('hex')
    .slice(0, 16),
});
