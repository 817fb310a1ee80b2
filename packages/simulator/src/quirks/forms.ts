import { completion, DONE, finish, ok, type Quirk, type QuirkGroup, text, wholeStream } from './quirk.ts';

/** A whole stream in another form. */
const form = (name: string, sends: string, change: (stream: string) => string, type?: string): Quirk => ({
  name,
  sends,
  means: 'answer',
  response: (answer) => ok(change(wholeStream(answer)), type),
});

const same = (stream: string) => stream;
const named = (type: string) => type.replace(/\W/g, '-') || 'no-type';

export const forms: QuirkGroup = {
  title: 'Forms of a stream',
  quirks: [
    ...['text/plain', 'application/json', 'text/html', ''].map((type) =>
      form(
        `events-as-${named(type)}`,
        `events with ${type === '' ? 'no type' : `the type \`${type}\``}`,
        same,
        type,
      ),
    ),
    form(
      'comment-as-json',
      'events after a comment, with the type `application/json`',
      (stream) => `: OPENROUTER PROCESSING\n\n${stream}`,
      'application/json',
    ),
    ...['application/json', 'text/event-stream', 'text/plain'].map(
      (type): Quirk => ({
        name: `completion-as-${named(type)}`,
        sends: `a whole completion after blank lines, with the type \`${type}\``,
        means: 'answer',
        response: (answer) => ok(`\n\n ${completion(answer, 'stop')}`, type),
      }),
    ),
    form('named-ping', 'a named event `ping`', (stream) => `event: ping\ndata: {"type":"ping"}\n\n${stream}`),
    form(
      'named-ping-text',
      'a named event `ping` without JSON',
      (stream) => `event: ping\ndata: pong\n\n${stream}`,
    ),
    form('named-chunks', 'chunks in named events', (stream) =>
      stream.replaceAll(/(^|\n)data: (?=\{)/g, '$1event: completion\ndata: '),
    ),
    form('empty-data', 'events with empty `data:`', (stream) => `data:\n\ndata: \n\n${stream}`),
    form('no-space', 'no space after `data:`', (stream) => stream.replaceAll(/(^|\n)data: /g, '$1data:')),
    form('crlf', 'CRLF as line ends', (stream) => stream.replaceAll('\n', '\r\n')),
    form('cr', 'CR as line ends', (stream) => stream.replaceAll('\n', '\r')),
    form('bom', 'a byte order mark', (stream) => `\ufeff${stream}`),
    {
      name: 'bom-before-json',
      sends: 'a byte order mark before a whole completion',
      means: 'answer',
      response: (answer) => ok(`\ufeff${completion(answer, 'stop')}`),
    },
    form('one-line-end', 'one line end after each chunk', (stream) => stream.replaceAll('\n\n', '\n')),
    {
      name: 'two-data-lines',
      sends: 'an event in two `data:` lines',
      means: 'answer',
      response: (answer) =>
        ok(
          `data: {"choices":[{"delta":{"content":${JSON.stringify(answer)}},\ndata: "finish_reason":"stop"}]}\n\n`,
        ),
    },
    {
      name: 'split-characters',
      sends: 'packets of three bytes, which split UTF-8 sequences',
      means: 'answer',
      response: (answer) => ok(inPackets(text(`${answer}`) + finish('stop') + DONE, 3)),
    },
    form('no-last-line-end', 'no end of the last event', (stream) => stream.slice(0, -2)),
    form('text-after-done', 'text after `[DONE]`', (stream) => stream + text('more')),
    {
      name: 'json-lines',
      sends: 'a chunk of JSON on each line (NDJSON)',
      means: 'answer',
      response: (answer) =>
        ok(
          wholeStream(answer)
            .replace(DONE, '')
            .replaceAll(/(^|\n)data: /g, '$1')
            .replaceAll('\n\n', '\n'),
          'application/x-ndjson',
        ),
    },
    {
      name: 'no-body',
      sends: 'status 200 and no body',
      means: 'connection',
      response: () => ok(''),
    },
    {
      name: 'status-204',
      sends: 'status 204',
      means: 'connection',
      response: () => ({ status: 204, headers: {}, body: [] }),
    },
  ],
};

function inPackets(stream: string, size: number): Buffer[] {
  const bytes = Buffer.from(stream);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
}
