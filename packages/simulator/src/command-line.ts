import { parseCommandLine, UsageError } from '@codegen/settings';
import { z } from 'zod';
import { type FaultRule, faultRule } from './faults/fault-rules.ts';
import { SERVERS, type ServerName } from './servers/profiles.ts';
import { REFUSED_PARTS } from './servers/server-profile.ts';
import { REALISTIC_PACE, type SimulatorOptions } from './simulator.ts';

export const USAGE = `Usage: npm run simulator -- [options]

Starts an OpenAI-compatible server with canned answers and faults on demand, and prints its base URL. By
default it behaves like OpenRouter, but accepts every model and needs no key.

  --port N               port; 0 for any free port (default 0)
  --host ADDRESS         address to listen on (default 127.0.0.1)
  --as SERVER            behave like openrouter, ollama, lmstudio, vllm, llamacpp, azure, gemini or groq
  --fast                 answer at once; without it an answer begins after 300 ms and takes up to 3 s
  --latency-ms N         delay before each answer
  --tokens-per-second N  speed of each answer; 0 for all at once
  --keep-alive-ms N      interval of keep-alive comments (default 1000)
  --api-key KEY          reject requests with any other key
  --refuse PART          reject requests with a part: system, stream, stream_options, max_tokens,
                        temperature or response_format; repeatable
  --fault JSON           fault rule; repeatable
  --help                 print this text`;

const options = {
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  as: { type: 'string' },
  fast: { type: 'boolean', default: false },
  'latency-ms': { type: 'string' },
  'tokens-per-second': { type: 'string' },
  'keep-alive-ms': { type: 'string', default: '1000' },
  'api-key': { type: 'string' },
  refuse: { type: 'string', multiple: true, default: [] as string[] },
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
      ...paceOf(values),
      ...(values.as === undefined ? {} : { as: readChoice('--as', values.as, SERVER_NAMES) }),
      refuses: values.refuse.map((part) => readChoice('--refuse', part, REFUSED_PARTS)),
      keepAliveCommentMs: readNumber('--keep-alive-ms', values['keep-alive-ms']),
      ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
    },
    faults: values.fault.map(readRule),
  };
}

const SERVER_NAMES = Object.keys(SERVERS) as ServerName[];

/** Realistic, unless the command line says anything about the pace. */
function paceOf(values: {
  readonly fast: boolean;
  readonly 'latency-ms'?: string | undefined;
  readonly 'tokens-per-second'?: string | undefined;
}) {
  const { fast, 'latency-ms': latency, 'tokens-per-second': speed } = values;
  if (!fast && latency === undefined && speed === undefined) return REALISTIC_PACE;
  return {
    latencyMs: readNumber('--latency-ms', latency ?? '0'),
    tokensPerSecond: readNumber('--tokens-per-second', speed ?? '0'),
  };
}

function readChoice<Choice extends string>(flag: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw new UsageError(`${flag} must be one of ${choices.join(', ')}, not "${text}"`);
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
