import { parseCommandLine, UsageError } from '@codegen/settings';
import { z } from 'zod';
import { type FaultRule, faultRule } from './faults/fault-rules.ts';
import type { SimulatorOptions } from './simulator.ts';

export const USAGE = `Usage: npm run simulator -- [options]

Starts an OpenRouter-compatible server with canned answers and faults on demand, and prints its base URL.

  --port N               port; 0 for any free port (default 0)
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --latency-ms N         delay before each answer (default 0)
  --tokens-per-second N  speed of each answer; 0 for all at once (default 0)
  --keep-alive-ms N      interval of keep-alive comments (default 1000)
  --api-key KEY          reject requests with any other key
  --fault JSON           fault rule; repeatable
  --help                 print this text`;

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

export interface CommandLine {
  readonly help: boolean;
  readonly options: SimulatorOptions;
  readonly faults: readonly FaultRule[];
}

/** @throws UsageError that names the invalid flag */
export function readCommandLine(args: string[]): CommandLine {
  const { values } = parseCommandLine({ args, options });
  return {
    help: values.help,
    options: {
      port: readNumber('--port', values.port),
      host: values.host,
      latencyMs: readNumber('--latency-ms', values['latency-ms']),
      tokensPerSecond: readNumber('--tokens-per-second', values['tokens-per-second']),
      keepAliveCommentMs: readNumber('--keep-alive-ms', values['keep-alive-ms']),
      ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
    },
    faults: values.fault.map(readRule),
  };
}

function readNumber(flag: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`${flag} must be a number, not "${text}"`);
  return Number(text);
}

function readRule(text: string): FaultRule {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`--fault must be JSON, not ${text}`);
  }
  const parsed = faultRule.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--fault ${text}\n${z.prettifyError(parsed.error)}`);
}
