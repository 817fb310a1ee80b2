import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  EFFORTS,
  FAILURE_CODES,
  graph,
  IGNORED_REASONS,
  ROLES,
  ROUTES,
  STEPS,
  verifiedGraph,
} from '@codegen/pipeline';
import { adrIndex } from './adr-index.ts';
import { flowPicture, routesPicture } from './graph-pictures.ts';
import { failureTable, responseTable, stageTable } from './graph-tables.ts';
import { quirksPage } from './quirks-page.ts';
import { envExample, settingsTable } from './settings-table.ts';

const ADR_INDEX = 'docs/adr/README.md';
const QUIRKS = 'docs/model-quirks.md';

export const ROOT = join(import.meta.dirname, '..', '..');

const fence = (text: string) => `\`\`\`\n${text}\n\`\`\``;

/** Parts of documents that are generated, by the name in their marks: `<!-- name -->` to `<!-- /name -->`. */
const SECTIONS: Readonly<Record<string, () => string>> = {
  routes: () => fence(routesPicture(graph)),
  flow: () => fence(flowPicture(graph)),
  stages: () => stageTable(verifiedGraph),
  failures: () => failureTable(graph),
  responses: () => responseTable(graph),
  settings: settingsTable,
};
export const SECTION_NAMES = Object.keys(SECTIONS);

/** The document with every generated part written anew. Repeated end marks, which merges leave, become one. */
export const fillSections = (document: string): string =>
  document.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->(?:\s*<!-- \/\1 -->)*/g, (whole, name: string) => {
    const render = SECTIONS[name];
    return render === undefined ? whole : `<!-- ${name} -->\n${render()}\n<!-- /${name} -->`;
  });

/** The names of the pipeline for `packages/contract`, whose types must not depend on the pipeline. */
function contractNames(): string {
  const list = (name: string, values: readonly string[]) =>
    `\nexport const ${name} = [\n${values.map((value) => `  '${value}',\n`).join('')}] as const;\n`;
  return `// Written by \`npm run docs\` from packages/pipeline.\n// biome-ignore-all format: generated\n${list('ROLES', ROLES)}${list('ROUTES', ROUTES)}${list('EFFORTS', EFFORTS)}${list('STEPS', STEPS)}${list('FAILURE_CODES', FAILURE_CODES)}${list('IGNORED_REASONS', IGNORED_REASONS)}`;
}

export interface GeneratedDocument {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly generated: string;
}

/**
 * The documents with generated parts: those at the root and in `docs/`, `.env.example`, the index of ADRs, the table of
 * quirks, and the names in the contract.
 */
export async function generatedDocuments(): Promise<GeneratedDocument[]> {
  const names = [
    ...readdirSync(ROOT),
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) =>
      join('docs', name),
    ),
  ];
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const pages = names
    .filter((name) => name.endsWith('.md'))
    .map((path) => ({ path, text: read(path), generated: fillSections(read(path)) }));
  const whole = [
    { path: '.env.example', generated: envExample() },
    { path: ADR_INDEX, generated: adrIndex() },
    { path: QUIRKS, generated: await quirksPage() },
    { path: 'packages/contract/src/names.ts', generated: contractNames() },
  ];
  return [
    ...pages.filter(({ path }) => path !== ADR_INDEX && path !== QUIRKS),
    ...whole.map(({ path, generated }) => ({ path, text: read(path), generated })),
  ];
}
