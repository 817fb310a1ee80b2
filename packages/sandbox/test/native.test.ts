import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, DEFAULT_LIMITS, type Language, prepareNative, run, supports } from '../src/index.ts';

const hasCompilers = ['/usr/bin/gcc', '/usr/bin/g++'].every(existsSync);
const limits = { ...DEFAULT_LIMITS, caseMs: 10_000, programMs: 60_000 };
const stdin = (text: string, value: string): Case => ({ kind: 'stdin', stdin: text, expected: { value } });
const runFiles = (language: Language, files: Readonly<Record<string, string>>, ...cases: Case[]) =>
  run(
    { language, files: Object.entries(files).map(([name, content]) => ({ name, content })) },
    cases,
    limits,
  );

const SUM = `#include <stdio.h>
int main(void) { long a, sum = 0; while (scanf("%ld", &a) == 1) sum += a; printf("%ld\\n", sum); return 0; }`;

it('a compiled language is unsupported before its compiler is found, and that counts against no program', async () => {
  expect(supports('c')).toBe(false);
  const { load, reason, results } = await runFiles('c', { 'main.c': SUM }, stdin('1', '1'));
  expect([load, reason]).toEqual(['unsupported', 'the sandbox has no compiler of c']);
  expect(results).toEqual([{ verdict: 'unsupported', actual: null }]);
});

let temporary: string;

describe.skipIf(!hasCompilers)('with gcc and g++, the sandbox', () => {
  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'codegen-test-'));
    // Root compiles as another user.
    // User 1000 has folders there, too.
    chmodSync(temporary, 0o1777);
    process.env.TMPDIR = temporary;
    const { languages, missing } = await prepareNative();
    // Its kernel may lack Landlock: then nothing below would be true.
    expect(missing).toEqual({});
    expect(languages).toEqual(['c', 'cpp']);
    expect(['c', 'cpp', 'rust'].filter(supports)).toEqual(['c', 'cpp']);
  });

  afterAll(() => {
    delete process.env.TMPDIR;
    rmSync(temporary, { recursive: true });
  });

  it('compiles C of several files once, and runs it on each stdin', async () => {
    const files = {
      'src/main.c':
        '#include <stdio.h>\n#include "twice.h"\nint main(void) { int a; scanf("%d", &a); printf("%d\\n", twice(a)); }',
      'src/twice.h': 'int twice(int a);',
      'src/twice.c':
        '#include "twice.h"\n#include <math.h>\nint twice(int a) { return (int)floor(2.0 * a); }',
      'README.md': 'twice',
    };
    const call: Case = { kind: 'call', function: 'twice', args: [1], expected: { value: 2 } };
    const { load, results } = await runFiles('c', files, stdin('2', '4'), stdin('3', '7'), call);
    expect(load).toBe('loaded');
    expect(results.map(({ verdict }) => verdict)).toEqual(['passed', 'failed', 'unsupported']);
  });

  it('runs C++ with its library, threads and exceptions', async () => {
    const code = `#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
int main() { std::map<std::string, int> counts; std::string word;
  std::thread reader([&] { while (std::cin >> word) counts[word]++; }); reader.join();
  if (counts.empty()) throw std::runtime_error("no words");
  for (auto& [key, count] : counts) std::cout << key << ' ' << count << std::endl; }`;
    const { results } = await runFiles(
      'cpp',
      { 'main.cpp': code },
      stdin('b a b', 'a 1\nb 2'),
      stdin('', ''),
    );
    expect(results[0]).toEqual({ verdict: 'passed', actual: 'a 1\nb 2\n' });
    expect(results[1]?.verdict).toBe('failed');
    expect(results[1]?.actual).toMatch(/^SIGABRT .*no words/s);
  });

  it('tells code that does not compile from code whose library is missing', async () => {
    const broken = await runFiles('c', { 'main.c': 'int main(void) { return x; }' }, stdin('', ''));
    expect([broken.load, broken.reason]).toEqual(['broken', expect.stringMatching(/'x' undeclared/)]);
    const missing = await runFiles(
      'cpp',
      { 'main.cpp': '#include <boost/asio.hpp>\nint main() {}' },
      stdin('', ''),
    );
    expect(missing.load).toBe('unsupported');
  });

  it('writes no file outside the folder of the program', async () => {
    for (const name of ['../escape.c', '/tmp/escape.c', '-fplugin=x.c', '@x.c', 'a b.c', 'x/../../y.c']) {
      const { load } = await runFiles('c', { [name]: SUM }, stdin('1', '1'));
      expect(load, name).toBe('unsupported');
    }
  });

  it('reports that it cannot try a program whose files cannot be written, or whose compiler lacks time', async () => {
    const files = [
      { 'main.c': SUM, 'a.h': '', 'a.h/b.c': '' },
      { 'main.c': SUM, [`${'a'.repeat(300)}.h`]: '' },
    ];
    for (const each of files) {
      const { load, reason } = await runFiles('c', each, stdin('1', '1'));
      expect([load, reason]).toEqual([
        'unsupported',
        expect.stringMatching(/^its files cannot be written: E/),
      ]);
    }
    const program = { language: 'c', files: [{ name: 'main.c', content: SUM }] } as const;
    const { load, reason } = await run(program, [stdin('1', '1')], { ...limits, programMs: 1 });
    expect([load, reason]).toEqual(['unsupported', 'its compilation exceeded its time']);
  });

  it('cuts endless output, and a program that hangs is no failure of the next case', async () => {
    const code = `#include <stdio.h>
int main(void) { int a; if (scanf("%d", &a) != 1) for (;;); for (; a > 9; ) puts("x"); printf("%d", a); }`;
    const shortLimits = { ...limits, caseMs: 1_000 };
    const program = { language: 'c', files: [{ name: 'main.c', content: code }] } as const;
    const { results } = await run(program, [stdin('10', ''), stdin('', ''), stdin('1', '1')], shortLimits);
    expect(results).toEqual([
      { verdict: 'failed', actual: 'it printed too much' },
      { verdict: 'timeout', actual: 'it exceeded its time' },
      { verdict: 'passed', actual: '1' },
    ]);
  });

  it('is protected from compiled programs and hostile sources, as this user and as user 1000', async () => {
    const script = join(import.meta.dirname, 'native-attacks.fixture.ts');
    const attack = async (args: readonly string[], user: { uid?: number; gid?: number }) => {
      const options = { ...user, env: { SECRET: 'codegen-secret', TMPDIR: temporary } };
      const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options);
      const { found, count } = JSON.parse(stdout);
      expect(found).toEqual([]);
      return count as number;
    };
    const isRoot = process.getuid?.() === 0;
    const counts = await Promise.all([
      attack([], isRoot ? { uid: 1_000, gid: 1_000 } : {}),
      ...(isRoot ? [attack(['--some'], {})] : []),
    ]);
    expect(counts[0]).toBeGreaterThan(75);
  });

  it('leaves no folder behind', () => {
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync('/tmp/codegen-native-escape')).toBe(false);
  });
});
