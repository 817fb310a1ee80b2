/**
 * Preloaded into a process with `--import`: executes commands that the harness sends over the IPC channel. The program
 * itself is unchanged.
 */
type Command =
  | { readonly kind: 'block'; readonly ms: number }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'resources' };

const trueNow = Date.now;
const TrueDate = Date;
let shift = 0;

class ShiftedDate extends TrueDate {
  constructor(...args: ConstructorParameters<typeof Date> | []) {
    if (args.length === 0) super(trueNow() + shift);
    else super(...args);
  }
  static override now() {
    return trueNow() + shift;
  }
}

const execute = (command: Command): unknown => {
  switch (command.kind) {
    case 'block':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, command.ms);
      return null;
    case 'clock':
      // Date is replaced only if the clock is shifted.
      if (shift === 0) globalThis.Date = ShiftedDate as DateConstructor;
      shift += command.ms;
      return null;
    case 'resources': {
      globalThis.gc?.();
      const counts: Record<string, number> = {};
      for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
      return { counts, memory: process.memoryUsage() };
    }
  }
};

process.on('message', (command: Command) => {
  const answer = execute(command);
  process.send?.(answer);
});
// The process exits with the harness, even if that is killed.
process.on('disconnect', () => process.exit(1));
// The channel must not keep the program running.
process.channel?.unref();
