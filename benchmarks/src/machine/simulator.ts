import { type NodeProgram, startNode } from './node-program.ts';

export interface Pace {
  readonly latencyMs: number;
  /** 0 or none: all at once. */
  readonly tokensPerSecond?: number;
  /** Between comments to a client that waits; a second by default. */
  readonly keepAliveMs?: number;
}

export interface Calls {
  readonly total: number;
  readonly stage: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, number>>;
}

export interface ModelServer extends NodeProgram {
  readonly baseUrl: string;
  /** Makes it give exactly this text for a stage, to whoever asks or to those who ask for one model. */
  answer(stage: string, text: string, model?: string): Promise<void>;
  /** What it was asked since it last forgot; it remembers 10,000 calls. */
  calls(): Promise<Calls>;
  forgetCalls(): Promise<void>;
}

/** The models of every peer: the simulator with a fixed latency, in a process of its own. */
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
  const [baseUrl] = await program.said(/http:\S+\/v1/);
  const ask = async (path: string, method: string, body?: object) => {
    const url = new URL(`/_simulator/${path}`, baseUrl);
    const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`the simulator refused ${method} ${path}: ${text}`);
    return text;
  };
  return {
    ...program,
    baseUrl,
    async answer(stage, text, model) {
      const match = model === undefined ? { stage } : { stage, model };
      await ask('faults', 'POST', { match, fault: { kind: 'text', text } });
    },
    calls: async () => JSON.parse(await ask('calls?summary=1', 'GET')),
    async forgetCalls() {
      await ask('calls', 'DELETE');
    },
  };
}
