import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'adr');

export interface Adr {
  /** e.g. `0002-run-hash.md` */
  readonly file: string;
  readonly number: string;
  readonly title: string;
  readonly status: string;
  /** YYYY-MM-DD */
  readonly date: string;
  /** Level-2 headings in their order. */
  readonly headings: readonly string[];
}

/** Every architecture decision record, by number. Missing parts are empty strings. */
export const adrs: readonly Adr[] = readdirSync(FOLDER)
  .filter((file) => /^\d{4}-.*\.md$/.test(file))
  .sort()
  .map((file) => parse(file, readFileSync(join(FOLDER, file), 'utf8')));

function parse(file: string, text: string): Adr {
  const [, number = '', title = ''] = /^# (\d{4}): (.+)$/m.exec(text) ?? [];
  const [, status = ''] = /^- Status: (.+)$/m.exec(text) ?? [];
  const [, date = ''] = /^- Date: (\d{4}-\d{2}-\d{2})$/m.exec(text) ?? [];
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  return { file, number, title, status, date, headings };
}

/** docs/adr/README.md. */
export const adrIndex = (): string =>
  [
    '# Architecture decision records',
    '',
    'Each record states the context of a decision, the decision, and its consequences. `npm run docs` writes this index.',
    '',
    '| number | decision | status | date |',
    '|---|---|---|---|',
    ...adrs.map(
      ({ file, number, title, status, date }) => `| ${number} | [${title}](${file}) | ${status} | ${date} |`,
    ),
    '',
  ].join('\n');
