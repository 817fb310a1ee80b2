/** A server-sent event. */
export interface Frame {
  /** The event's name, `message` by default. */
  readonly type: string;
  readonly data: string;
  /** The last id in the stream so far; empty if there was none. */
  readonly lastId: string;
}

export interface EventStreamParser {
  /** Returns the events that this chunk completes. A chunk may begin and end anywhere. */
  push(text: string): Frame[];
}

/**
 * Parses server-sent events (HTML standard, 9.2.6) except `retry`. Scans each character once, however small the chunks.
 * The decoder removes the byte order mark.
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
    const { name, value } = parseField(line);
    if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) lastId = value;
  }

  return {
    push(text) {
      const frames: Frame[] = [];
      let start = 0;
      for (const { 0: end, index } of text.matchAll(/\r\n|\r|\n/g)) {
        // The second half of a line end that was split between two chunks.
        const isSplitEnd = afterReturn && index === 0 && end === '\n';
        if (!isSplitEnd) {
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

/** Splits a line at its first colon and removes one space after it. A line without a colon is a name without a value. */
function parseField(line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { name: line, value: '' };
  return { name: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1)) };
}

/** Yields the events of a body as they arrive. `idleTimer` runs while the body is read. */
export async function* framesOf(
  body: ReadableStream<Uint8Array>,
  idleTimer: { start(): void; stop(): void },
): AsyncGenerator<Frame, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = createEventStreamParser();
  try {
    for (;;) {
      idleTimer.start();
      const { done, value } = await reader.read();
      idleTimer.stop();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    idleTimer.stop();
    reader.cancel().catch(() => {});
  }
}
