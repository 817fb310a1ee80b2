import { all } from '@codegen/testing/api/collect';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamParser, type Frame, framesOf } from '../src/event-stream.ts';

const parse = (...chunks: string[]) => {
  const parser = createEventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};
const frame = (data: string, type = 'message', lastId = ''): Frame => ({ type, data, lastId });

describe('yields no event for', () => {
  it.each([
    ['nothing', ''],
    ['a comment', ': still here\n\n'],
    ['an event without data', 'event: x\nid: 1\n\n'],
    ['an event that the stream does not complete', 'data: x\n'],
    ['an unknown field', 'what: x\n\n'],
    ['a field name with other case or leading space', 'Data: x\n\n data: x\n\n'],
  ])('%s', (_, text) => {
    expect(parse(text)).toEqual([]);
  });
});

describe('follows the standard', () => {
  it.each([
    ['drops one space after the colon', 'data:  x\n\ndata:y\n\n', [frame(' x'), frame('y')]],
    ['reads data without a colon as an empty line', 'data\n\n', [frame('')]],
    ['joins several lines of data', 'data: a\ndata:\ndata: b\n\n', [frame('a\n\nb')]],
    [
      'uses the last name, for one event',
      'event: a\nevent: b\ndata\n\ndata\n\n',
      [frame('', 'b'), frame('')],
    ],
    [
      'keeps the id for later events',
      'id: 7\n\ndata: a\n\ndata: b\n\n',
      [frame('a', 'message', '7'), frame('b', 'message', '7')],
    ],
    ['ignores an id with a NUL', 'id: 7\nid: 8\0\ndata\n\n', [frame('', 'message', '7')]],
    ['accepts an empty id', 'id: 7\nid\ndata\n\n', [frame('')]],
    ['accepts all line ends', 'data: a\rdata: b\r\ndata: c\n\r\n', [frame('a\nb\nc')]],
  ])('%s', (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
    expect(parse(...text)).toEqual(expected);
  });

  it('reads a line end that is split between chunks, with an empty chunk between', () => {
    expect(parse('data: a\r', '', '\ndata: b\r', '\n\r', '\n')).toEqual([frame('a\nb')]);
  });
});

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('data', 'id', 'event', 'retry', ':', ' ', '\0', 'é', '💡', '\u2028', '\ufeff'),
);
const line = fc.array(word, { maxLength: 4 }).map((words) => words.join('').replace(/[\r\n]/g, ''));
const field = fc
  .tuple(fc.constantFrom('data: ', 'data:', 'id: ', 'event: ', ':', ''), line)
  .map(([a, b]) => a + b);
const stream = fc
  .array(fc.tuple(field, fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n')), { maxLength: 20 })
  .map((lines) => lines.flat().join(''));

/** A stream of the bytes in chunks of these sizes; a last chunk holds the rest. */
function cutUp(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      let start = 0;
      for (const size of sizes) {
        controller.enqueue(bytes.subarray(start, start + size));
        start += size;
      }
      controller.enqueue(bytes.subarray(start));
      controller.close();
    },
  });
}

const read = (bytes: Uint8Array, sizes: readonly number[] = []) =>
  all(framesOf(cutUp(bytes, sizes), { start() {}, stop() {} }));

describe('properties', () => {
  it('yields the same events however the bytes are split', async () => {
    const sizes = fc.array(fc.nat({ max: 5 }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(stream, sizes, async (text, chunks) => {
        const bytes = new TextEncoder().encode(text);
        expect(await read(bytes, chunks)).toEqual(await read(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads the same types and data as eventsource-parser, which drops ids of events without data', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async (text) => {
        const expected: { type: string; data: string }[] = [];
        const other = createParser({
          onEvent: ({ event, data }) => expected.push({ type: event || 'message', data }),
        });
        other.feed(`${text}\n`);
        const frames = await read(new TextEncoder().encode(`${text}\n`));
        expect(frames.map(({ type, data }) => ({ type, data }))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('yields any JSON data unchanged', async () => {
    const event = fc.record({ type: fc.constantFrom('a', 'stage.delta'), id: fc.nat(), data: fc.json() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        fc.array(fc.nat({ max: 9 })),
        async (events, sizes) => {
          const text = events
            .map(({ type, id, data }) => `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`)
            .join('');
          const expected = events.map(({ type, id, data }) => frame(data, type, String(id)));
          expect(await read(new TextEncoder().encode(text), sizes)).toEqual(expected);
        },
      ),
    );
  });
});
