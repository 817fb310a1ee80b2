import { expect, it } from 'vitest';
import { trackProgress } from '../src/generate/progress.ts';
import { openScreen } from '../src/generate/screen.ts';
import { toJson } from '../src/terminal.ts';
import { delta, end, event, finished, started } from './told.ts';

function open(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const screen = openScreen({ ...terminal, write: (text) => written.push(text) });
  return { ...screen, written };
}
const ERASE = '\r\u001b[K';

it('shows no line that changes where it would not', () => {
  const { show, say, written } = open({});
  show('some');
  say('line');
  show('');
  expect(written).toEqual(['line\n']);
});

it('writes over the last line, and lines that stay go above it', () => {
  const { show, say, written } = open({ isTTY: true, columns: 7 });
  show('1');
  show('1');
  show('22 is too long');
  say('line');
  say('line');
  show('');
  expect(written).toEqual([`${ERASE}1`, `${ERASE}22 is `, ERASE, 'line\n', 'line\n']);
});

it('takes a terminal that does not know its width for a usual one', () => {
  const { show, written } = open({ isTTY: true, columns: 0 });
  show('x'.repeat(100));
  expect(written).toEqual([ERASE + 'x'.repeat(79)]);
});

it('counts what each stage has written since it began', () => {
  const shown: string[] = [];
  const track = trackProgress((line) => shown.push(line));
  track(event('job.routed', { route: 'complex' }));
  track(started('a', 'm'));
  track(delta('a', 'x'.repeat(1_200)));
  track(delta('b\u009b', 'xy'));
  track(started('a', 'm', 2));
  track(delta('a', 'x'));
  track(event('stage.completed', { stage: 'b\u009b', servedModel: null, ...end }));
  track(event('stage.completed', { stage: 'a', servedModel: null, ...end }));
  track(finished({}));
  const line = (counts: string) => `  characters: ${counts}`;
  expect(shown).toEqual([
    '',
    line('a 1,200'),
    line('a 1,200, b\\x9b 2'),
    line('b\\x9b 2'),
    line('b\\x9b 2, a 1'),
    line('a 1'),
    '',
  ]);
});

it('writes JSON that steers no terminal and is still the same', () => {
  const value = { text: 'é\u009b2J\u007f\u001b[2J\n💡' };
  const json = toJson(value);
  expect(JSON.parse(json)).toEqual(value);
  expect(json.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});
