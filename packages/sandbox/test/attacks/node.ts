/**
 * JavaScript with all of Node and generated code, as an escape from an interpreter would have them: only the kernel stands
 * in its way. Each body returns a text with GOT only if it reached what it must not reach.
 */
const worker = (code: string) => `const { Worker } = require('node:worker_threads');
return new Promise((r) => { const w = new Worker(${JSON.stringify(code)}, { eval: true }); w.on('message', r); w.on('error', (e) => r(e.code)); });`;

const settled = (open: string) => `return new Promise((r) => { ${open} })`;

const native = (
  body: string,
) => `const koffi = Object.values(require('node:module')._cache).find((m) => /koffi/.test(m.filename))?.exports;
if (!koffi) return 'no koffi in the cache';
const libc = koffi.load(null);
const call = libc.func('long syscall(long, long, long, long, long)');
${body}`;

export const attacks: Readonly<Record<string, string>> = {
  'reads a file': `return 'GOT ' + require('node:fs').readFileSync('/etc/passwd', 'utf8')`,
  'reads a file asynchronously': `return 'GOT ' + (await require('node:fs').promises.readFile('/etc/passwd', 'utf8'))`,
  'reads the environment of its parent': `return 'GOT ' + require('node:fs').readFileSync('/proc/' + process.ppid + '/environ', 'utf8')`,
  'reads its own environment': `return Object.keys(process.env).filter((k) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(k)).length ? 'GOT ' + Object.keys(process.env) : 'none'`,
  'writes a file': `require('node:fs').writeFileSync('/tmp/codegen-sandbox-escape', 'x'); return 'GOT'`,
  'lists a folder': `return 'GOT ' + require('node:fs').readdirSync('/')`,
  'inspects a file': `return 'GOT ' + require('node:fs').statSync('/etc/passwd').size`,
  'makes a link': `require('node:fs').symlinkSync('/etc/passwd', '/tmp/codegen-sandbox-link'); return 'GOT'`,
  'starts a process': `const r = require('node:child_process').spawnSync('id'); return r.error ? 'none' : 'GOT ' + r.stdout`,
  'starts a process asynchronously': settled(
    `const c = require('node:child_process').spawn('id'); c.on('error', () => r('none')); c.on('spawn', () => r('GOT'));`,
  ),
  'forks Node': `return require('node:child_process').fork('/dev/null').pid ? 'GOT' : 'none'`,
  'connects to a port': settled(
    `require('node:net').connect(PORT, '127.0.0.1', () => r('GOT')).on('error', (e) => r(e.code));`,
  ),
  'connects to the socket of Docker': settled(
    `require('node:net').connect('/var/run/docker.sock', () => r('GOT')).on('error', (e) => r(e.code));`,
  ),
  'sends a datagram': settled(
    `const s = require('node:dgram').createSocket('udp4'); s.on('error', (e) => r(e.code)); s.send('x', PORT, '127.0.0.1', (e) => r(e ? e.code : 'GOT'));`,
  ),
  'asks a name server': settled(`require('node:dns').resolve('example.com', (e) => r(e ? e.code : 'GOT'));`),
  'fetches a URL': `return fetch('http://127.0.0.1:PORT').then(() => 'GOT', (e) => e.cause?.code)`,
  'listens on a port': settled(
    `require('node:http').createServer().listen(0, () => r('GOT')).on('error', (e) => r(e.code));`,
  ),
  'sends a signal to its parent': `return 'GOT ' + process.kill(process.ppid, 0)`,
  'sends a signal to all': `return 'GOT ' + process.kill(-1, 0)`,
  'becomes root': `process.setuid(0); return process.getuid() === 0 ? 'GOT' : 'none'`,
  'loads native code': `process.dlopen({ exports: {} }, '/usr/lib/x86_64-linux-gnu/libc.so.6'); return 'GOT'`,
  'opens a file by a system call': native(
    `return libc.func('int open(const char *, int)')('/etc/passwd', 0) >= 0 ? 'GOT' : 'none'`,
  ),
  'opens a socket by a system call': native(
    `return libc.func('int socket(int, int, int)')(2, 1, 0) >= 0 ? 'GOT' : 'none'`,
  ),
  'forks by a system call': native(`return libc.func('int fork()')() > 0 ? 'GOT' : 'none'`),
  'replaces itself by a system call': native(
    `libc.func('int execve(const char *, void *, void *)')('/bin/id', null, null); return 'none'`,
  ),
  'traces its parent': native(
    `return Number(libc.func('long ptrace(int, int, void *, void *)')(16, process.ppid, null, null)) === 0 ? 'GOT' : 'none'`,
  ),
  'uses io_uring': native(`return Number(call(425, 8, 0, 0, 0)) >= 0 ? 'GOT' : 'none'`),
  'uses bpf, keyctl, perf, userfaultfd or process_vm_readv': native(
    `return [321, 250, 298, 323, 310, 272, 308, 165, 56, 101, 319].some((n) => Number(call(n, 0x10000000, 0, 0, 0)) > 0) ? 'GOT' : 'none'`,
  ),
  'makes a namespace': native(`return libc.func('int unshare(int)')(0x10000000) === 0 ? 'GOT' : 'none'`),
  'removes the limit of memory': native(
    `const b = Buffer.alloc(16, 0xff); return libc.func('int setrlimit(int, void *)')(2, b) === 0 ? 'GOT' : 'none'`,
  ),
  'makes shared memory': native(
    `return libc.func('int memfd_create(const char *, int)')('x', 0) >= 0 ? 'GOT' : 'none'`,
  ),
  'reads a file in a thread': worker(
    `require('node:worker_threads').parentPort.postMessage('GOT ' + require('node:fs').readFileSync('/etc/passwd').length)`,
  ),
};

export const bombs: Readonly<Record<string, string>> = {
  'opens the inspector': `require('node:inspector').open(0); return require('node:inspector').url() ? 'GOT' : 'none'`,
  'never ends': 'for (;;) {}',
  'fills the memory with arrays': 'const a = []; for (;;) a.push(new Array(100_000).fill(1.5))',
  'fills the memory with buffers': 'const a = []; for (;;) a.push(Buffer.alloc(20_000_000, 1))',
  'starts threads without end': `const { Worker } = require('node:worker_threads'); for (;;) new Worker('for (;;) {}', { eval: true })`,
  'reports without end': `const b = 'x'.repeat(1e6); for (;;) try { require('node:fs').writeSync(3, b) } catch {}`,
  'kills its parent': `process.kill(process.ppid, 'SIGKILL')`,
};
