import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type FaultRule, faultRule } from './faults/fault-rule.ts';
import type { SimulatorOptions } from './simulator.ts';

export const usage = `codegen-simulator: an OpenRouter-compatible server of canned answers and faults on demand

  --port N               0 for any free one (default 0)
  --host ADDRESS         (default 127.0.0.1)
  --latency-ms N         how long each answer takes to begin (default 0)
  --tokens-per-second N  how fast each answer is written (default 0: all at once)
  --keep-alive-ms N      how often a client that waits is sent a comment (default 1000)
  --api-key KEY          refuse any other key
  --fault JSON           a fault rule; may be given several times
  --help`;

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  'latency-ms': { type: 'string', default: '0' },
  'tokens-per-second': { type: 'string', default: '0' },
  'keep-alive-ms': { type: 'string', default: '1000' },
  'api-key': { type: 'string' },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

export interface Flags {
  readonly help: boolean;
  readonly options: SimulatorOptions;
  readonly faults: readonly FaultRule[];
}

export class FlagError extends Error {}

/** Throws a `FlagError` that says which flag is wrong. */
export function readFlags(args: string[]): Flags {
  const values = parse(args);
  return {
    help: values.help,
    options: {
      port: number('--port', values.port),
      host: values.host,
      latencyMs: number('--latency-ms', values['latency-ms']),
      tokensPerSecond: number('--tokens-per-second', values['tokens-per-second']),
      keepAliveCommentMs: number('--keep-alive-ms', values['keep-alive-ms']),
      ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
    },
    faults: values.fault.map(rule),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error));
  }
}

function number(flag: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new FlagError(`${flag} must be a number, not "${text}"`);
  return Number(text);
}

function rule(text: string): FaultRule {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FlagError(`--fault must be JSON, not ${text}`);
  }
  const parsed = faultRule.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FlagError(`--fault ${text}\n${z.prettifyError(parsed.error)}`);
}
