import { randomInt } from 'node:crypto';
import { parseCommandLine, UsageError } from '@codegen/settings';
import { z } from 'zod';
import type { CampaignOptions } from './campaign.ts';
import { FAULTS, faultsFor } from './faults/catalogue.ts';

const nameWidth = Math.max(...FAULTS.map(({ name }) => name.length));

export const USAGE = `Usage: npm run chaos -- [faults | overload | crowd] [options]

faults (default): injects faults under load and checks every request and model call
  --minutes N   duration; 0: each fault once (default 10)
  --seed S      seed of the fault sequence (default random, printed)
  --faults a,b  only these faults
  --fsync MODE  appendfsync of Redis: always or everysec (default everysec)
  --sentinel    a master, a replica and three sentinels instead of one Redis
  --clients N   concurrent clients (default 12)
overload: twice the capacity for --minutes N
crowd: --clients N waiting requests and N event streams at one API process
  --help        print this text

Faults:
${FAULTS.map(({ name, description }) => `  ${name.padEnd(nameWidth)}  ${description}`).join('\n')}`;

export interface CommandLine extends Omit<CampaignOptions, 'log'> {
  readonly help: boolean;
  readonly scenario: 'faults' | 'overload' | 'crowd';
}

const options = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  fsync: { type: 'string' },
  sentinel: { type: 'boolean' },
  clients: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const schema = z.object({
  help: z.boolean().default(false),
  scenario: z.enum(['faults', 'overload', 'crowd']).default('faults'),
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

/** @throws UsageError that names the invalid option */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parseCommandLine({ args: [...args], options, allowPositionals: true });
  const parsed = schema.safeParse({ ...values, scenario: positionals[0] });
  if (!parsed.success) throw new UsageError(z.prettifyError(parsed.error));
  const { faults: names, ...rest } = parsed.data;
  const possible = faultsFor(rest.sentinel ? 'sentinel' : 'single');
  const unknown = names?.find((name) => possible.every((fault) => fault.name !== name));
  if (unknown !== undefined) {
    throw new UsageError(`there is no fault ${unknown} ${rest.sentinel ? 'with' : 'without'} --sentinel`);
  }
  return { ...rest, faults: possible.filter(({ name }) => names?.includes(name) ?? true) };
}
