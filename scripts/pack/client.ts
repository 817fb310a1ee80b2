import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractTypes } from './contract-types.ts';
import { compile, type PackedFolder, writeManifest } from './folder.ts';

/** Sources that serve tests of this repository only. */
const INTERNAL = 'testing.ts';

/** Writes the package of the typed client: compiled JavaScript and types, for browsers and Node, without dependencies. */
export function writeClient({ root, folder }: PackedFolder) {
  const source = join(root, 'packages/client');
  // First: tsc reads the type of the modules there.
  writeManifest(root, folder, 'packages/client', {
    description: 'Typed client of the code-generation service, for browsers and Node.',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    sideEffects: false,
    files: ['dist'],
    engines: { node: '>=20' },
  });
  const copy = join(folder, 'src');
  mkdirSync(copy);
  for (const name of readdirSync(join(source, 'src')).filter((name) => name !== INTERNAL)) {
    const text = readFileSync(join(source, 'src', name), 'utf8');
    // In declaration files, tsc does not rewrite the extension.
    const rewritten = text.replaceAll(/(?<= from '\.\/[\w-]+)\.ts(?=';)/g, '.js');
    writeFileSync(join(copy, name), rewritten.replaceAll("'@codegen/contract'", "'./contract.js'"));
  }
  const types = contractTypes(root);
  writeFileSync(join(copy, 'contract.d.ts'), types);
  const options = ['--declaration', '--target', 'es2022', '--lib', 'es2022,dom'];
  compile(root, options, { rootDir: copy, files: [join(copy, 'index.ts')], out: join(folder, 'dist') });
  writeFileSync(join(folder, 'dist/contract.d.ts'), types);
  cpSync(join(source, 'README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}
