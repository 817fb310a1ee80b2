// Writes the generated parts of the documents. Run it with `npm run docs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedDocuments, ROOT } from './generated.ts';

for (const { path, text, generated } of await generatedDocuments()) {
  if (text === generated) continue;
  writeFileSync(join(ROOT, path), generated);
  console.log(`wrote ${path}`);
}
