import { expect, it } from 'vitest';
import { parseCommandLine, UsageError } from '../src/command-line.ts';

const options = { port: { type: 'string' }, quick: { type: 'boolean' } } as const;
const parse = (...args: string[]) => parseCommandLine({ args, options, allowPositionals: true });

it.each([
  ['--prt', 'unknown option --prt; did you mean --port?'],
  ['--quikc', 'unknown option --quikc; did you mean --quick?'],
  ['--something-else', 'unknown option --something-else'],
  ['-x', 'unknown option -x'],
  ['--quick=1', "Option '--quick' does not take an argument"],
  ['--port', "Option '--port <value>' argument missing"],
])('rejects %s', (argument, message) => {
  expect(() => parse(argument)).toThrow(UsageError);
  expect(() => parse(argument)).toThrow(message);
});

it('returns the values and the positional arguments', () => {
  const { values, positionals } = parse('--port', '1', 'name', '--quick');
  expect({ ...values }).toEqual({ port: '1', quick: true });
  expect(positionals).toEqual(['name']);
});
