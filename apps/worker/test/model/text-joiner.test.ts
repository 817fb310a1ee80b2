import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TextJoiner } from '../../src/model/response-text.ts';

const KEY = 'sk-or-v1-secret';

/** The pieces that the joiner returns. */
function join(pieces: readonly string[], key: string | null = KEY): string[] {
  const joiner = new TextJoiner(key);
  return [...pieces.map((piece) => joiner.add(piece)), joiner.end()];
}

describe('the API key', () => {
  test.each([
    [[`a ${KEY} b`], 'a … b'],
    [['a sk-or-', 'v1-secret b'], 'a … b'],
    [['a ', ...KEY, ' b'], 'a … b'],
    [[`${KEY}${KEY}`, KEY], '………'],
    [['sk-or-v1-sk-or-v1-secret'], 'sk-or-v1-…'],
    [['sk-or-v1-secre'], 'sk-or-v1-secre'],
  ])('is removed from %j', (pieces, expected) => {
    expect(join(pieces).join('')).toBe(expected);
  });

  test('is not removed if it is so short that it may be a word', () => {
    expect(join(['a local model'], 'local').join('')).toBe('a local model');
  });

  test('is in no text, however it is split, and other text is unchanged', () => {
    const part = fc.constantFrom('sk-or-', 'v1-', 'secret', KEY, 's', '😀', 'x');
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(12)), (parts, cuts) => {
        const text = parts.join('');
        const pieces: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          pieces.push(text.slice(at, at + cut));
          at += cut;
        }
        pieces.push(text.slice(at));
        const joined = join(pieces).join('');
        expect(joined).not.toContain(KEY);
        expect(joined).toBe(text.replaceAll(KEY, '…'));
      }),
    );
  });
});
