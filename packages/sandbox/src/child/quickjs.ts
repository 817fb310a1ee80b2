import { readFileSync } from 'node:fs';
import variant from '@jitl/quickjs-ng-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import type { SourceFile } from '../program.ts';
import { lockProcess } from './lock.ts';
import { type Module, modulesOf } from './modules.ts';
import { readInput, send, waitForEnd } from './pipe.ts';

interface Job {
  readonly language: string;
  readonly entry: string;
  readonly files: readonly SourceFile[];
  readonly outputChars: number;
  readonly cases: readonly (
    | { readonly kind: 'call'; readonly function: string; readonly args: unknown }
    | { readonly kind: 'stdin'; readonly stdin: string }
  )[];
}

const MEMORY_MB = Number(process.argv[2]);
/** A larger stack of the interpreter would exceed that of its host. */
const STACK_BYTES = 131_072;
/** Memory of the host on top of that of the interpreter. */
const HOST_MB = 160;

const quickjs = await newQuickJSWASMModuleFromVariant(variant as unknown as QuickJSSyncVariant);
const part = (name: string) => {
  const text = readFileSync(new URL(`./prelude/${name}.js`, import.meta.url), 'utf8');
  return `(${text.trimEnd().replace(/;$/, '')})`;
};
const prelude = `(print) => {
  const values = ${part('values')}();
  const platform = ${part('platform')}({ ...values, print });
  return { ...platform, ...${part('calls')}({ ...values, ...platform }) };
}`;
// Loads the interpreter and the transformation of types before the lock.
modulesOf([{ name: 'warm-up.ts', content: 'const a: number = 1;' }], 'warm-up.ts', true);
const runtime: QuickJSRuntime = quickjs.newRuntime();
runtime.setMemoryLimit(MEMORY_MB * 2 ** 20);
runtime.setMaxStackSize(STACK_BYTES);

/** A value, or the error that a piece of code threw. */
type Attempt = { readonly value: QuickJSHandle } | { readonly error: QuickJSHandle };

/** A program in a context of its own. */
class Instance {
  private printed = '';
  /** The output without the questions that `readline` asks. */
  private printedUnasked = '';
  private readonly context: QuickJSContext;
  private readonly support: QuickJSHandle;
  private readonly modules: readonly Module[];

  constructor(modules: readonly Module[], stdin: string, outputChars: number) {
    this.modules = modules;
    this.context = runtime.newContext();
    const print = this.context.newFunction('print', (text, isQuestion) => {
      const printed = this.context.getString(text);
      this.printed += printed;
      if (isQuestion === undefined) this.printedUnasked += printed;
      if (this.printed.length <= outputChars) return;
      send({ end: 'output' });
      waitForEnd();
    });
    const create = this.context.unwrapResult(this.context.evalCode(prelude, 'prelude.js'));
    this.support = this.context.unwrapResult(
      this.context.callFunction(create, this.context.undefined, print),
    );
    this.invoke('setStdin', this.context.newString(stdin));
  }

  /** What was printed, with and without questions. */
  get output() {
    const { printed, printedUnasked } = this;
    return printed === printedUnasked ? printed : { $one: [printed, printedUnasked] };
  }

  private invoke(name: string, ...args: QuickJSHandle[]): Attempt {
    const method = this.context.getProp(this.support, name);
    const result = this.context.callFunction(method, this.context.undefined, ...args);
    return result.error ? { error: result.error } : { value: result.value };
  }

  /** Runs pending promises and timers until none is left. Errors of callbacks count as the program's. */
  private drain(): QuickJSHandle | null {
    for (;;) {
      const jobs = runtime.executePendingJobs();
      if (jobs.error) return jobs.error;
      if (runtime.hasPendingJob()) continue;
      const tick = this.invoke('tick');
      if ('error' in tick) return tick.error;
      if (this.context.dump(tick.value) !== true) return null;
    }
  }

  /** Loads the entry. The value is what it exports. */
  load(entry: string): Attempt {
    for (const { path, isCommonJs, code } of this.modules) {
      if (!isCommonJs) continue;
      const wrapped = `(function (require, module, exports, __own) { ${code}\n})`;
      const compiled = this.context.evalCode(wrapped, path);
      if (compiled.error) return { error: compiled.error };
      this.invoke('define', this.context.newString(path), compiled.value);
    }
    const module = this.modules.find(({ path }) => path === entry)!;
    const loaded = module.isCommonJs
      ? this.invoke('load', this.context.newString(entry))
      : this.loadModule(module);
    const failed = this.drain();
    if ('error' in loaded) return loaded;
    if (failed !== null) return { error: failed };
    const { value } = loaded;
    const state = this.context.getPromiseState(value);
    if (state.type === 'rejected') return { error: state.error };
    const exported = state.type === 'fulfilled' ? state.value : value;
    if (!module.isCommonJs) this.invoke('setOwn', this.context.getProp(exported, '__own'));
    return { value: exported };
  }

  private loadModule({ path, code }: Module): Attempt {
    runtime.setModuleLoader(
      (name) => this.sourceOf(name),
      (base, name) => resolve(base, name, this.modules),
    );
    const result = this.context.evalCode(code, path, { type: 'module' });
    return result.error ? { error: result.error } : { value: result.value };
  }

  /** Source of an imported module: one of the program, or a bridge to the parts of Node that the prelude has. */
  private sourceOf(name: string): string | { error: Error } {
    const module = this.modules.find(({ path }) => path === name);
    if (module !== undefined && !module.isCommonJs) return module.code;
    const bare = name.replace(/^node:/, '');
    const key = this.context.newString(module?.path ?? bare);
    const found = this.invoke(module === undefined ? 'builtin' : 'load', key);
    if ('error' in found || this.context.typeof(found.value) === 'undefined')
      return { error: new Error(`Cannot find module '${name}'`) };
    const id = `__bridge_${bare.replace(/\W/g, '_')}`;
    this.context.setProp(this.context.global, id, found.value);
    const names = this.namesOf(found.value);
    return `const bridge = globalThis.${id}; export default bridge; export const { ${names.join(', ')} } = bridge;`;
  }

  private namesOf(value: QuickJSHandle): string[] {
    const names = this.context.getOwnPropertyNames(value);
    if (names.error) return [];
    const texts = names.value.map((name) => this.context.getString(name));
    return texts.filter(
      (name) => /^[A-Za-z_]\w*$/.test(name) && !/^(?:default|length|name|prototype)$/.test(name),
    );
  }

  /** Calls the function of a case. The report of its value or error. */
  call(exported: QuickJSHandle, name: string, args: unknown): Record<string, unknown> {
    const { context } = this;
    const called = this.invoke(
      'call',
      exported,
      context.newString(name),
      context.newString(JSON.stringify(args)),
    );
    if ('error' in called) return this.describe(called.error);
    this.drain();
    const state = context.getPromiseState(called.value);
    if (state.type === 'fulfilled') return JSON.parse(context.getString(state.value));
    return { raises: 'the returned promise was never resolved' };
  }

  /** The report of an error. */
  describe(error: QuickJSHandle): Record<string, unknown> {
    const described = this.invoke('describe', error);
    return 'value' in described
      ? JSON.parse(this.context.getString(described.value))
      : { raises: 'out of memory' };
  }

  /** Whether the program ended itself without an error. */
  isExit(error: QuickJSHandle): boolean {
    const answer = this.invoke('isExit', error);
    return 'value' in answer && this.context.dump(answer.value) === true;
  }
}

/** The path of an imported module of the program; the name itself of another. */
function resolve(base: string, name: string, modules: readonly Module[]): string {
  if (!/^\.{0,2}\//.test(name)) return name;
  const path = new URL(name, `file:///${base}`).pathname.slice(1);
  const ends = ['', '.js', '.ts', '.mjs', '.cjs', '/index.js', '/index.ts'];
  const tries = [...ends.map((end) => path + end), path.replace(/\.js$/, '.ts')];
  return tries.find((one) => modules.some((module) => module.path === one)) ?? name;
}

/** Loads the program for its calls. Null if that failed, which is reported. */
function loadForCalls({ entry, outputChars }: Job, modules: readonly Module[]) {
  const instance = new Instance(modules, '', outputChars);
  const loaded = instance.load(entry);
  if ('value' in loaded) return { instance, exported: loaded.value };
  const { raises, unsupported } = instance.describe(loaded.error);
  const isUnsupported = unsupported !== undefined || instance.isExit(loaded.error);
  send({ load: isUnsupported ? 'unsupported' : 'broken', reason: unsupported ?? raises });
  return null;
}

function runCase(
  job: Job,
  modules: readonly Module[],
  index: number,
  calls: ReturnType<typeof loadForCalls>,
) {
  const one = job.cases[index]!;
  send({ begin: index });
  if (one.kind === 'call') {
    send({ case: index, ...calls?.instance.call(calls.exported, one.function, one.args) });
    return;
  }
  const instance = new Instance(modules, one.stdin, job.outputChars);
  const loaded = instance.load(job.entry);
  if ('value' in loaded || instance.isExit(loaded.error)) send({ case: index, value: instance.output });
  else send({ case: index, ...instance.describe(loaded.error) });
}

function runJob(job: Job) {
  let modules: readonly Module[];
  try {
    modules = modulesOf(job.files, job.entry, job.language === 'typescript');
  } catch (error) {
    send({ load: 'broken', reason: String(error) });
    return;
  }
  const hasCalls = job.cases.length === 0 || job.cases.some(({ kind }) => kind === 'call');
  const calls = hasCalls ? loadForCalls(job, modules) : null;
  if (hasCalls && calls === null) return;
  send({ load: 'loaded' });
  for (const index of job.cases.keys()) runCase(job, modules, index, calls);
}

await lockProcess(MEMORY_MB + HOST_MB);
runJob(JSON.parse(readInput()));
send({ end: 'done' });
waitForEnd();
