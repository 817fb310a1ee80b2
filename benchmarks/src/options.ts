import { parseCommandLine, UsageError } from '@codegen/settings';
import { MEASURES, PEERS, QUICK } from './catalogue.ts';
import type { Measure, Scale } from './measures/measure.ts';
import type { Peer } from './peers/peer.ts';

export const USAGE = `Usage: npm run bench -- [options]

  --quick              one short round of ${QUICK.measures.join(', ')}, in under two minutes
  --only PEER,…        ${PEERS.map(({ name }) => name).join(', ')}
  --measure LETTER,…   ${MEASURES.map(({ key }) => key).join(', ')}
  --rounds N           rounds of each measure (default 3; quick: 1)
  --workers N          worker processes of this service (default 1)
  --set NAME=VALUE     setting of this service; repeatable
  --profile FOLDER     write CPU profiles of the measured processes
  --record             save the results as those of docs/performance.md
  --publish            write docs/performance.md from the recorded results, without measuring
  --help               print this text`;

const OPTIONS = {
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

/** @throws UsageError that names the invalid option */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseCommandLine({ args: [...args], options: OPTIONS });
  const scale = values.quick ? 'quick' : 'full';
  const inQuick = (names: readonly string[]) => (name: string) => scale === 'full' || names.includes(name);
  const defaults = {
    peers: PEERS.filter(({ name }) => inQuick(QUICK.peers)(name)),
    measures: MEASURES.filter(({ key }) => inQuick(QUICK.measures)(key)),
  };
  return {
    help: values.help,
    scale,
    peers: select('--only', values.only, PEERS, ({ name }) => name) ?? defaults.peers,
    measures: select('--measure', values.measure, MEASURES, ({ key }) => key) ?? defaults.measures,
    rounds: values.rounds === undefined ? (scale === 'quick' ? 1 : 3) : readCount('--rounds', values.rounds),
    workers: readCount('--workers', values.workers),
    settings: Object.fromEntries(values.set.map(readSetting)),
    profile: values.profile ?? null,
    record: values.record,
    publish: values.publish,
  };
}

function select<T>(option: string, text: string | undefined, all: readonly T[], nameOf: (one: T) => string) {
  return text?.split(',').map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found) return found;
    throw new UsageError(
      `${option} has ${JSON.stringify(name)}; valid names are ${all.map(nameOf).join(', ')}`,
    );
  });
}

function readCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`${option} must be a whole number from 1 to 9999, not "${text}"`);
  return Number(text);
}

function readSetting(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--set must be NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}
