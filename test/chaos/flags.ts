import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { CampaignOptions } from './campaign.ts';
import { FAULTS, faultsOn } from './faults/index.ts';

const longest = Math.max(...FAULTS.map(({ name }) => name.length));

export const USAGE = `npm run chaos -- [--minutes N] [--seed S] [--faults a,b] [--fsync always|everysec] [--sentinel] [--clients N]

  --minutes N   how long faults strike; 0: each of them once (default 10)
  --seed S      which faults when (default: drawn, and told)
  --faults a,b  only these
  --fsync HOW   when Redis writes through: always or everysec (default everysec)
  --sentinel    a master, a replica and three sentinels in place of one Redis
  --clients N   who ask at a time (default 12)

${FAULTS.map(({ name, what }) => `  ${name.padEnd(longest)}  ${what}`).join('\n')}`;

type Flags = Omit<CampaignOptions, 'tell'>;

const options = {
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  fsync: { type: 'string', default: 'everysec' },
  sentinel: { type: 'boolean', default: false },
  clients: { type: 'string', default: '12' },
} as const;

/** The flags, or what is wrong with them. */
export function readFlags(args: readonly string[]): Flags | string {
  try {
    const { values } = parseArgs({ args: [...args], options });
    const { fsync, sentinel } = values;
    const possible = faultsOn(sentinel ? 'sentinel' : 'single');
    if (fsync !== 'always' && fsync !== 'everysec') return '--fsync is either always or everysec';
    const names = values.faults?.split(',');
    const unknown = names?.find((name) => possible.every((fault) => fault.name !== name));
    if (unknown !== undefined)
      return `there is no fault ${unknown} ${sentinel ? 'with' : 'without'} --sentinel`;
    const [minutes, seed, clients] = [values.minutes, values.seed ?? randomInt(1e6), values.clients].map(
      Number,
    );
    if (!(minutes! >= 0) || !Number.isInteger(seed) || !(clients! > 0)) return 'a number cannot be read';
    return {
      minutes: minutes!,
      seed: seed!,
      clients: clients!,
      fsync,
      sentinel,
      faults: possible.filter(({ name }) => names?.includes(name) ?? true),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
