// The parts of Node that programs without files and network use. Runs inside QuickJS before the program.
({ show, format, encode, clone, print }) => {
  const global = globalThis;
  const { stringify } = JSON;
  const nothing = () => {};

  class ExitError extends Error {}

  const log = (...values) => print(`${format(...values)}\n`);
  const printing = Object.fromEntries(
    ['log', 'info', 'debug', 'table', 'group', 'dir'].map((name) => [name, log]),
  );
  const silent = ['error', 'warn', 'trace', 'groupEnd', 'time', 'timeEnd', 'assert', 'count'];
  global.console = { ...printing, ...Object.fromEntries(silent.map((name) => [name, nothing])) };

  // Timers in virtual time: waiting takes no time.
  const LAST_TIMER_MS = 3_600_000;
  let now = 0;
  let lastTimer = 0;
  const timers = new Map();
  const addTimer = (run, ms, every) => {
    lastTimer += 1;
    timers.set(lastTimer, { at: now + Math.max(Number(ms) || 0, every ? 1 : 0), run, every });
    return lastTimer;
  };
  const atLeast1 = (ms) => Math.max(Number(ms) || 0, 1);
  const removeTimer = (id) => void timers.delete(id);
  Object.assign(global, {
    setTimeout: (run, ms, ...args) => addTimer(() => run(...args), ms, 0),
    setInterval: (run, ms, ...args) => addTimer(() => run(...args), ms, atLeast1(ms)),
    setImmediate: (run, ...args) => addTimer(() => run(...args), 0, 0),
    clearTimeout: removeTimer,
    clearInterval: removeTimer,
    clearImmediate: removeTimer,
    queueMicrotask: (run) => void Promise.resolve().then(run),
  });
  /** Runs the next timer. False if there is none. */
  const tick = () => {
    let next = null;
    for (const [id, timer] of timers) if (next === null || timer.at < next.timer.at) next = { id, timer };
    if (next === null || next.timer.at > LAST_TIMER_MS) return false;
    now = Math.max(now, next.timer.at);
    if (next.timer.every > 0) next.timer.at = now + next.timer.every;
    else timers.delete(next.id);
    next.timer.run();
    return true;
  };
  const RealDate = Date;
  const clock = RealDate.now;
  global.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length > 0 ? args : [clock() + now]));
    }
    static now() {
      return clock() + now;
    }
  };
  global.performance = { now: () => clock() + now };
  global.structuredClone ??= (value) => clone(value);

  class EventEmitter {
    #all = new Map();
    on(name, run) {
      this.#all.set(name, [...(this.#all.get(name) ?? []), run]);
      return this;
    }
    once(name, run) {
      const once = (...args) => {
        this.off(name, once);
        run.apply(this, args);
      };
      return this.on(name, once);
    }
    off(name, run) {
      this.#all.set(
        name,
        (this.#all.get(name) ?? []).filter((one) => one !== run),
      );
      return this;
    }
    emit(name, ...args) {
      const found = this.#all.get(name) ?? [];
      if (found.length === 0 && name === 'error') throw args[0];
      for (const run of found) run.apply(this, args);
      return found.length > 0;
    }
    listenerCount(name) {
      return (this.#all.get(name) ?? []).length;
    }
    removeAllListeners(name) {
      if (name === undefined) this.#all.clear();
      else this.#all.delete(name);
      return this;
    }
  }
  EventEmitter.prototype.addListener = EventEmitter.prototype.on;
  EventEmitter.prototype.removeListener = EventEmitter.prototype.off;
  EventEmitter.EventEmitter = EventEmitter;

  let stdin = '';
  /** `process.stdin`: one chunk, then its end. */
  class Input extends EventEmitter {
    fd = 0;
    #isFlowing = false;
    setEncoding = () => this;
    resume = () => this;
    pause = () => this;
    on(name, run) {
      super.on(name, run);
      if (this.#isFlowing || (name !== 'data' && name !== 'end')) return this;
      this.#isFlowing = true;
      setTimeout(() => {
        if (stdin !== '') this.emit('data', stdin);
        this.emit('end');
        this.emit('close');
      }, 0);
      return this;
    }
    async *[Symbol.asyncIterator]() {
      if (stdin !== '') yield stdin;
    }
  }
  /** The interface of `readline`. */
  class Interface extends EventEmitter {
    #rest = stdin === '' ? [] : stdin.replace(/\n$/, '').split('\n');
    #isClosed = false;
    constructor() {
      super();
      setTimeout(() => {
        if (this.listenerCount('line') === 0) return;
        while (this.#rest.length > 0) this.emit('line', this.#rest.shift());
        this.close();
      }, 0);
    }
    next() {
      return this.#rest.shift() ?? '';
    }
    question(text, options, answer = options) {
      print(String(text), true);
      setTimeout(() => answer(this.next()), 0);
    }
    setPrompt() {}
    prompt() {}
    close() {
      if (!this.#isClosed) this.emit('close');
      this.#isClosed = true;
    }
    async *[Symbol.asyncIterator]() {
      while (this.#rest.length > 0) yield this.#rest.shift();
    }
  }
  class AskingInterface extends Interface {
    async question(text) {
      print(String(text), true);
      return this.next();
    }
  }

  const write = (text) => {
    print(String(text));
    return true;
  };
  const process = Object.assign(new EventEmitter(), {
    env: {},
    argv: ['node', 'program.js'],
    platform: 'linux',
    version: 'v24.0.0',
    versions: { node: '24.0.0' },
    stdin: new Input(),
    stdout: { write, isTTY: false },
    stderr: { write: () => true, isTTY: false },
    nextTick: (run, ...args) => void Promise.resolve().then(() => run(...args)),
    exit: (code) => {
      throw new ExitError(`exit code ${code ?? 0}`);
    },
    hrtime: Object.assign(() => [Math.floor(now / 1_000), 0], {
      bigint: () => BigInt(Math.floor(clock() + now)) * 1_000_000n,
    }),
    memoryUsage: () => ({ heapUsed: 0 }),
    cwd: () => '/',
    uptime: () => now / 1_000,
  });
  Object.assign(global, { process, global });

  class AssertionError extends Error {
    name = 'AssertionError';
    code = 'ERR_ASSERTION';
  }
  const isSame = (a, b) => Object.is(a, b) || stringify(encode(a)) === stringify(encode(b));
  const check = (isTrue, message) => {
    if (isTrue) return;
    throw message instanceof Error ? message : new AssertionError(message ?? 'the assertion failed');
  };
  const throws = (run, _expected, message) => {
    try {
      run();
    } catch {
      return;
    }
    check(false, message);
  };
  const strictEqual = (a, b, message) => check(Object.is(a, b), message);
  const notStrictEqual = (a, b, message) => check(!Object.is(a, b), message);
  const deepStrictEqual = (a, b, message) => check(isSame(a, b), message);
  const assert = Object.assign((value, message) => check(value, message), {
    ok: check,
    equal: strictEqual,
    notEqual: notStrictEqual,
    strictEqual,
    notStrictEqual,
    deepEqual: deepStrictEqual,
    deepStrictEqual,
    throws,
    fail: (message) => check(false, message),
    AssertionError,
  });
  assert.strict = assert;

  const promisify =
    (run) =>
    (...args) =>
      new Promise((resolve, reject) => {
        run(...args, (error, value) => (error ? reject(error) : resolve(value)));
      });
  const readFileSync = (file) => {
    if (file === 0 || file === '/dev/stdin') return stdin;
    throw new Error(`ENOENT: no such file or directory, open '${file}'`);
  };
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = global;
  const builtins = {
    assert,
    'assert/strict': assert,
    events: EventEmitter,
    fs: { readFileSync, writeSync: (_file, text) => print(String(text)), existsSync: () => false },
    perf_hooks: { performance: global.performance },
    process,
    readline: { createInterface: () => new Interface() },
    'readline/promises': { createInterface: () => new AskingInterface() },
    timers: { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval },
    'timers/promises': {
      setTimeout: (ms, value) => new Promise((resolve) => setTimeout(() => resolve(value), ms)),
    },
    util: { inspect: (value) => show(value, 1), format, promisify, isDeepStrictEqual: isSame },
  };

  return {
    tick,
    builtin: (name) => builtins[name],
    setStdin: (text) => {
      stdin = text;
    },
    /** Whether the program ended itself without an error. */
    isExit: (error) => error instanceof ExitError && error.message === 'exit code 0',
  };
};
