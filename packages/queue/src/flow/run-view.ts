import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import {
  contextOf,
  costOf,
  hasEnded,
  type Node,
  type StageContext,
  type StageRecord,
} from '@codegen/pipeline';
import type { Change } from '../jobs/change.ts';
import type { RunStore } from '../jobs/run-store.ts';
import type { StoredRun } from '../jobs/stored-run.ts';
import { persist } from '../redis/persist.ts';

/** The run needs no more of whoever holds a job of it: it is settled or gone. */
export class RunOver extends Error {
  override readonly name = 'RunOver';
}

/** A run as the holder of one of its jobs knows it, and what one who writes has yet to write of it. */
export interface RunView {
  readonly run: StoredRun;
  /** US dollars the run has cost as far as is known here; null if nothing is known. */
  readonly spent: number | null;
  /** What a stage is shown. */
  contextOf(node: Node): StageContext;
  put(record: StageRecord): void;
  add(change: Change): void;
  /** Writes all that was put and added. Resolves when Redis has it, however long that is, and `aside` is done. @throws RunOver */
  save(): Promise<void>;
  /** As `save`, but resolves when it was sent, if nothing else is on its way. Never rejects. */
  send(): Promise<void>;
  /** What is done meanwhile, elsewhere, and never rejects: nothing more of the run begins before, nor does it end. */
  aside(done: Promise<void>): void;
  /** As `save`, together with what else is put and added in this turn of the event loop, or after what is being read. */
  saveSoon(): Promise<void>;
  /** Whether there is anything to wait for. */
  readonly isUnsaved: boolean;
  /** Reads what others have written, and writes nothing. @throws RunOver */
  refresh(): Promise<void>;
  /** The same run for another who writes at the same time: neither waits until what the other has put is on record. */
  beside(writer: string): RunView;
}

/** What those who write have put and Redis does not have. */
interface Unwritten {
  changes: Change[];
  /** On their way to Redis. */
  sent: Change[];
}

/** @param writer its name is the same for all who hold the job, one after the other */
export function openRunView(store: RunStore, given: StoredRun, writer: string): RunView {
  // Says apart what two holders write. The token of a job does not: it may be that of an earlier holding.
  const holder = randomUUID();
  let run = given;
  const writers: Unwritten[] = [];
  let commits = 0;

  const adopt = (change: Change) => {
    if (change.kind === 'stage') {
      run = { ...run, stages: { ...run.stages, [change.record.stage]: change.record } };
    }
    if (change.kind === 'route') run = { ...run, route: change.route };
    if (change.kind === 'fork') run = { ...run, forked: [...run.forked, change.stage] };
  };
  const take = (loaded: StoredRun | null) => {
    if (loaded === null) throw new RunOver();
    run = loaded;
    for (const { sent, changes } of writers) for (const change of [...sent, ...changes]) adopt(change);
  };
  const load = () => store.load(run.id);

  function openFor(writer: string): RunView {
    const own: Unwritten = { changes: [], sent: [] };
    writers.push(own);
    const pending = new Set<Promise<void>>();
    let writing: Promise<void> = Promise.resolve();
    let reading: Promise<void> | null = null;

    const read = async () => {
      const [loaded] = await Promise.all([load(), writing]);
      // What was being written meanwhile may not have been there yet.
      take(loaded !== null && loaded.lastEvent < run.lastEvent ? await load() : loaded);
    };
    const write = async () => {
      const batch = own.changes;
      if (batch.length === 0) return;
      own.sent = batch;
      own.changes = [];
      if (batch.some(({ kind }) => kind === 'settle')) await Promise.all(pending);
      const by = { writer, mark: `${holder}:${++commits}` };
      const commit = (what: readonly Change[], events: number) =>
        persist(() => store.commit(run.id, what, by, events));
      const first = await commit(batch, run.lastEvent);
      // What Redis lost is known here: it is told again, and what is there all the same stays.
      const committed = first === 'lost' ? await commit([...recalled(run, batch), ...batch], 0) : first;
      own.sent = [];
      if (committed === null || committed === 'lost') throw new RunOver();
      const { cost, events } = committed;
      // Unless it is older than what another writer was told.
      if (events >= run.lastEvent) run = { ...run, cost, lastEvent: events };
      // Somebody else ended the stage: what is on record counts.
      if (!committed.inTime) take(await load());
    };

    return {
      get run() {
        return run;
      },
      get spent() {
        // What is not written yet, and what others have written since this was read: at least the larger of the two.
        const seen = costOf({ calls: Object.values(run.stages).flatMap(({ calls }) => calls) });
        return seen === null || run.cost === null ? (seen ?? run.cost) : Math.max(seen, run.cost);
      },
      get isUnsaved() {
        return own.sent.length + own.changes.length + pending.size > 0;
      },
      contextOf: (node) => contextOf(node, run),
      put(record) {
        this.add({ kind: 'stage', record });
      },
      add(change) {
        adopt(change);
        own.changes.push(change);
      },
      async save() {
        // One at a time, so that they arrive in order even if Redis refuses one for a while.
        if (own.changes.length > 0) writing = writing.then(write);
        writing.catch(() => {});
        await Promise.all([writing, ...pending]);
      },
      async send() {
        const before = writing;
        this.save().catch(() => {});
        await before.catch(() => {});
        // What is asked of Redis in a turn is sent when that ends.
        await turn();
      },
      aside(done) {
        pending.add(done);
        void done.finally(() => pending.delete(done));
      },
      async saveSoon() {
        await turn();
        if (reading !== null) await reading.then(turn, turn);
        await this.save();
      },
      refresh() {
        reading = read().finally(() => {
          reading = null;
        });
        return reading;
      },
      beside: openFor,
    };
  }
  return openFor(writer);
}

/** All that has come of a run, as far as it is known here and not about to be written anyway. */
function recalled({ route, stages }: StoredRun, batch: readonly Change[]): Change[] {
  const written = batch.flatMap((change) => (change.kind === 'stage' ? [change.record.stage] : []));
  const records = Object.values(stages).filter(
    (record) => hasEnded(record) && !written.includes(record.stage),
  );
  const isRouted = route === null || batch.some(({ kind }) => kind === 'route');
  return [
    ...records.map((record): Change => ({ kind: 'stage', record })),
    ...(isRouted ? [] : [{ kind: 'route', route } as const]),
  ];
}
