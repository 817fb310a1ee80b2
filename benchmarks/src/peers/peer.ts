import type { NodeProgram, Program } from '../machine/program.ts';
import type { Store } from '../machine/stores.ts';

/** An implementation of `GET /generate` that runs the same graph. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Whether a run continues when its process is killed. */
  readonly survives: 'yes' | 'no' | 'by hand';
  readonly store: Store['kind'] | null;
  /** Keys of the measures to run; default all. */
  readonly measures?: readonly string[];
  start(options: PeerOptions): Promise<System>;
}

/** Options for the start of a peer. */
export interface PeerOptions {
  /** Folder for files and logs; removed afterwards. */
  readonly dir: string;
  readonly modelUrl: string;
  /** The store of the peer's kind. */
  readonly store: Store | null;
  readonly profile: string | null;
  /** Concurrent stages per worker process; default is the peer's own. */
  readonly concurrency?: number;
  readonly workers: number;
  /** Environment variables for this service only. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The running processes of a peer, without store and model server. */
export interface System {
  readonly url: string;
  /** The process with the HTTP server is the first. */
  readonly programs: readonly [NodeProgram, ...NodeProgram[]];
  /** Starts another worker and resolves when it is ready. The caller stops it. */
  addWorker?(): Promise<NodeProgram>;
}

/** The address that a server prints. */
export async function urlOf(program: Program): Promise<string> {
  const [, url = ''] = await program.waitForOutput(/"url":"(http:[^"]+)"/);
  return url;
}
