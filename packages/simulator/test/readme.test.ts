import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { USAGE } from '../src/command-line.ts';
import { answerFaults, errorFaults, silentFaults } from '../src/faults/fault-rules.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('the README lists exactly the supported faults', () => {
  const table = /^## Faults$[\s\S]*?(?=^## )/m.exec(readme)?.[0] ?? '';
  const documented = [...table.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, kind]) => kind);
  const kinds = [...errorFaults, ...answerFaults, ...silentFaults].map(({ shape }) => shape.kind.value);
  expect(documented.sort()).toEqual(kinds.sort());
});

it('the README lists exactly the supported flags', () => {
  const documented = [...readme.matchAll(/^\| `(--[a-z-]+)`/gm)].map(([, flag]) => flag);
  const flags = USAGE.match(/--[a-z-]+/g)?.filter((flag) => flag !== '--help');
  expect(documented).toEqual(flags);
});
