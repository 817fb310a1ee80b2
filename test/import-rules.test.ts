import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What the sources of a package may import besides their own files and, where `node` is listed, Node's modules. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/client': ['@codegen/contract'],
  'packages/contract': ['@codegen/pipeline', '@codegen/queue', 'zod'],
  'packages/pipeline': ['jsonrepair', 'markdown-it', 'zod'],
  'packages/settings': ['leven', 'zod', 'node'],
  'packages/queue': [
    '@codegen/pipeline',
    '@codegen/settings',
    'bullmq',
    'ioredis',
    'rate-limiter-flexible',
    'zod',
    'node',
  ],
  'packages/webhook': ['@codegen/settings', 'ipaddr.js', 'zod', 'node'],
  'packages/simulator': ['@codegen/settings', 'zod', 'node'],
  'apps/api': [
    '@codegen/contract',
    '@codegen/pipeline',
    '@codegen/queue',
    '@codegen/settings',
    '@codegen/webhook',
    'cors',
    'express',
    'helmet',
    'pino',
    'zod',
    'zod-openapi',
    'node',
  ],
  'apps/worker': [
    '@codegen/contract',
    '@codegen/pipeline',
    '@codegen/queue',
    '@codegen/settings',
    '@codegen/webhook',
    'eventsource-parser',
    'openai',
    'pino',
    'standardwebhooks',
    'undici',
    'zod',
    'node',
  ],
  'apps/cli': [
    '@codegen/api',
    '@codegen/client',
    '@codegen/settings',
    '@codegen/simulator',
    '@codegen/worker',
    'cli-truncate',
    'js-redis-server',
    'pino',
    'pino-pretty',
    'string-width',
    'zod',
    'node',
  ],
};

/** Packages of which only types may be imported. */
const TYPES_ONLY: Record<string, readonly string[]> = {
  'packages/client': ['@codegen/contract'],
  'packages/contract': ['@codegen/queue'],
};

/** The one file of the contract that may import the pipeline and the queue. */
const JOB_MAPPER = 'packages/contract/src/to-job.ts';
const STAGES = 'packages/pipeline/src/stages/';
/** These files compose the stages. Every other file in the folder is a stage, or is shared by stages. */
const COMPOSE_STAGES = /\/(?:graph|tree)\.ts$/;
const SHARED_BY_STAGES = /^\.\/(?:stage|prompt|code-stage)\.ts$/;

/** Handles signals and ends the process on behalf of every main.ts. */
const PROCESS_LIFE = 'packages/settings/src/process.ts';

const IMPORT =
  /^(?:import|export)\s[^'"=();]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

const sources = Object.keys(MAY_IMPORT).flatMap((folder) =>
  readdirSync(join(ROOT, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, 'src', name);
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { folder, path, text, imports: importsOf(text) };
    }),
);

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Imports that remain when types are stripped. */
const valueImportsOf = (text: string): string[] =>
  importsOf(text.replace(/^(?:import|export) type\s[^;]*;$/gm, ''));

const packageOf = (specifier: string) => {
  if (specifier.startsWith('node:')) return 'node';
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
};

/** Nodes that form a circle, the first one repeated at its end; null if there is none. */
function findCircle(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle !== null) return circle;
    }
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const circle = visit(node, []);
    if (circle !== null) return circle;
  }
  return null;
}

/** Edges between nodes, without those from a node to itself. */
function edgesOf(pairs: readonly (readonly [from: string, to: string])[]): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [from, to] of pairs) if (from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to));
  return edges;
}

const breaches = (isBreach: (source: (typeof sources)[number]) => string[]) =>
  sources.flatMap((source) => isBreach(source).map((what) => `${source.path}: ${what}`));

describe('import rules', () => {
  it('sees the imports it is to judge', () => {
    expect(importsOf(`import { a } from 'x';\nexport * from "y";\nimport 'z';\nawait import('w');`)).toEqual([
      'x',
      'y',
      'z',
      'w',
    ]);
    expect(sources.length).toBeGreaterThan(50);
  });

  it('a package imports only what it may', () => {
    expect(
      breaches(({ folder, imports }) =>
        imports.filter((one) => !one.startsWith('.') && !MAY_IMPORT[folder]?.includes(packageOf(one))),
      ),
    ).toEqual([]);
  });

  it('a package imports only types where it may import no values', () => {
    expect(
      valueImportsOf(`import type {\n  A,\n} from 'a';\nexport type { B } from 'b';\nimport { C } from 'c';`),
    ).toEqual(['c']);
    expect(
      breaches(({ folder, text }) =>
        valueImportsOf(text).filter((one) => TYPES_ONLY[folder]?.includes(packageOf(one))),
      ),
    ).toEqual([]);
  });

  it('the schemas of the contract depend on zod alone', () => {
    const outside = ({ path, imports }: (typeof sources)[number]) =>
      path.startsWith('packages/contract/') && path !== JOB_MAPPER
        ? imports.filter((one) => (one.startsWith('.') ? one.endsWith('/to-job.ts') : one !== 'zod'))
        : [];
    expect(breaches(outside)).toEqual([]);
  });

  it('no file reaches into another package by path', () => {
    expect(
      breaches(({ folder, path, imports }) =>
        imports.filter((one) => {
          if (!one.startsWith('.')) return false;
          const target = relative(ROOT, resolve(ROOT, dirname(path), one));
          return !target.startsWith(`${folder}/`);
        }),
      ),
    ).toEqual([]);
  });

  it('a stage knows no other stage, no graph and no queue', () => {
    expect(
      breaches(({ path, imports }) =>
        path.startsWith(STAGES) && !COMPOSE_STAGES.test(path)
          ? imports.filter((one) => !SHARED_BY_STAGES.test(one) && !/^\.\.\/(?:code|run)\/|^zod$/.test(one))
          : [],
      ),
    ).toEqual([]);
  });

  it('the API imports schemas and records from the pipeline, no stage, prompt or model', () => {
    const forbidden = /\b(?:attemptStage|execute|Prompt|Stage|Ask|StageRuntime)\b/;
    expect(
      breaches(({ folder, text }) =>
        folder === 'apps/api'
          ? [...text.matchAll(/import\s*(?:type\s*)?\{([^}]*)\}\s*from '@codegen\/pipeline'/g)]
              .map((match) => match[1] ?? '')
              .filter((names) => forbidden.test(names))
          : [],
      ),
    ).toEqual([]);
  });

  it('only a config.ts reads the environment', () => {
    expect(
      breaches(({ path, text }) =>
        text.includes('process.env') && !path.endsWith('/config.ts') ? ['process.env'] : [],
      ),
    ).toEqual([]);
  });

  it('only a main.ts ends the process or handles signals', () => {
    const ends = /process\.(?:exit\(|exitCode|on\(|once\()/;
    expect(
      breaches(({ path, text }) =>
        ends.test(text) && !path.endsWith('/main.ts') && path !== PROCESS_LIFE
          ? ['process.exit or a signal']
          : [],
      ),
    ).toEqual([]);
  });

  it('a circle of imports is found', () => {
    const path = [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
      ['c', 'c'],
    ] as const;
    expect(findCircle(edgesOf(path))).toBeNull();
    expect(findCircle(edgesOf([...path, ['c', 'b']]))).toEqual(['b', 'c', 'b']);
  });
});

describe('the queue package', () => {
  const SOURCES = 'packages/queue/src';
  const FOLDERS = ['flow', 'jobs', 'models', 'presence', 'redis', 'webhooks'];
  const TOP_LEVEL = ['config.ts', 'index.ts', 'runs.ts', 'stage-worker.ts'];
  const own = sources.filter(({ folder }) => folder === 'packages/queue');
  const nameOf = (path: string) => relative(SOURCES, path);
  const folderOf = (name: string) => name.slice(0, name.indexOf('/'));
  const isTopLevel = (name: string) => !name.includes('/');
  const imports = own.flatMap(({ path, imports }) =>
    imports
      .filter((one) => one.startsWith('.'))
      .map((one) => [nameOf(path), nameOf(join(dirname(path), one))] as const),
  );

  it('has the folders and top-level files that these rules name', () => {
    const names = own.map(({ path }) => nameOf(path));
    expect(names.filter(isTopLevel).toSorted()).toEqual(TOP_LEVEL);
    const inFolders = names.filter((name) => !isTopLevel(name));
    expect([...new Set(inFolders.map(folderOf))].toSorted()).toEqual(FOLDERS);
  });

  it('has no circle of imports between its files', () => {
    // Types of settings are used everywhere.
    expect(findCircle(edgesOf(imports.filter(([, to]) => to !== 'config.ts')))).toBeNull();
  });

  it('has no circle of imports between its folders', () => {
    const between = imports.filter(([from, to]) => !isTopLevel(from) && !isTopLevel(to));
    expect(findCircle(edgesOf(between.map(([from, to]) => [folderOf(from), folderOf(to)])))).toBeNull();
  });

  it('has no folder that imports a top-level file, but for types of config.ts', () => {
    const upward = imports.filter(([from, to]) => !isTopLevel(from) && isTopLevel(to));
    expect(upward.filter(([, to]) => to !== 'config.ts')).toEqual([]);
    const values = own
      .filter(({ path }) => !isTopLevel(nameOf(path)))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '(?:\.\.\/)+config\.ts'/gm)].map(
          () => path,
        ),
      );
    expect(values).toEqual([]);
  });

  it('loads every Lua command file, and no other', () => {
    const loaded = own.flatMap(({ text }) =>
      [...text.matchAll(/\bloadScripts\(\w+, \[([^\]]*)\]/g)].flatMap(([, names = '']) =>
        [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
      ),
    );
    const fileOf = (name: string) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.lua`;
    const files = readdirSync(join(ROOT, SOURCES, 'redis', 'scripts'));
    expect([...new Set(loaded)].map(fileOf).toSorted()).toEqual(files.toSorted());
  });
});
