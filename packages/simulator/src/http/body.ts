import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';

const limit = 32 * 1024 * 1024;

/** The whole body as text; a 413 if it is larger than 32 MiB, what is too much being read and thrown away. */
function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > limit) parts.length = 0;
      else parts.push(part);
    });
    request.on('end', () => {
      if (size > limit) reject(new ApiError(413, 'Simulated: the body is larger than 32 MiB'));
      else resolve(Buffer.concat(parts).toString('utf8'));
    });
    request.on('error', reject);
  });
}

/** A 400 if it is no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await readBody(request));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, 'Simulated: the body is not JSON');
    throw error;
  }
}
