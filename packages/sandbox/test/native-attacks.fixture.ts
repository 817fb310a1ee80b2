import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS, fileNameOf, prepareNative, protectMemory, run } from '../src/index.ts';
import * as native from './attacks/native.ts';

// Attacks the sandbox with compiled programs, as the user of this process. Prints the number of attacks, and those that
// reached something, were not stopped or were not tried. argv: `--long` also tries what takes seconds to stop, `--some`
// only every fifth attack.

protectMemory();
const isLong = process.argv.includes('--long');
const step = process.argv.includes('--some') ? 5 : 1;
const { languages, missing } = await prepareNative();
const limits = { ...DEFAULT_LIMITS, caseMs: 700, programMs: 120_000, memoryMb: 128 };
const folder = mkdtempSync(join(tmpdir(), 'codegen-other-'));
const other = join(folder, 'main.c');
writeFileSync(other, '#include <stdio.h>\n');
let connections = 0;
const server = createServer((socket) => {
  connections += 1;
  socket.destroy();
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as { port: number };
const target = { victim: process.pid, port, other };
const found: string[] = [];
let count = 0;

const someOf = (all: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(all).filter((_, index) => index % step === 0));

/** No body prints GOT or passes, and the last case shows that programs still run. */
async function attack(bodies: Readonly<Record<string, string>>, isBomb: boolean) {
  const { program, cases } = native.nativeProgram(bodies, target);
  const { load, reason, results } = await run(program, cases, limits);
  if (load !== 'loaded') found.push(`not compiled: ${reason}`);
  if (results.at(-1)?.verdict !== 'passed') found.push('no program runs afterwards');
  for (const [index, name] of Object.keys(bodies).entries()) {
    count += 1;
    const { verdict = 'passed', actual = 'not tried' } = results[index] ?? {};
    const isTried = verdict !== 'unsupported' || /starts a process/.test(actual ?? '');
    const isStopped = !isBomb || actual !== '';
    if (/GOT/.test(actual ?? '') || verdict === 'passed' || !isTried || !isStopped)
      found.push(`${name}: ${actual}`);
  }
}

/** The compiler rejects a source or is stopped, and its messages show no text that it must not read. */
async function attackCompiler(sources: Readonly<Record<string, string>>) {
  for (const [name, content] of Object.entries(sources)) {
    count += 1;
    const language = /constexpr|template/.test(content) ? 'cpp' : 'c';
    const shortLimits = { ...limits, programMs: 4_000 };
    const program = { language, files: [{ name: fileNameOf(language), content }] } as const;
    const { load, reason } = await run(
      program,
      [{ kind: 'stdin', stdin: '', expected: { value: 'GOT' } }],
      shortLimits,
    );
    if (load === 'loaded' || /root:|codegen-secret/.test(reason ?? ''))
      found.push(`${name}: ${load} ${reason}`);
  }
}

const isX64 = process.arch === 'x64';
if (languages.includes('c')) {
  await Promise.all([
    attack(someOf({ ...native.attacks, ...(isX64 ? native.attacksOnX64 : {}) }), false),
    attack(someOf(native.bombs), true),
    attackCompiler(someOf(native.compilerAttacks(other))),
  ]);
  if (isLong) await attackCompiler(native.compilerBombs);
}
if (connections > 0) found.push('connected to this machine');
server.close();
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ uid: process.getuid?.(), languages, missing, count, found }));
