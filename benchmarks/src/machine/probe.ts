// Loaded into Node programs before their own code: says over the parent's channel what memory is in use.

/** Bytes. */
export interface Answered {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

process.on('message', (asked) => {
  if (asked !== 'memory') return;
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external } satisfies Answered);
});
// Nothing that is measured outlives the harness, however that ends.
process.once('disconnect', () => process.exit());
// A program is to end when its own work does.
process.channel?.unref();
