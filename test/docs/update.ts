// Writes the parts of the documents that derive from code: npm run docs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adrIndex } from './adr-index.ts';
import { envExample, fillSettings } from './settings-table.ts';

const root = join(import.meta.dirname, '..', '..');
const configuration = join(root, 'docs', 'configuration.md');
writeFileSync(configuration, fillSettings(readFileSync(configuration, 'utf8')));
writeFileSync(join(root, '.env.example'), envExample());
writeFileSync(join(root, 'docs', 'adr', 'README.md'), adrIndex());
