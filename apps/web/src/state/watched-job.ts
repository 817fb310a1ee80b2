import { CodegenError } from '@codegen/client';
import type { Job, JobEvent, JobStage } from '@codegen/contract';
import { batch, computed, signal } from '@preact/signals';
import { capital } from '../format.ts';
import { BASE } from './base.ts';
import { isFinishedStatus, type Notes, type StageNote, viewOf } from './job-view.ts';
import { fetchFromService, isReachable, serverNow, service } from './service.ts';

export interface Trouble {
  readonly title: string;
  readonly detail: string;
  readonly status: number | null;
}

/** The job on the page. */
export const jobId = signal<string | null>(null);
export const job = signal<Job | null>(null);
const notes = signal<Notes>({});
/** The text of each stage so far. */
export const texts = signal<Readonly<Record<string, string>>>({});
/** Why the job cannot be shown or followed; null if it can. */
export const trouble = signal<Trouble | null>(null);
/** What keeps the job from going on, or the page from knowing that it does. */
export type Standstill = 'offline' | 'no-worker' | 'queue-unavailable';
const notReady = signal<Exclude<Standstill, 'offline'> | null>(null);
export const standstill = computed<Standstill | null>(() => (isReachable.value ? notReady.value : 'offline'));
/** Whether the page knows what the job does now. */
export const isFollowed = computed(() => isReachable.value && trouble.value === null);

export const view = computed(() => (job.value === null ? null : viewOf(job.value, notes.value)));

/** The service is checked this often, ms; while something is wrong, at each `TICK_MS`. */
const CHECK_MS = 4_000;
const TICK_MS = 1_000;
const CHECK_TIMEOUT_MS = 3_000;
const RECONNECT_MS = 2_000;

let stop: AbortController | undefined;

/** Shows a job and follows it until it finishes or another one is shown. @param known the job, if it has been read */
export function watchJob(id: string, known: Job | null = null) {
  stop?.abort();
  const control = new AbortController();
  stop = control;
  pending = {};
  batch(() => {
    jobId.value = id;
    job.value = known;
    notes.value = {};
    texts.value = {};
    trouble.value = null;
    notReady.value = null;
  });
  void follow(id, control.signal);
}

export function unwatch() {
  stop?.abort();
  batch(() => {
    jobId.value = null;
    job.value = null;
    trouble.value = null;
  });
}

/** Reads the job, then its events from the first. The job is the truth; events say when to read it again. */
async function follow(id: string, signal: AbortSignal) {
  const reader = createReader(id, signal);
  for (let after = 0; !signal.aborted; ) {
    const connection = new AbortController();
    const stopChecks = startChecks(reader, signal, () => connection.abort());
    try {
      await reader.readNow();
      trouble.value = null;
      if (hasResult(job.value)) return;
      const either = AbortSignal.any([signal, connection.signal]);
      for await (const event of service().events(id, { after, signal: either })) {
        after = event.sequence;
        apply(event, reader);
      }
      await reader.readNow();
      if (job.value !== null && isFinishedStatus(job.value.status)) return;
    } catch (error) {
      if (signal.aborted) return;
      if (connection.signal.aborted) continue;
      trouble.value = troubleOf(error);
      if (isPermanent(error)) return;
    } finally {
      stopChecks();
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Whether a job has all that the page shows. One without a result has texts in its events. */
const hasResult = (current: Job | null) => current?.status === 'completed';

/** A missing job or key. A broken connection, a busy service and a stopped one pass. */
const isPermanent = (error: unknown) =>
  error instanceof CodegenError && error.status !== null && [400, 401, 403, 404].includes(error.status);

export function troubleOf(error: unknown): Trouble {
  if (error instanceof CodegenError) {
    const { problem, status, message } = error;
    if (problem && status === 401)
      return { title: problem.title, detail: 'Enter a valid key to go on.', status };
    return {
      title: problem?.title ?? (status === null ? 'The service does not answer' : 'Unexpected answer'),
      detail: problem?.detail ?? (status === null ? '' : `${capital(message)}.`),
      status,
    };
  }
  return { title: 'Something went wrong on this page', detail: String(error), status: null };
}

interface Reader {
  readNow(): Promise<void>;
  /** Reads the job soon; calls in the meantime count once. */
  readSoon(): void;
}

function createReader(id: string, signal: AbortSignal): Reader {
  let reading: Promise<void> | null = null;
  let isStale = false;
  async function read() {
    do {
      isStale = false;
      const fresh = await service().job(id, { signal });
      if (signal.aborted) return;
      job.value = fresh;
    } while (isStale);
  }
  const readNow = () => {
    isStale = true;
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  // A failure shows in the event stream, too.
  return { readNow, readSoon: () => void readNow().catch(() => {}) };
}

/** Checks what no event reports: that the service, its queue or its workers have stopped. @param reconnect called when the service is back */
function startChecks(reader: Reader, signal: AbortSignal, reconnect: () => void): () => void {
  let isChecking = false;
  const check = async () => {
    if (isChecking) return;
    isChecking = true;
    const wasOffline = !isReachable.value;
    if (!wasOffline && job.value !== null) reader.readSoon();
    const found = await findStandstill();
    isChecking = false;
    if (signal.aborted) return;
    notReady.value = found;
    // The client’s own pauses between attempts have grown by now.
    if (wasOffline && isReachable.value) reconnect();
  };
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    if (standstill.value !== null || job.value === null || ticks % (CHECK_MS / TICK_MS) === 0) void check();
  }, TICK_MS);
  const now = () => void check();
  addEventListener('offline', now);
  addEventListener('online', now);
  return () => {
    clearInterval(timer);
    removeEventListener('offline', now);
    removeEventListener('online', now);
  };
}

async function findStandstill() {
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const response = await fetchFromService(`${BASE}/readyz`, { signal });
    const text = await response.text();
    if (response.status !== 503) return null;
    const [, type] = /"\/problems\/(no-worker|queue-unavailable)"/.exec(text) ?? [];
    return (type as Exclude<Standstill, 'offline'> | undefined) ?? null;
  } catch {
    return null;
  }
}

function apply(event: JobEvent, reader: Reader) {
  switch (event.type) {
    case 'snapshot':
    case 'job.finished':
      job.value = event.job;
      return;
    case 'stage.delta':
      return addText(event.stage, event.text);
    case 'job.routed':
      return reader.readSoon();
    case 'stage.started':
      batch(() => {
        delete pending[event.stage];
        texts.value = { ...texts.value, [event.stage]: '' };
        note(event.stage, {});
        patch(event.stage, ({ startedAt }) => ({
          status: 'running',
          model: event.model,
          startedAt: startedAt ?? new Date(serverNow()).toISOString(),
        }));
      });
      return reader.readSoon();
    case 'stage.retrying':
      note(event.stage, { why: event.why, retryAt: event.retryAt });
      patch(event.stage, () => ({ status: 'retrying' }));
      return reader.readSoon();
    case 'stage.degraded':
      note(event.stage, { why: event.why, consequence: event.consequence });
      return reader.readSoon();
    default:
      reader.readSoon();
  }
}

const note = (stage: string, one: StageNote) => {
  notes.value = { ...notes.value, [stage]: one };
};

/** Shows a change at once, until the job has been read. A replayed event does not reopen a stage that has ended. */
function patch(name: string, change: (stage: JobStage) => Partial<JobStage>) {
  const current = job.value;
  if (current === null) return;
  const stages = current.stages.map((stage) =>
    stage.name === name && ['waiting', 'running', 'retrying'].includes(stage.status)
      ? { ...stage, ...change(stage) }
      : stage,
  );
  job.value = { ...current, stages };
}

let pending: Record<string, string> = {};
let timer = 0;
/** Text appears this often, ms: a model writes faster than people read, and a replayed log has thousands of deltas. */
const TEXT_MS = 80;

function addText(stage: string, text: string) {
  pending[stage] = (pending[stage] ?? '') + text;
  if (timer !== 0) return;
  timer = window.setTimeout(() => {
    timer = 0;
    const next = { ...texts.value };
    for (const [name, more] of Object.entries(pending)) next[name] = (next[name] ?? '') + more;
    pending = {};
    texts.value = next;
  }, TEXT_MS);
}
