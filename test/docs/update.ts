// Writes what the documents repeat of the code: node test/docs/update.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envExample, settingsTable } from './settings-table.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = join(root, 'README.md');
const table = `<!-- settings -->\n${settingsTable()}\n<!-- /settings -->`;
writeFileSync(
  readme,
  readFileSync(readme, 'utf8').replace(/<!-- settings -->[\s\S]*<!-- \/settings -->/, () => table),
);
writeFileSync(join(root, '.env.example'), envExample());
