import { type NodeProgram, startNode } from './program.ts';

export interface Pace {
  readonly latencyMs: number;
  /** Missing or 0: all at once. */
  readonly tokensPerSecond?: number;
  /** Interval of keep-alive comments; default 1,000. */
  readonly keepAliveMs?: number;
}

export interface Calls {
  readonly total: number;
  readonly stage: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, number>>;
}

export interface ModelServer extends NodeProgram {
  readonly baseUrl: string;
  /** Sets the answer of a stage, for all models or for one. */
  setAnswer(stage: string, text: string, model?: string): Promise<void>;
  /** Summary of the calls since the last `clearCalls`, at most 10,000. */
  calls(): Promise<Calls>;
  clearCalls(): Promise<void>;
}

/** The model server of every peer: the simulator with a fixed latency, in its own process. */
export async function startSimulator(
  dir: string,
  { latencyMs, tokensPerSecond = 0, keepAliveMs = 1_000 }: Pace,
): Promise<ModelServer> {
  const program = startNode('simulator', {
    entry: 'packages/simulator/src/main.ts',
    args: [
      ['--latency-ms', latencyMs],
      ['--tokens-per-second', tokensPerSecond],
      ['--keep-alive-ms', keepAliveMs],
    ]
      .flat()
      .map(String),
    dir,
  });
  const [baseUrl] = await program.waitForOutput(/http:\S+\/v1/);
  const request = async (path: string, method: string, body?: object) => {
    const url = new URL(`/_simulator/${path}`, baseUrl);
    const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator rejected ${method} ${path}: ${text}`);
    return text;
  };
  return {
    ...program,
    baseUrl,
    async setAnswer(stage, text, model) {
      const match = model === undefined ? { stage } : { stage, model };
      await request('faults', 'POST', { match, fault: { kind: 'text', text } });
    },
    calls: async () => JSON.parse(await request('calls?summary=1', 'GET')),
    async clearCalls() {
      await request('calls', 'DELETE');
    },
  };
}
