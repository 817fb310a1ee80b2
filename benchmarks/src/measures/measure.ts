import type { Bench, BenchOptions } from '../bench.ts';
import type { Figures } from '../results.ts';

export interface Measure {
  /** Letter on the command line. */
  readonly key: string;
  readonly title: string;
  /** Names of the measured peers; default all. */
  readonly peers?: readonly string[];
  /** Maximum number of rounds. */
  readonly rounds?: number;
  measure(open: StartBench, scale: Scale): Promise<Figures>;
}

/** Starts new processes of the peer under test. */
export type StartBench = (options: BenchOptions) => Promise<Bench>;

/** Size of a measurement: `quick` for a check, `full` for published figures. */
export type Scale = 'quick' | 'full';

/** Takes the complex route in the simulator: eight calls, six of them in sequence. */
export const COMPLEX = 'Build a REST API for a todo list with authentication and rate limiting';
export const SEQUENTIAL_CALLS = 6;

export const SIMPLE = 'Write a Python function to reverse a string';
export const AMBIGUOUS = 'Make it better';

const CHARACTERS_PER_TOKEN = 4;

/** A program of about this number of tokens, which parses. All lines differ. */
export function programText(name: string, tokens: number): string {
  const characters = tokens * CHARACTERS_PER_TOKEN;
  let text = '';
  for (let line = 1; text.length < characters; line++)
    text += `const line${line} = ${JSON.stringify(name)};\n`;
  return text.trimEnd();
}
