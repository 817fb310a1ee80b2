import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { CallLog, CallRecord } from './call-log.ts';
import { type FaultRule, faultRule } from './faults/fault-rule.ts';
import { readJson } from './http/body.ts';
import { Problem } from './http/problem.ts';

/** A rule or a list of rules; a 422 that names each mistake if any of them is none. */
export async function readRules(request: IncomingMessage): Promise<FaultRule[]> {
  const body = await readJson(request);
  const parsed = z.array(faultRule).safeParse(Array.isArray(body) ? body : [body]);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
  throw new Problem(422, 'Not a fault rule', { errors });
}

/** Without the bodies, and without the keys: unlike the records in the process, these leave it. */
export function listCalls(calls: CallLog) {
  return calls.all().map(({ body: _, headers: { authorization, ...headers }, ...call }) => ({
    ...call,
    headers: authorization === undefined ? headers : { ...headers, authorization: '(hidden)' },
  }));
}

export function summariseCalls(calls: CallLog) {
  const all = calls.all();
  return {
    total: all.length,
    stage: count(all, ({ stage }) => stage),
    model: count(all, ({ model }) => model),
    status: count(all, ({ status }) => status),
  };
}

function count(calls: readonly CallRecord[], by: (call: CallRecord) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(by(call), (counts.get(by(call)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
