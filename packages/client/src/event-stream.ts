/** An event as it stands in a stream. */
export interface Frame {
  /** `message` if the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The last id the stream has named so far; empty if none. */
  readonly lastId: string;
}

export interface EventStreamParser {
  /** The events that a further piece of the stream completes. A piece may begin and end anywhere. */
  push(text: string): Frame[];
}

/**
 * Reads server-sent events as the HTML standard has it (9.2.6), less `retry`. Text is looked at once, however small the
 * pieces. The byte order mark is the decoder's business.
 */
export function createEventStreamParser(): EventStreamParser {
  let line = '';
  let afterReturn = false;
  let type = '';
  let data: string[] = [];
  let lastId = '';

  function readLine(frames: Frame[]) {
    if (line === '') {
      if (data.length > 0) frames.push({ type: type || 'message', data: data.join('\n'), lastId });
      type = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) lastId = value;
  }

  return {
    push(text) {
      const frames: Frame[] = [];
      let start = 0;
      for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
        // The second half of a line end that two pieces share.
        const isRest = afterReturn && index === 0 && end === '\n';
        if (!isRest) {
          line += text.slice(start, index);
          readLine(frames);
          line = '';
        }
        start = index + end.length;
      }
      line += text.slice(start);
      if (text !== '') afterReturn = text.endsWith('\r');
      return frames;
    },
  };
}

/** The events of a body, as they come. `reading` is told before and after every wait for bytes. */
export async function* framesOf(
  body: ReadableStream<Uint8Array>,
  reading: { start(): void; stop(): void },
): AsyncGenerator<Frame, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = createEventStreamParser();
  try {
    for (;;) {
      reading.start();
      const { done, value } = await reader.read();
      reading.stop();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reading.stop();
    reader.cancel().catch(() => {});
  }
}
