import { expect, it } from 'vitest';
import { readArguments } from '../src/generate/arguments.ts';

const generate = (query: string, json = false) => ({ kind: 'generate', query, json });

it.each([
  [[], 'say what code you want'],
  [['  ', ''], 'say what code you want'],
  [['--json'], 'say what code you want'],
  [['--'], 'say what code you want'],
  [['--jsn', 'x'], 'there is no option --jsn'],
  [['x', '-v'], 'there is no option -v'],
])('%j is wrong', (given, why) => {
  expect(readArguments(given)).toEqual({ kind: 'wrong', why });
});

it.each([
  [['--help'], { kind: 'help' }],
  [['x', '-h', '--what'], { kind: 'help' }],
  [['a sort'], generate('a sort')],
  [['a', ' sort '], generate('a  sort')],
  [['--json', 'a sort'], generate('a sort', true)],
  [['a sort', '--json'], generate('a sort', true)],
  [['a tool with --json and -v'], generate('a tool with --json and -v')],
  [['-5 to 5', '-', '--5'], generate('-5 to 5 - --5')],
  [['--json', '--', '--help', 'x', '--'], generate('--help x --', true)],
])('%j is understood', (given, command) => {
  expect(readArguments(given)).toEqual(command);
});
