import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A free port below the range of ephemeral ports, so that no outgoing connection takes it before the server listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(16_000, 32_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').catch(() => null);
    if (free === null) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
