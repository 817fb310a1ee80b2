import { expect, it } from 'vitest';
import { createTerminal, toJson } from '../src/terminal.ts';

interface Size {
  isTTY?: boolean;
  columns?: number;
}

function record(size: Size) {
  const written: string[] = [];
  const out = { ...size, write: (text: string) => written.push(text) };
  return { ...createTerminal(out), out, written };
}

const ERASE = '\r\u001b[J';

it('writes no status line to a pipe', () => {
  const { setStatus, printLine, written } = record({});
  setStatus('some');
  printLine('line');
  setStatus('');
  expect(written).toEqual(['line\n']);
});

it('overwrites the status line and prints lines above it', () => {
  const { setStatus, printLine, written } = record({ isTTY: true, columns: 7 });
  setStatus('1');
  setStatus('1');
  setStatus('22 is too long');
  printLine('line');
  printLine('line');
  setStatus('');
  expect(written).toEqual([`${ERASE}1`, `${ERASE}22 is…`, ERASE, 'line\n', 'line\n']);
});

it('counts wide characters as two columns', () => {
  const { setStatus, written } = record({ isTTY: true, columns: 8 });
  setStatus('你好你好你好');
  expect(written).toEqual([`${ERASE}你好你…`]);
});

it('erases every row of a status line that wraps after the window became narrower', () => {
  const { setStatus, out, written } = record({ isTTY: true, columns: 20 });
  setStatus('0123456789');
  out.columns = 4;
  setStatus('');
  expect(written.at(-1)).toBe(`\r\u001b[2A\u001b[J`);
});

it('assumes 80 columns when the terminal reports none', () => {
  const { setStatus, written } = record({ isTTY: true, columns: 0 });
  setStatus('x'.repeat(100));
  expect(written).toEqual([`${ERASE}${'x'.repeat(78)}…`]);
});

it('writes equivalent JSON without control characters', () => {
  const value = { text: 'é\u009b2J\u007f\u001b[2J\n💡' };
  const json = toJson(value);
  expect(JSON.parse(json)).toEqual(value);
  expect(json.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});
