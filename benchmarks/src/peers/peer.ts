import type { NodeProgram } from '../machine/node-program.ts';
import type { Store } from '../machine/store.ts';

/** A way to run the graph behind `GET /generate`, to be measured beside the others. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Whether a run goes on by itself when the process that runs it is killed. */
  readonly survives: 'yes' | 'no' | 'by hand';
  readonly store: Store['kind'] | null;
  /** The only measures it is there for; all by default. */
  readonly measures?: readonly string[];
  start(site: Site): Promise<System>;
}

/** What a peer finds when it is started. */
export interface Site {
  /** For files and logs; removed afterwards. */
  readonly dir: string;
  readonly modelUrl: string;
  /** Of the kind the peer asked for. */
  readonly store: Store | null;
  readonly profile: string | null;
  /** Stages at a time in one worker process, if the measure wants more than the peer's own. */
  readonly concurrency?: number;
  readonly workers: number;
  /** Environment variables for the service alone. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A peer's running processes, the store and the models not included. */
export interface System {
  readonly url: string;
  /** Whoever listens comes first. */
  readonly programs: readonly [NodeProgram, ...NodeProgram[]];
  /** Starts one more worker, where there are any; resolves when it is ready. Whoever calls it ends it. */
  addWorker?(): Promise<NodeProgram>;
}
