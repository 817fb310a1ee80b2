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
  test('has a section for every problem, in their order, and no other', () => {
    expect(sections.map(({ type }) => type)).toEqual(Object.keys(PROBLEMS));
  });

  test.each(Object.entries(PROBLEMS))(
    'says of %s which status it has, what it means and what to do',
    (type, { status }) => {
      const text = sections.find((section) => section.type === type)?.text ?? '';
      expect(text).toMatch(new RegExp(`^\`${status}\` – [A-Z\`]`));
      expect(text.length).toBeGreaterThan(60);
      expect(text).toMatch(/[.]$/);
    },
  );

  test('shows a problem as it is', () => {
    const [, shown = '{}'] = /```json\n([^`]*)```/.exec(page) ?? [];
    const { type, title, status } = JSON.parse(shown);
    const name: string = type.slice('/problems/'.length);
    expect(PROBLEMS).toHaveProperty(name, { status, title });
  });

  test('names no variable that is not there', () => {
    const example = readFileSync(join(import.meta.dirname, '..', '..', '..', '.env.example'), 'utf8');
    for (const [, name = ''] of page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g))
      expect(example).toContain(`${name}=`);
  });
});
