import type { Architecture, Task } from './system-calls.ts';

// Instructions of classic BPF, and results of a filter.
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const fail = (errno: number) => 0x00050000 | errno;
const EPERM = fail(1);
const ENOTTY = fail(25);
const ENOSYS = fail(38);

const CLONE3 = 435;
const FIRST_X32_CALL = 0x40000000;
const CLONE_THREAD = 0x10000;
const FIONBIO = 0x5421;
const FIOCLEX = 0x5451;
/** `fcntl` commands up to F_SETFL. The ones above set owners and signals. */
const F_AFTER_SETFL = 5;

/** An instruction: code, value, and how many instructions to skip if the condition holds or not. */
type Instruction = readonly [code: number, value: number, ifTrue?: number, ifFalse?: number];

/** Flags of `clone` that create namespaces, in which a process has new rights. */
const NAMESPACES = 0x7e020080;

/** The filter of a task: an allow-list. Everything else fails with EPERM. */
function instructionsFor(
  task: Task,
  pid: number,
  { audit, allowed, missing, ...calls }: Architecture,
): readonly Instruction[] {
  const architecture: Instruction[] = [
    [LOAD, 4],
    [IF_EQUAL, audit, 1, 0],
    [RETURN, KILL],
    [LOAD, 0],
    [IF_AT_LEAST, FIRST_X32_CALL, 0, 1],
    [RETURN, KILL],
  ];
  /** The instructions for one system call. They end with a RETURN. */
  const on = (call: number, body: readonly Instruction[]): Instruction[] => [
    [IF_EQUAL, call, 0, body.length],
    ...body,
  ];
  const firstArgument: Instruction = [LOAD, 16];
  const secondArgument: Instruction = [LOAD, 24];
  const checked: Instruction[] = [
    // abort() signals a thread of its own process.
    ...on(calls.tgkill, [firstArgument, [IF_EQUAL, pid, 0, 1], [RETURN, ALLOW], [RETURN, EPERM]]),
    ...on(calls.fcntl, [
      secondArgument,
      [IF_AT_LEAST, F_AFTER_SETFL, 0, 1],
      [RETURN, task === 'compiler' ? ALLOW : EPERM],
      [RETURN, ALLOW],
    ]),
    ...on(calls.ioctl, [
      secondArgument,
      [IF_EQUAL, FIONBIO, 1, 0],
      [IF_EQUAL, FIOCLEX, 0, 1],
      [RETURN, ALLOW],
      [RETURN, ENOTTY],
    ]),
    // Without clone3, the C library uses clone, whose flags are visible to the filter.
    ...on(CLONE3, [[RETURN, ENOSYS]]),
  ];
  const own: Record<Task, Instruction[]> = {
    // Threads, no processes.
    interpreter: on(calls.clone, threadsOnly(EPERM)),
    program: [
      ...on(calls.clone, threadsOnly(KILL)),
      // Landlock limits execution to the program itself. The filter applies to what it executes, too.
      ...on(calls.execve, [[RETURN, ALLOW]]),
      ...on(calls.prlimit64, [firstArgument, [IF_EQUAL, 0, 0, 1], [RETURN, ALLOW], [RETURN, EPERM]]),
      // Ends the process with SIGSYS. The parent reports the case as unsupported.
      ...Object.values(missing).flatMap((call) => on(call, [[RETURN, KILL]])),
    ],
    compiler: [
      ...on(calls.clone, [firstArgument, [IF_ANY_BIT, NAMESPACES, 0, 1], [RETURN, EPERM], [RETURN, ALLOW]]),
      ...on(calls.execve, [[RETURN, ALLOW]]),
      ...on(calls.prlimit64, [firstArgument, [IF_EQUAL, 0, 0, 1], [RETURN, ALLOW], [RETURN, EPERM]]),
    ],
  };
  return [
    ...architecture,
    ...Object.values(allowed[task]).flatMap((call) => on(call, [[RETURN, ALLOW]])),
    ...checked,
    ...own[task],
    [RETURN, EPERM],
  ];
}

const threadsOnly = (denied: number): readonly Instruction[] => [
  [LOAD, 16],
  [IF_ANY_BIT, CLONE_THREAD, 0, 1],
  [RETURN, ALLOW],
  [RETURN, denied],
];

/** The filter as the kernel reads it. @param pid the process that it is for */
export function encodeFilter(task: Task, pid: number, architecture: Architecture): Buffer {
  const instructions = instructionsFor(task, pid, architecture);
  const filter = Buffer.alloc(instructions.length * 8);
  for (const [index, [code, value, ifTrue = 0, ifFalse = 0]] of instructions.entries()) {
    filter.writeUInt16LE(code, index * 8);
    filter[index * 8 + 2] = ifTrue;
    filter[index * 8 + 3] = ifFalse;
    filter.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return filter;
}
