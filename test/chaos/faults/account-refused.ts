import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { setRules } from './model-rules.ts';

/** All workers leave a server alone that refuses the account, and try it again within half a minute. */
const PATIENCE_MS = 60_000;

export const accountRefused: Fault = {
  name: 'account-refused',
  what: 'the model server refuses the key, or says that the credit is used up, and takes both again',
  async strike({ site, random }) {
    const kind = random.pick(['bad-key', 'no-credit'] as const);
    const reset = await setRules(site, [{ fault: { kind } }]);
    await site.calls.next(({ fault }) => fault === kind);
    await sleep(1_000);
    await reset();
    await site.calls.next(({ status }) => status === 'answered', PATIENCE_MS);
  },
};
