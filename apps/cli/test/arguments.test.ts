import { UsageError } from '@codegen/settings';
import { expect, it } from 'vitest';
import { readArguments } from '../src/generate/arguments.ts';

const generate = (query: string, json = false, fast = false) => ({
  kind: 'generate',
  query,
  json,
  fast,
});

it.each([
  [[], 'The query is missing.'],
  [['  ', ''], 'The query is missing.'],
  [['--json'], 'The query is missing.'],
  [['--'], 'The query is missing.'],
  [['--jsn', 'x'], 'unknown option --jsn; did you mean --json?'],
  [['x', '-v'], 'unknown option -v'],
  [['x', '--colourful'], 'unknown option --colourful'],
  [['x', '--json=yes'], "Option '--json' does not take an argument"],
])('rejects the arguments %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(new UsageError(message));
});

it.each([
  [['--help'], { kind: 'help' }],
  [['x', '-h', '--json'], { kind: 'help' }],
  [['a sort'], generate('a sort')],
  [['a', ' sort '], generate('a  sort')],
  [['--json', 'a sort'], generate('a sort', true)],
  [['a sort', '--json'], generate('a sort', true)],
  [['a tool with --json and -v'], generate('a tool with --json and -v')],
  [['--fast', 'a sort'], generate('a sort', false, true)],
  [['-5 to 5', '-', '--5'], generate('-5 to 5 - --5')],
  [['--json', '--', '--help', 'x', '--'], generate('--help x --', true)],
])('accepts the arguments %j', (args, command) => {
  expect(readArguments(args)).toEqual(command);
});
