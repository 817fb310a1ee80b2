import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEMS } from '@codegen/contract';
import { describe, expect, test } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'problems.md'), 'utf8');
const [, ...texts] = page.split(/^## /m);
const sections = texts.map((text) => {
  const [type = '', ...lines] = text.split('\n');
  return { type, text: lines.join('\n').trim() };
});

describe('docs/problems.md', () => {
  test('has one section per problem, in the same order', () => {
    expect(sections.map(({ type }) => type)).toEqual(Object.keys(PROBLEMS));
  });

  test.each(Object.entries(PROBLEMS))(
    'describes the status, the meaning and the remedy of %s',
    (type, { status }) => {
      const text = sections.find((section) => section.type === type)?.text ?? '';
      expect(text).toMatch(new RegExp(`^\`${status}\` – [A-Z\`]`));
      expect(text.length).toBeGreaterThan(60);
      expect(text).toMatch(/[.]$/);
    },
  );

  test('shows an actual problem', () => {
    const [, shown = '{}'] = /```json\n([^`]*)```/.exec(page) ?? [];
    const { type, title, status } = JSON.parse(shown);
    const name: string = type.slice('/problems/'.length);
    expect(PROBLEMS).toHaveProperty(name, { status, title });
  });

  test('names only existing variables', () => {
    const example = readFileSync(join(import.meta.dirname, '..', '..', '..', '.env.example'), 'utf8');
    for (const [, name = ''] of page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g))
      expect(example).toContain(`${name}=`);
  });
});
