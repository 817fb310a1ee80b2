import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { answerFaults } from '../src/faults/answer-fault.ts';
import { errorFaults } from '../src/faults/error-fault.ts';
import { silentFaults } from '../src/faults/silent-fault.ts';
import { usage } from '../src/flags.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('has every fault, and no other', () => {
  const table = /^## Faults$[\s\S]*?(?=^## )/m.exec(readme)?.[0] ?? '';
  const documented = [...table.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, kind]) => kind);
  const kinds = [...errorFaults, ...answerFaults, ...silentFaults].map(({ shape }) => shape.kind.value);
  expect(documented.sort()).toEqual(kinds.sort());
});

it('has every flag, and no other', () => {
  const documented = [...readme.matchAll(/^\| `(--[a-z-]+)`/gm)].map(([, flag]) => flag);
  const flags = usage.match(/--[a-z-]+/g)?.filter((flag) => flag !== '--help');
  expect(documented).toEqual(flags);
});
