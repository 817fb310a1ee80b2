import { parseArgs } from 'node:util';
import { MEASURES, PEERS, QUICK } from './catalogue.ts';
import type { Measure, Scale } from './measures/measure.ts';
import type { Peer } from './peers/peer.ts';

export const usage = `npm run bench -- [options]

  --quick              a look in under two minutes: one short round of ${QUICK.measures.join(', ')}
  --only PEER,…        ${PEERS.map(({ name }) => name).join(', ')}
  --measure LETTER,…   ${MEASURES.map(({ key }) => key).join(', ')}
  --rounds N           of each measure (default 3; quick: 1)
  --workers N          worker processes of this service (default 1)
  --set NAME=VALUE     a setting of this service; may be given several times
  --profile FOLDER     CPU profiles of the processes measured
  --record             keeps the results as those of docs/performance.md
  --publish            measures nothing: writes docs/performance.md from the results last recorded
  --help`;

export interface Options {
  readonly help: boolean;
  readonly scale: Scale;
  readonly peers: readonly Peer[];
  readonly measures: readonly Measure[];
  readonly rounds: number;
  readonly workers: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly profile: string | null;
  readonly record: boolean;
  readonly publish: boolean;
}

export class OptionError extends Error {}

/** @throws OptionError that says which option is wrong */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const scale = values.quick ? 'quick' : 'full';
  const inQuick = (names: readonly string[]) => (name: string) => scale === 'full' || names.includes(name);
  const usual = {
    peers: PEERS.filter(({ name }) => inQuick(QUICK.peers)(name)),
    measures: MEASURES.filter(({ key }) => inQuick(QUICK.measures)(key)),
  };
  return {
    help: values.help,
    scale,
    peers: chosen('--only', values.only, PEERS, ({ name }) => name) ?? usual.peers,
    measures: chosen('--measure', values.measure, MEASURES, ({ key }) => key) ?? usual.measures,
    rounds: values.rounds === undefined ? (scale === 'quick' ? 1 : 3) : count('--rounds', values.rounds),
    workers: count('--workers', values.workers),
    settings: Object.fromEntries(values.set.map(setting)),
    profile: values.profile ?? null,
    record: values.record,
    publish: values.publish,
  };
}

function parse(args: readonly string[]) {
  const options = {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    measure: { type: 'string' },
    rounds: { type: 'string' },
    workers: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] as string[] },
    profile: { type: 'string' },
    record: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function chosen<T>(option: string, text: string | undefined, all: readonly T[], nameOf: (one: T) => string) {
  return text?.split(',').map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found) return found;
    throw new OptionError(
      `${option} names ${JSON.stringify(name)}; it must name some of ${all.map(nameOf).join(', ')}`,
    );
  });
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new OptionError(`${option} must be a number from 1 on, not "${text}"`);
  return Number(text);
}

function setting(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new OptionError(`--set must be NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}
