/** Bodies of JavaScript functions. Each returns a text with GOT only if it reached what it must not reach. */
export const attacks: Readonly<Record<string, string>> = {
  'requires fs': `return 'GOT ' + require('fs').readFileSync('/etc/passwd', 'utf8')`,
  'requires child_process': `return 'GOT ' + require('child_process').execSync('id')`,
  'requires a file by its path': `return 'GOT ' + Object.keys(require('/etc/passwd'))`,
  'imports a module': `const fs = await import('node:fs'); return fs.readFileSync('/etc/passwd') ? 'GOT' : 'none'`,
  'imports os of QuickJS': `const os = await import('os'); return 'GOT ' + Object.keys(os)`,
  'imports std of QuickJS': `const std = await import('std'); return 'GOT ' + Object.keys(std)`,
  'imports more of QuickJS and files': `for (const name of ['qjs:std', 'qjs:os', 'bjson', 'file:///etc/passwd', '../../../etc/passwd']) {
  const module = await import(name).catch(() => null);
  if (module !== null) return 'GOT ' + name;
}
return 'none'`,
  'compiles WebAssembly': `return typeof WebAssembly === 'undefined' ? 'none' : 'GOT'`,
  'throws a proxy': `throw new Proxy(function () {}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })`,
  'finds a key in the environment': `return Object.keys(process.env).length > 0 ? 'GOT' : 'none'`,
  'finds native parts of process': `return process.binding || process.dlopen || process.pid ? 'GOT' : 'none'`,
  'makes a function': `const p = (function () {}).constructor('return typeof process.binding + typeof fetch')(); return p === 'undefinedundefined' ? 'none' : 'GOT ' + p`,
  'makes a function from console.log': `const p = console.log.constructor('return typeof process.pid')(); return p === 'undefined' ? 'none' : 'GOT ' + p`,
  'makes a function from a global': `const p = setTimeout.constructor('return this')(); return p.Deno || p.process.mainModule || p.WebAssembly ? 'GOT' : 'none'`,
  'prepares stack traces': `Error.prepareStackTrace = (e, s) => s; const s = new Error('x').stack; return [].concat(s).some((one) => one?.getThis?.()?.process) ? 'GOT' : 'none'`,
  'uses the network': `return typeof fetch + typeof XMLHttpRequest + typeof WebSocket === 'undefinedundefinedundefined' ? 'none' : 'GOT'`,
  'starts a worker': `return typeof Worker === 'undefined' && typeof SharedArrayBuffer !== 'GOT' ? 'none' : 'GOT'`,
  'patches what reports it': `JSON.stringify = () => '{"value":"GOT"}'; Promise.prototype.then = () => 'GOT'; return 'patched'`,
  'pollutes the prototype of results': `Object.prototype.value = 'GOT'; Object.prototype.unsupported = 'x'; return undefined`,
  'replaces what encodes it': `Array.prototype.map = () => ['GOT']; Object.keys = () => ['GOT']; Object.fromEntries = () => ({ value: 'GOT' }); Function.prototype.call = () => 'GOT'; return undefined`,
  'replaces promises': `Promise = class { static resolve() { return { then: (run) => run('GOT') } } }; return 'replaced'`,
};

/** One attack of each kind, for a second user. */
export const typical: readonly string[] = [
  'requires fs',
  'imports os of QuickJS',
  'finds native parts of process',
  'makes a function from a global',
  'uses the network',
];

export const bombs: Readonly<Record<string, string>> = {
  'never ends': 'for (;;) {}',
  'waits for a lock': `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
  'matches a catastrophic expression': `return /^(a+)+$/.test('a'.repeat(40) + 'b')`,
  'has an endless getter': `return { get a() { for (;;); } }`,
  'throws an endless message': `throw { get message() { for (;;); }, toString() { for (;;); } }`,
  'grows an array': `return new Array(4_294_967_295).fill(1).length`,
  'returns a long text': `return 'x'.repeat(1e7)`,
  'never ends its promises': 'const f = () => Promise.resolve().then(f); return f()',
  'never ends its timers': 'setInterval(() => {}, 0.001); await new Promise(() => {})',
  'fills the memory': 'const a = []; for (;;) a.push(new Uint8Array(5_000_000).fill(1))',
  'recurses without a limit': 'function f() { return f() + 1 } return f()',
  'prints without end': `for (;;) console.log('x'.repeat(100_000))`,
  'parses deep JSON': `return JSON.parse('['.repeat(1e6))`,
};
