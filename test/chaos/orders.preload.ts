/**
 * Loaded into a process before its program (`--import`): carries out what the harness tells it over the channel between
 * them. The program itself knows nothing of it.
 */
type Order =
  | { readonly kind: 'block'; readonly ms: number }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'resources' };

const trueNow = Date.now;
const TrueDate = Date;
let shift = 0;

class ShiftedDate extends TrueDate {
  constructor(...given: ConstructorParameters<typeof Date> | []) {
    if (given.length === 0) super(trueNow() + shift);
    else super(...given);
  }
  static override now() {
    return trueNow() + shift;
  }
}

const obey = (order: Order): unknown => {
  switch (order.kind) {
    case 'block':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.ms);
      return null;
    case 'clock':
      // Nobody pays for the difference until there is one.
      if (shift === 0) globalThis.Date = ShiftedDate as DateConstructor;
      shift += order.ms;
      return null;
    case 'resources': {
      globalThis.gc?.();
      const counts: Record<string, number> = {};
      for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
      return { counts, memory: process.memoryUsage() };
    }
  }
};

process.on('message', (order: Order) => {
  const answer = obey(order);
  process.send?.(answer);
});
// Nothing outlives a harness that was killed.
process.on('disconnect', () => process.exit(1));
// The program ends when its own work is over, as it would without the channel.
process.channel?.unref();
