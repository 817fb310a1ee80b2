import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/**
 * Reserves a folder for this process until it ends. The lock is a listening socket, because the operating system closes it
 * with the process. @throws Error if another process has it
 */
export async function lockFolder(dir: string): Promise<{ release(): Promise<void> }> {
  const path = join(dir, 'owner.sock');
  const server = (await listen(path)) ?? (await listenAfterCrash(path));
  if (server === null) {
    throw new Error(
      `another npm start uses the folder ${dir}: stop it, or set DATA_DIR or PORT to another value`,
    );
  }
  server.unref();
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Null if the path exists. */
async function listen(path: string): Promise<Server | null> {
  const server = createServer((connection) => connection.destroy());
  try {
    server.listen(path);
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}

/** A process that crashed leaves its socket. */
async function listenAfterCrash(path: string): Promise<Server | null> {
  const connection = createConnection(path);
  try {
    await once(connection, 'connect');
    return null;
  } catch {
    await unlink(path).catch(() => {});
    return listen(path);
  } finally {
    connection.destroy();
  }
}
