import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { CampaignOptions } from './campaign.ts';
import { FAULTS, faultsOn } from './faults/index.ts';

const longest = Math.max(...FAULTS.map(({ name }) => name.length));

export const USAGE = `npm run chaos -- [faults | overload | crowd] [options]

faults, if nothing is named: breaks one part after another under load, and accounts for every request and model call
  --minutes N   how long; 0: each fault once (default 10)
  --seed S      which faults when (default: drawn, and told)
  --faults a,b  only these
  --fsync HOW   when Redis writes through: always or everysec (default everysec)
  --sentinel    a master, a replica and three sentinels in place of one Redis
  --clients N   who ask at a time (default 12)
overload: arrivals at twice the capacity for --minutes N
crowd: --clients N who wait and as many who follow events, at one API process

${FAULTS.map(({ name, what }) => `  ${name.padEnd(longest)}  ${what}`).join('\n')}`;

export interface Flags extends Omit<CampaignOptions, 'tell'> {
  readonly scene: 'faults' | 'overload' | 'crowd';
}

const options = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  fsync: { type: 'string' },
  sentinel: { type: 'boolean' },
  clients: { type: 'string' },
} as const;

const schema = z.object({
  scene: z.enum(['faults', 'overload', 'crowd']).default('faults'),
  minutes: z.coerce.number().min(0).default(10),
  seed: z.coerce
    .number()
    .int()
    .default(() => randomInt(1e6)),
  faults: z
    .string()
    .optional()
    .transform((text) => text?.split(',')),
  fsync: z.enum(['always', 'everysec']).default('everysec'),
  sentinel: z.boolean().default(false),
  clients: z.coerce.number().int().min(1).default(12),
});

/** The flags, or what is wrong with them. */
export function readFlags(args: readonly string[]): Flags | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const parsed = schema.safeParse({ ...values, scene: positionals[0] });
    if (!parsed.success) return z.prettifyError(parsed.error);
    const { faults: names, ...flags } = parsed.data;
    const possible = faultsOn(flags.sentinel ? 'sentinel' : 'single');
    const unknown = names?.find((name) => possible.every((fault) => fault.name !== name));
    if (unknown !== undefined)
      return `there is no fault ${unknown} ${flags.sentinel ? 'with' : 'without'} --sentinel`;
    return { ...flags, faults: possible.filter(({ name }) => names?.includes(name) ?? true) };
  } catch (error) {
    return (error as Error).message;
  }
}
