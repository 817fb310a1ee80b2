import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageFolderOf, readSources, targetOf, valueImportsOf } from './source-files.ts';

/** What the sources of a package may import in addition to their own files and, where `node` is listed, Node's modules. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/client': ['@codegen/contract'],
  'packages/contract': ['@codegen/pipeline', '@codegen/queue', 'zod'],
  'packages/pipeline': ['diff', 'jsonrepair', 'markdown-it', 'zod'],
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
  'packages/telemetry': [
    '@codegen/pipeline',
    '@codegen/queue',
    '@codegen/settings',
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-base',
    'prom-client',
    'zod',
    'node',
  ],
  'packages/sandbox': [
    '@jitl/quickjs-ng-wasmfile-release-sync',
    '@vscode/tree-sitter-wasm',
    'amaro',
    'koffi',
    'p-limit',
    'pyodide',
    'quickjs-emscripten-core',
    'node',
  ],
  'packages/webhook': ['@codegen/settings', 'ipaddr.js', 'zod', 'node'],
  'packages/simulator': ['@codegen/settings', 'zod', 'node'],
  'apps/api': [
    '@bull-board/api',
    '@bull-board/express',
    '@codegen/contract',
    '@codegen/pipeline',
    '@codegen/queue',
    '@codegen/settings',
    '@codegen/telemetry',
    '@codegen/webhook',
    '@modelcontextprotocol/node',
    '@modelcontextprotocol/server',
    'cors',
    'express',
    'helmet',
    'leven',
    'pino',
    'zod',
    'zod-openapi',
    'node',
  ],
  'apps/web': [
    '@codegen/client',
    '@codegen/contract',
    '@preact/signals',
    'diff',
    'fflate',
    'lowlight',
    'preact',
  ],
  'apps/sandbox': ['@codegen/queue', '@codegen/sandbox', '@codegen/settings', 'pino', 'zod', 'node'],
  'apps/worker': [
    '@codegen/contract',
    '@codegen/pipeline',
    '@codegen/queue',
    '@codegen/sandbox',
    '@codegen/settings',
    '@codegen/telemetry',
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
    '@codegen/contract',
    '@codegen/pipeline',
    '@codegen/queue',
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

/** Packages whose types may be imported, but no values. */
const TYPES_ONLY: Record<string, readonly string[]> = {
  'packages/client': ['@codegen/contract'],
  'packages/contract': ['@codegen/queue'],
  'packages/telemetry': ['@codegen/pipeline', '@codegen/queue'],
  'apps/web': ['@codegen/contract'],
};

/** The files of the contract that may import the pipeline and the queue. */
const JOB_MAPPERS = ['packages/contract/src/to-job.ts', 'packages/contract/src/to-thread.ts'];
const STAGES = 'packages/pipeline/src/stages/';
/** Every other file in the folder is a stage. */
const SHARED_BY_STAGES = /^\.\/(?:stage|prompt|code-stage)\.ts$/;

/** Handles signals and ends the process on behalf of every main.ts. */
const PROCESS_LIFE = 'packages/settings/src/process.ts';

const sources = Object.keys(MAY_IMPORT).flatMap((folder) =>
  readSources(join(folder, 'src')).map((source) => ({ folder, ...source })),
);

const packageOf = (specifier: string) => {
  if (specifier.startsWith('node:')) return 'node';
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
};

const breaches = (isBreach: (source: (typeof sources)[number]) => readonly string[]) =>
  sources.flatMap((source) => isBreach(source).map((what) => `${source.path}: ${what}`));

describe('import rules', () => {
  it('finds imports, re-exports, imports for effects and dynamic imports', () => {
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

  it('the schemas of the contract import only zod', () => {
    const outside = ({ path, imports }: (typeof sources)[number]) =>
      path.startsWith('packages/contract/') && !JOB_MAPPERS.includes(path)
        ? imports.filter((one) => (one.startsWith('.') ? /\/to-\w+\.ts$/.test(one) : one !== 'zod'))
        : [];
    expect(breaches(outside)).toEqual([]);
  });

  it('no source imports a file of another package by path', () => {
    expect(
      breaches(({ folder, path, imports }) =>
        imports.filter((one) => one.startsWith('.') && packageFolderOf(targetOf(path, one)) !== folder),
      ),
    ).toEqual([]);
  });

  it('no source imports fixtures or the internals that packages export for tests', () => {
    const isForTests = (one: string) => /^@codegen\/(?:testing\/|[^/]+\/testing$)/.test(one);
    expect(['@codegen/testing/a/b', '@codegen/queue/testing', '@codegen/queue'].filter(isForTests)).toEqual([
      '@codegen/testing/a/b',
      '@codegen/queue/testing',
    ]);
    expect(breaches(({ imports }) => imports.filter(isForTests))).toEqual([]);
  });

  it('a stage imports no other stage, no graph and no queue', () => {
    expect(
      breaches(({ path, imports }) =>
        path.startsWith(STAGES)
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

  it('only a config.ts reads the environment, and only dot-env.ts adds to it', () => {
    expect(
      breaches(({ path, text }) =>
        text.includes('process.env') && !/\/(?:config|dot-env)\.ts$/.test(path) ? ['process.env'] : [],
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
});
