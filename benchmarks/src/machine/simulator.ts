import { type NodeProgram, startNode } from './node-program.ts';

export interface Pace {
  readonly latencyMs: number;
  /** 0 or none: all at once. */
  readonly tokensPerSecond?: number;
}

export interface ModelServer extends NodeProgram {
  readonly baseUrl: string;
  /** Makes it give exactly this text for a stage. */
  answer(stage: string, text: string): Promise<void>;
}

/** The models of every peer: the simulator with a fixed latency, in a process of its own. */
export async function startSimulator(
  dir: string,
  { latencyMs, tokensPerSecond = 0 }: Pace,
): Promise<ModelServer> {
  const program = startNode('simulator', {
    entry: 'packages/simulator/src/main.ts',
    args: ['--latency-ms', String(latencyMs), '--tokens-per-second', String(tokensPerSecond)],
    dir,
  });
  const [baseUrl] = await program.said(/http:\S+\/v1/);
  return {
    ...program,
    baseUrl,
    async answer(stage, text) {
      const rule = { match: { stage }, fault: { kind: 'text', text } };
      const url = new URL('/_simulator/faults', baseUrl);
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(rule) });
      if (!response.ok) throw new Error(`the simulator took no answer: ${await response.text()}`);
    },
  };
}
