import type { Socket } from 'node:net';
import type { ProblemType } from '@codegen/contract';
import { describe } from './problem.ts';

/** Milliseconds for a client to read why it was refused: a connection that is closed on unread bytes loses them. */
const LINGER_MS = 1_000;

/** For `clientError`: answers what is not HTTP, too large or too slow; Express never sees it. */
export function refuse(error: NodeJS.ErrnoException, socket: Socket) {
  // The rest of what was refused already.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [type, reason, advice] = refusal(error.code);
  const problem = describe(type, advice);
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${reason}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function refusal(code: string | undefined): [ProblemType, string, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers-too-large', 'Request Header Fields Too Large', 'Shorten the URL and the headers.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request-timeout', 'Request Timeout', 'Send the whole request at once.'];
    default:
      return [
        'malformed-request',
        'Bad Request',
        'Percent-encode the URL (a space is %20) and send valid HTTP/1.1.',
      ];
  }
}
