import type { Exchange } from './exchange.ts';

/** The other side sent more than the caller will hold. */
export class OversizeError extends Error {}

/** A body as text. @throws OversizeError for more than `most` bytes, whatever the connection breaks with */
export async function readWhole(exchange: Exchange, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  await exchange.read((piece) => {
    bytes += piece.length;
    if (bytes > most) throw new OversizeError();
    pieces.push(piece);
  });
  return new TextDecoder().decode(Buffer.concat(pieces));
}
