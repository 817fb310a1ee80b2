import { UsageError } from '@codegen/settings';
import { expect, it } from 'vitest';
import { checkNpm, readArguments } from '../src/generate/arguments.ts';

const DEFAULTS = {
  fromStdin: false,
  files: [],
  out: null,
  force: false,
  maxCostUsd: null,
  deadlineSeconds: null,
  effort: null,
  model: null,
  json: false,
  fast: false,
};
const generate = (query: string | null, more: object = {}) => ({
  kind: 'generate',
  query,
  ...DEFAULTS,
  ...more,
});

it.each([
  [['--jsn', 'x'], 'unknown option --jsn; did you mean --json?'],
  [['x', '-v'], 'unknown option -v'],
  [['x', '--colourful'], 'unknown option --colourful'],
  [['x', '--json=yes'], "Option '--json' does not take an argument"],
  [
    ['x', '--max-cost', 'a lot'],
    '--max-cost is "a lot"; it must be a number of dollars above 0, such as 0.05',
  ],
  [['x', '--max-cost=0'], '--max-cost is "0"; it must be a number of dollars above 0, such as 0.05'],
  [['x', '--deadline', '1.5'], '--deadline is "1.5"; it must be a whole number of seconds'],
  [['x', '--effort', 'high'], '--effort is "high"; it must be fast, balanced or thorough'],
  [['x', '--out'], "Option '--out <value>' argument missing"],
])('rejects the arguments %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(new UsageError(message));
});

it.each([
  [['--help'], { kind: 'help' }],
  [['x', '-h', '--json'], { kind: 'help' }],
  [[], generate(null)],
  [['  ', ''], generate(null)],
  [['--json'], generate(null, { json: true })],
  [['-'], generate(null, { fromStdin: true })],
  [['--', '-'], generate(null, { fromStdin: true })],
  [
    ['x', '--file', 'a.py', '--file=-b.py', 'y', '--out', '-dir', '--force'],
    generate('x y', { files: ['a.py', '-b.py'], out: '-dir', force: true }),
  ],
  [
    ['--max-cost', '0.05', '--deadline=60', '--effort', 'fast', '--model', 'a/b', 'x'],
    generate('x', { maxCostUsd: 0.05, deadlineSeconds: 60, effort: 'fast', model: 'a/b' }),
  ],
  [['a sort'], generate('a sort')],
  [['a', ' sort '], generate('a  sort')],
  [['--json', 'a sort'], generate('a sort', { json: true })],
  [['a sort', '--json'], generate('a sort', { json: true })],
  [['a tool with --json and -v'], generate('a tool with --json and -v')],
  [['--fast', 'a sort'], generate('a sort', { fast: true })],
  [['-5 to 5', '-', '--5'], generate('-5 to 5 - --5')],
  [['--json', '--', '--help', 'x', '--'], generate('--help x --', { json: true })],
])('accepts the arguments %j', (args, command) => {
  expect(readArguments(args)).toEqual(command);
});

it.each([
  [[], ['json'], '--json'],
  [['--fast'], ['max_cost'], '--max-cost'],
  [['--json'], ['json', 'force'], '--force'],
])('notices that npm took an option: %j with %j', (args, taken, option) => {
  const message = `npm took ${option} for itself. Put “--” before the options: npm run generate -- ${option} …`;
  expect(() => checkNpm(readArguments(['x', ...args]), new Set(taken))).toThrow(new UsageError(message));
});

it.each([
  [[], ['registry', 'loglevel']],
  [['--json'], ['json']],
  [['--help'], ['json']],
])('accepts %j with the npm settings %j', (args, settings) => {
  expect(() => checkNpm(readArguments(['x', ...args]), new Set(settings))).not.toThrow();
});
