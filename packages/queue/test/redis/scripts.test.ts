import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SCRIPTS = join(import.meta.dirname, '..', '..', 'src', 'redis', 'scripts');

const files = readdirSync(SCRIPTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.lua'),
);

/** Splits a script into its header comment and its body. */
function split(file: string) {
  const text = readFileSync(join(SCRIPTS, file), 'utf8');
  const header = /^(?:--.*\n)*/.exec(text)?.[0] ?? '';
  return { header, body: text.slice(header.length) };
}

const documented = (header: string) =>
  [...header.matchAll(/^-- ((?:KEYS|ARGV)\[[^\]]+\]) = \S/gm)].map(([, name]) => name?.replace('...', ''));

/** `KEYS[1]`, `ARGV[11]` (also of `unpack(ARGV, 11)`) and, in a loop over groups of them, `KEYS[2i - 1]`. */
const used = (body: string) =>
  [...body.matchAll(/\b(KEYS|ARGV)(?:\[(\d[^\]]*)\]|, (\d+)\))/g)].map(
    ([, array, index, first]) => `${array}[${index?.replace(' * ', '') ?? first}]`,
  );

describe.each(files)('the script %s', (file) => {
  const { header, body } = split(file);

  it('documents its purpose, its reply and every key and argument that it uses', () => {
    expect(file).toMatch(/^[a-z]+\/[a-z]+(?:-[a-z]+)*\.lua$/);
    expect(header).toMatch(/^-- (?!KEYS|ARGV|Returns)/);
    expect(header).toMatch(/^-- Returns /m);
    expect(documented(header)).toEqual(expect.arrayContaining(used(body)));
  });
});
