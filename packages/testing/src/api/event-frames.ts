import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';

export interface Frame {
  readonly id: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests know the shape
  readonly data: any;
}

/** The frames of an event stream, read over plain HTTP without reconnecting. Ends with the stream. */
export async function* framesOf(url: string, headers: Record<string, string> = {}): AsyncGenerator<Frame> {
  const request = httpGet(url, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`the stream answered ${response.statusCode}`);
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s, 2)));
      if (fields.data) yield { id: Number(fields.id), type: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

export async function allFrames(url: string, headers: Record<string, string> = {}): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of framesOf(url, headers)) frames.push(frame);
  return frames;
}
