import type { FaultRule } from '@codegen/simulator';
import type { Site } from '../site.ts';

/** Makes the simulator fail by these rules; returns the way back. */
export async function setRules({ simulatorUrl }: Site, rules: readonly FaultRule[]) {
  const url = simulatorUrl.replace(/v1$/, '_simulator/faults');
  const { status } = await fetch(url, { method: 'POST', body: JSON.stringify(rules) });
  if (status !== 201) throw new Error(`the simulator refused ${JSON.stringify(rules)}`);
  return async () => {
    await fetch(url, { method: 'DELETE' });
  };
}

/** Every way in which a model server is known to fail, but for what concerns the whole account. */
export const KINDS_OF_FAILURE: readonly FaultRule['fault'][] = [
  { kind: 'rate-limit' },
  { kind: 'busy-budget' },
  { kind: 'forbidden' },
  { kind: 'no-endpoint' },
  { kind: 'too-long' },
  { kind: 'bad-request' },
  { kind: 'status', status: 503, retryAfterSeconds: 1 },
  { kind: 'status', status: 529 },
  { kind: 'html' },
  { kind: 'error-in-200' },
  { kind: 'error-mid-stream' },
  { kind: 'cut' },
  { kind: 'garbage' },
  { kind: 'no-finish' },
  { kind: 'empty' },
  { kind: 'reasoning-only' },
  { kind: 'truncated' },
  { kind: 'refusal' },
  { kind: 'refusal', finishReason: 'stop' },
  { kind: 'think' },
  { kind: 'think', closed: false },
  { kind: 'slow', latencyMs: 2_000 },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'hang', afterTokens: 5, comments: true },
];
