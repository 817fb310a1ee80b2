import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graph, LOG_FILES, ROUTES } from '@codegen/pipeline';
import { describe, expect, it } from 'vitest';
import { documents } from './links.ts';
import { envExample, fillSettings, variables } from './settings-table.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const readme = read('README.md');

describe('the README', () => {
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

  it('has at most 170 lines', () => expect(readme.split('\n').length).toBeLessThanOrEqual(170));

  it('shows defaults of settings as the code has them', () => {
    const rows = [...readme.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| ([^|]+) \|/gm)];
    const shown = rows.flatMap(([, names = '', defaults = '']) => {
      const presets = defaults.split(', ');
      return names.split(', ').map((name, index) => [name.replaceAll('`', ''), presets[index]]);
    });
    expect(shown.length).toBeGreaterThanOrEqual(8);
    for (const [name, preset] of shown) {
      const variable = variables.find((one) => one.name === name);
      expect(variable, name).toBeDefined();
      if (preset?.startsWith('`')) expect(preset, name).toBe(`\`${variable?.preset}\``);
    }
  });
});

describe('the documents', () => {
  it('have the table of all settings (npm run docs writes it)', () => {
    const configuration = read('docs/configuration.md');
    expect(configuration).toBe(fillSettings(configuration));
    expect(read('.env.example')).toBe(envExample());
  });

  it('name every log file', () => {
    const operations = read('docs/operations.md');
    expect(LOG_FILES.filter((file) => !operations.includes(`\`${file}\``))).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
    for (const document of documents)
      for (const [, name = ''] of read(document).matchAll(/npm run ([a-z:]+)/g))
        expect(scripts, `${name} in ${document}`).toHaveProperty(name);
  });
});
