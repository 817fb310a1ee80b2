import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graph, LOG_FILES, ROUTES } from '@codegen/pipeline';
import { describe, expect, it } from 'vitest';
import { envExample, settingsTable } from './settings-table.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const readme = read('README.md');

describe('the README is true to the code (node test/docs/update.ts writes what differs)', () => {
  it('has the configuration table', () => {
    const [, table] = /<!-- settings -->\n([\s\S]*)\n<!-- \/settings -->/.exec(readme) ?? [];
    expect(table).toBe(settingsTable());
    expect(read('.env.example')).toBe(envExample());
  });

  it('draws the graph: every route with its stages in order', () => {
    const picture = /```\n( +┌ simple[\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const rows = picture.trimEnd().split('\n');
    const wordsOf = (row: string): string[] => row.match(/[a-z]+(\([a-z]+\))?/g) ?? [];
    const rowOf = (word: string) => wordsOf(rows.find((row) => wordsOf(row).includes(word)) ?? '');
    const drawn = {
      simple: rowOf('simple').slice(1),
      ambiguous: rowOf('ambiguous'),
      direct: rowOf('complex'),
      interpreted: rowOf('interpret'),
    };
    expect(drawn).toEqual({
      simple: ['answer', 'code'],
      ambiguous: ['query', 'classify', 'ambiguous', 'clarify', 'feedback'],
      direct: ['complex', 'generate(query)', 'enhance'],
      interpreted: ['interpret', 'generate(spec)', 'enhance', 'compare', 'polish', 'code'],
    });
    expect(graph.entry.stage.name).toBe('classify');
    expect(
      Object.fromEntries(
        ROUTES.map((route) => [route, graph.stagesOf(route).map((node) => node.stage.name)]),
      ),
    ).toEqual({
      simple: ['answer'],
      ambiguous: ['clarify'],
      complex: [
        'generate.direct',
        'enhance.direct',
        'interpret',
        'generate.interpreted',
        'enhance.interpreted',
        'compare',
        'polish',
      ],
    });
  });

  it('names the log files and only scripts and files that exist', () => {
    for (const file of LOG_FILES) expect(readme).toContain(`\`${file}\``);
    const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
    for (const [, name = ''] of readme.matchAll(/npm run ([a-z:]+)/g)) expect(scripts).toHaveProperty(name);
    for (const [, target = ''] of readme.matchAll(/\]\(([\w./-]+)\)/g))
      expect(() => read(target)).not.toThrow();
  });
});
