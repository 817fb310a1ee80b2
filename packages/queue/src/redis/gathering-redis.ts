import { Redis } from 'ioredis';

/**
 * Sends what is asked in one turn of the event loop together, when the turn ends: each packet costs both sides more than
 * most of what is in it. Whoever must know that something has been sent waits for the next turn.
 */
export class GatheringRedis extends Redis {
  override sendCommand(...sent: Parameters<Redis['sendCommand']>): unknown {
    const { stream } = this;
    if (stream?.writable && stream.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return super.sendCommand(...sent);
  }
}
