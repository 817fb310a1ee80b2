import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLASSIFIED_ROUTES,
  chain,
  defineGraph,
  graph,
  LOG_FILES,
  parallel,
  STEPS,
  type Stage,
  verifiedGraph,
} from '@codegen/pipeline';
import { describe, expect, it } from 'vitest';
import { fillSections, generatedDocuments, ROOT, SECTION_NAMES } from './generated.ts';
import { flowPicture, routesPicture } from './graph-pictures.ts';
import { failureTable, responseTable, stageTable } from './graph-tables.ts';
import { documents } from './links.ts';
import { variables } from './settings-table.ts';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const readme = read('README.md');
const generatedPages = await generatedDocuments();

describe('generated parts of the documents (`npm run docs` writes them)', () => {
  it.each(generatedPages.map((document) => [document.path, document] as const))(
    '%s is up to date',
    (_, { text, generated }) => {
      expect(text).toBe(generated);
    },
  );

  it('every part is in a document, and the README has the picture of the routes', () => {
    const pages = generatedPages.map(({ text }) => text);
    for (const name of SECTION_NAMES)
      expect(
        pages.filter((text) => text.includes(`<!-- ${name} -->`)),
        name,
      ).not.toEqual([]);
    expect(readme).toContain('<!-- routes -->');
  });
});

describe('the marks of generated parts', () => {
  it.each(documents)('in %s are one start and one end for each part', (path) => {
    const marks = [...read(path).matchAll(/^<!-- (\/?)([\w:]+) -->$/gm)];
    const starts = marks.flatMap(([, slash, name]) => (slash === '' ? [name] : []));
    const ends = marks.flatMap(([, slash, name]) => (slash === '/' ? [name] : []));
    expect(ends).toEqual(starts);
  });

  it('become one end mark where a merge has left two', () => {
    const once = fillSections('<!-- flow -->\n<!-- /flow -->\n\nText\n');
    expect(fillSections(once.replace('<!-- /flow -->', '<!-- /flow -->\n<!-- /flow -->'))).toBe(once);
  });
});

describe('the pictures of a graph', () => {
  const stage = (name: string, more: Partial<Stage> = {}): Stage => ({
    ...graph.entry.stage,
    name,
    output: 'code',
    log: `${name}_responses.txt`,
    ...more,
  });
  const example = defineGraph({
    entry: chain(stage('sort')),
    routes: {
      simple: chain(stage('a')),
      ambiguous: chain(stage('b', { output: 'question' })),
      complex: chain(
        parallel(chain(stage('c')), chain(stage('dd'), stage('e')), chain(stage('f'))),
        stage('join'),
        stage('last'),
      ),
      text: chain(stage('t')),
      edit: chain(stage('g')),
    },
    fallbacks: {},
  });

  it('show every route from left to right', () => {
    expect(routesPicture(example).split('\n')).toEqual([
      'sort ┬ simple ──── a ─► code',
      '     ├ ambiguous ─ b ─► question',
      '     ├ complex ───┬ c ──────┐',
      '     │            ├ dd ─ e ─┤',
      '     │            └ f ──────┴─ join ─ last ─► code',
      '     └ edit ────── g ─► code',
    ]);
  });

  it('show every job of a complex run as a tree', () => {
    const tree = flowPicture(example)
      .split('\n')
      .map((line) => line.replace(/ {3,}(?![├└│ ])\S.*$/, ''));
    expect(tree).toEqual([
      'generate',
      '├─ sort',
      '└─ last',
      '   └─ join',
      '      ├─ c',
      '      ├─ e',
      '      │  └─ dd',
      '      └─ f',
    ]);
  });

  it('name every stage that classify leads to, and the tables every stage, log file and step', () => {
    const pictures = routesPicture(graph) + flowPicture(graph);
    const classified = CLASSIFIED_ROUTES.flatMap((route) => graph.stagesOf(route));
    for (const { stage } of [graph.entry, ...classified]) expect(pictures).toContain(stage.name);
    for (const file of LOG_FILES) expect(stageTable(verifiedGraph)).toContain(`\`${file}\``);
    for (const { stage } of graph.nodes) expect(failureTable(graph)).toContain(stage.name);
    for (const step of STEPS) expect(responseTable(graph)).toContain(`"${step}"`);
  });
});

describe('the README', () => {
  it('has at most 150 lines outside its generated parts', () => {
    const written = readme.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->/g, '');
    expect(written.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('shows the defaults of settings that the code uses', () => {
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
  it('name only npm scripts that exist', () => {
    const scripts: Record<string, string> = JSON.parse(read('package.json')).scripts;
    for (const document of documents)
      for (const [, name = ''] of read(document).matchAll(/npm run ([a-z:]+)/g))
        expect(scripts, `${name} in ${document}`).toHaveProperty(name);
  });
});
