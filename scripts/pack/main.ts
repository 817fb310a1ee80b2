import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeClient } from './client.ts';
import { writeCommand } from './command.ts';
import type { PackedFolder } from './folder.ts';

const USAGE = `Usage: npm run packages -- [--out FOLDER] [NAME …]

Writes the packages of this repository as tarballs into FOLDER, dist by default, and prints their paths.
`;

const PACKAGES: Readonly<Record<string, (packed: PackedFolder) => void>> = {
  '@codegen/client': writeClient,
  'code-generation-agent': writeCommand,
};

const root = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist') }, help: { type: 'boolean', short: 'h' } },
  allowPositionals: true,
});
if (values.help) process.stdout.write(USAGE);
else
  for (const name of positionals.length > 0 ? positionals : Object.keys(PACKAGES))
    pack(name, resolve(values.out));

function pack(name: string, out: string) {
  const write = PACKAGES[name];
  if (write === undefined)
    throw new Error(`There is no package ${name}. Use ${Object.keys(PACKAGES).join(' or ')}.`);
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'codegen-pack-'));
  try {
    write({ root, folder });
    const args = ['pack', '--loglevel=error', '--ignore-scripts', '--pack-destination', out];
    const isWindows = process.platform === 'win32';
    const file = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', shell: isWindows });
    process.stdout.write(`${join(out, file.trim())}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
