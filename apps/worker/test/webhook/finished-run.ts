import { randomUUID } from 'node:crypto';
import { fromQuery, NO_OPTIONS } from '@codegen/pipeline';
import type { StoredRun } from '@codegen/queue';

/** A cancelled run with a pending webhook. */
export function finishedRun() {
  const id = randomUUID();
  const run: StoredRun = {
    id,
    conversation: fromQuery('Say “ü”'),
    files: [],
    seed: 1,
    options: NO_OPTIONS,
    createdAt: 1_000,
    route: null,
    stages: {},
    outcome: { status: 'cancelled' },
    finishedAt: 2_000,
    caller: 'alice',
    threadId: id,
    previousJobId: null,
    diff: null,
    keptUntil: null,
    metadata: { ticket: '17' },
    idempotencyKey: null,

    requestId: null,
    traceparent: null,
    turn: 1,
    format: 1,
    webhook: { url: '', status: 'pending', attempts: [], nextAttemptAt: 2_000 },
    lastEvent: 1,
    cost: null,
    rerun: null,
    requestedMaxCostUsd: null,
  };
  return { id, run };
}
