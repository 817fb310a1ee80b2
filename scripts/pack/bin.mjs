#!/usr/bin/env node
// Runs a command on this Node if it is new enough, else on one that npm downloads once. Requires Node 20.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE = 24;
/** Keeps the path of the downloaded Node: npm needs seconds to find it again. */
const NODE_PATH = new URL('node-path', import.meta.url);
const COMMANDS = {
  generate: ['@codegen/cli/src/generate/main.js', 'writes code: codegen generate "what code you want"'],
  chat: ['@codegen/cli/src/generate/main.js', 'holds a conversation on a terminal'],
  start: ['@codegen/cli/src/start/main.js', 'runs the service until Ctrl-C'],
  doctor: ['@codegen/cli/src/doctor/main.js', 'checks the configuration and every part'],
  key: ['@codegen/api/src/key/main.js', 'creates an API key: codegen key NAME'],
  api: ['@codegen/api/src/main.js', 'runs the API alone'],
  worker: ['@codegen/worker/src/main.js', 'runs a worker alone'],
  simulator: ['@codegen/simulator/src/main.js', 'runs the simulated model server alone'],
};

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
  const isHelp = ['help', '--help', '-h'].includes(name);
  const lines = Object.entries(COMMANDS).map(([command, [, text]]) => `  ${command.padEnd(10)} ${text}\n`);
  const wrong = isHelp || name === undefined ? '' : `There is no command ${JSON.stringify(name)}.\n\n`;
  const usage = `${wrong}Usage: codegen COMMAND [options]\n\n${lines.join('')}\nEach command has --help.\n`;
  process[isHelp ? 'stdout' : 'stderr'].write(usage);
  process.exitCode = isHelp ? 0 : 2;
} else await run(join(dirname(fileURLToPath(import.meta.url)), 'node_modules', COMMANDS[name][0]));

async function run(file) {
  if (Number.parseInt(process.versions.node, 10) >= NODE) {
    // Without write access to the folder, modules are compiled at each start.
    module.enableCompileCache(join(dirname(fileURLToPath(import.meta.url)), '.compiled'));
    process.argv.splice(1, 2, file);
    await import(pathToFileURL(file).href);
    return;
  }
  const node = installedNode() ?? downloadedNode();
  if (node === null) {
    process.stderr.write(
      `Node ${NODE} or newer is required; this is Node ${process.versions.node}. Install it: https://nodejs.org/en/download\n`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [file, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both. The child decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  child.on('error', (error) => {
    process.stderr.write(`${node} does not run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

/** The path of the Node of a package that is installed next to this one; null if there is none. */
function installedNode() {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve(`${nodePackage().name}/package.json`);
    return join(dirname(manifest), require(manifest).bin.node);
  } catch {
    return null;
  }
}

/** The path of the Node in npm's cache, which npm downloads if it is missing; null if it cannot. */
function downloadedNode() {
  const { name, version } = nodePackage();
  if (version === undefined) return null;
  const known = rememberedNode();
  if (known !== null) return known;
  const find = (consent) => {
    // Prints its own path: a signal to npm would not reach the command.
    const args = ['exec', consent, '--prefer-offline', '--loglevel=error', `--package=${name}@${version}`];
    const options = { encoding: 'utf8', shell: process.platform === 'win32', cwd: dirname(process.execPath) };
    const { status, stdout } = spawnSync('npm', [...args, '--', 'node', '-p', 'process.execPath'], options);
    return status === 0 ? rememberNode(stdout.trim()) : null;
  };
  const cached = find('--no');
  if (cached !== null) return cached;
  process.stderr.write(
    `This is Node ${process.versions.node}. npm downloads Node ${version} into its cache, once.\n`,
  );
  return find('--yes');
}

function rememberedNode() {
  const path = existsSync(NODE_PATH) ? readFileSync(NODE_PATH, 'utf8') : '';
  return existsSync(path) ? path : null;
}

function rememberNode(path) {
  try {
    writeFileSync(NODE_PATH, path);
  } catch {
    // Another user installed the package: npm is asked each time.
  }
  return path;
}

/** The package with Node for this platform. Its version is missing if there is none. */
function nodePackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const { nodePackages } = createRequire(import.meta.url)('./package.json');
  return { name, version: nodePackages[name] };
}
