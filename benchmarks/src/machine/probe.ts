// Preloaded into measured Node programs: reports their memory over the IPC channel.

/** In bytes. */
export interface MemoryUsage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

process.on('message', (message) => {
  if (message !== 'memory') return;
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external } satisfies MemoryUsage);
});
// The program exits with the harness, even if that is killed.
process.once('disconnect', () => process.exit());
// The channel must not keep the program running.
process.channel?.unref();
