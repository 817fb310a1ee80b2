import type { SilentFault } from '../faults/silent-fault.ts';
import type { Exchange } from '../http/exchange.ts';
import { comment } from './frame.ts';

/** No answer at all: the connection is reset, or stays open until the client leaves. */
export async function silence(
  exchange: Exchange,
  fault: SilentFault,
  stream: boolean,
  keepAliveMs: number,
): Promise<void> {
  if (fault.kind === 'reset') return exchange.reset();
  if (!fault.comments) return exchange.idle(Number.POSITIVE_INFINITY);
  const text = stream ? comment : '\n';
  exchange.start(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  exchange.write(text);
  return exchange.idle(Number.POSITIVE_INFINITY, { text, everyMs: keepAliveMs });
}
