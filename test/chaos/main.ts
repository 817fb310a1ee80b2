import { rm } from 'node:fs/promises';
import { breachesOf } from './accounts/breaches.ts';
import { levelTable } from './accounts/leaks.ts';
import { tableOf } from './accounts/table.ts';
import { type CampaignOptions, campaign } from './campaign.ts';
import { readFlags, USAGE } from './flags.ts';
import { tellCrowd, tellOverload } from './many.ts';

const flags = readFlags(process.argv.slice(2));
if (typeof flags === 'string') {
  console.error(`${flags}\n\n${USAGE}`);
  process.exit(2);
}
const breaches = await run(flags);
for (const breach of breaches) console.log(`✗ ${breach}`);
process.exit(breaches.length === 0 ? 0 : 1);

function run({ scene, ...options }: Exclude<typeof flags, string>): Promise<string[]> {
  if (scene === 'overload') return tellOverload(options.minutes * 60);
  if (scene === 'crowd') return tellCrowd(options.clients);
  return tellCampaign(options);
}

async function tellCampaign(options: Omit<CampaignOptions, 'tell'>): Promise<string[]> {
  const account = await campaign({ ...options, tell: (line) => console.error(line) });
  console.log(`${tableOf(account)}\n\n${levelTable(account.before, account.after)}`);
  const found = breachesOf(account);
  if (found.length === 0) await rm(account.dir, { recursive: true });
  return found;
}
