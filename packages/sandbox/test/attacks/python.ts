/** Bodies of Python functions. Each returns or prints a text with GOT only if it reached what it must not reach. */
const viaConstructor = (script: string) => `
from pyodide.ffi import to_js
return 'GOT ' + str(to_js([1]).constructor.constructor(${JSON.stringify(script)})())`;

export const attacks: Readonly<Record<string, string>> = {
  'reads /etc/passwd': `return 'GOT ' + open('/etc/passwd').read()`,
  'lists /proc': `import os\nreturn 'GOT ' + str([x for x in os.listdir('/proc') if x.isdigit()][0])`,
  'reads the environment of its parent': `return 'GOT ' + open('/proc/1/environ').read()`,
  'finds a key in the environment': `import os\nreturn 'GOT' if any('KEY' in k for k in os.environ) else 'none'`,
  'starts a shell': `import subprocess\nreturn 'GOT ' + str(subprocess.run(['id'], capture_output=True))`,
  forks: `import os\nreturn 'GOT ' + str(os.fork())`,
  'starts a thread': `import threading\nt = threading.Thread(target=print)\nt.start()\nreturn 'GOT thread'`,
  'sends a signal to its parent': `import os\nos.kill(os.getppid(), 0)\nreturn 'GOT' if os.getppid() > 1 else 'a made-up id'`,
  'connects to a port': `import socket\nsocket.create_connection(('127.0.0.1', PORT), 2).sendall(b'x')\nreturn 'sent, maybe to nothing'`,
  'listens on a port': `import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\ns.settimeout(0.1)\ns.accept()\nreturn 'GOT'`,
  'fetches a URL': `import urllib.request\nreturn 'GOT ' + str(urllib.request.urlopen('http://127.0.0.1:PORT', timeout=2).status)`,
  'imports js': `import js\nreturn 'GOT' if hasattr(js, 'process') or hasattr(js, 'Function') else 'empty'`,
  'imports pyodide_js': `import pyodide_js\nreturn 'GOT' if hasattr(pyodide_js, 'FS') else 'empty'`,
  'runs JavaScript with run_js': `from pyodide.code import run_js\nreturn 'GOT ' + str(run_js('process.pid'))`,
  'makes a JavaScript function': viaConstructor('return process.pid'),
  'reads a file in JavaScript': viaConstructor(
    'return process.getBuiltinModule("fs").readFileSync("/etc/passwd","utf8")',
  ),
  'starts a process in JavaScript': viaConstructor(
    'return process.getBuiltinModule("child_process").execSync("id")',
  ),
  'imports a module in JavaScript': viaConstructor('return import("node:fs").then(String)'),
  'makes a function from the reporter in the frames': `import sys
f = sys._getframe()
while f and 'emit' not in f.f_locals: f = f.f_back
return 'GOT ' + str(f.f_locals['emit'].constructor('return process.pid')())`,
  'calls eval of the JavaScript global': `from pyodide.ffi import to_js
g = to_js([1]).constructor.constructor.call
return 'GOT ' + str(g(None, 'return 1'))`,
  'reads call sites': `from pyodide.ffi import to_js
seen = []
def prepare(error, sites):
  seen.extend(str(site.getFunction()) for site in sites)
E = to_js([1]).constructor.constructor
E.prepareStackTrace = prepare
try: to_js([1]).at.call(None)
except Exception: pass
return 'GOT ' + str(seen) if any('native' not in one and one != 'None' for one in seen) else 'none'`,
  'reads the snapshot': `import os\nreturn 'GOT ' + str(os.read(4, 10))`,
  'writes a result to file descriptor 3': `import os\nos.write(3, b'{"case":0,"value":"GOT"}\\n')\nreturn 'written'`,
  'mounts a folder of the host': `import pyodide_js\npyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, {'root': '/'}, '/mnt')\nimport os\nreturn 'GOT ' + str(os.listdir('/mnt'))`,
  'imports js by its finder': `from _pyodide._importhook import jsfinder
return 'GOT' if any(hasattr(v, 'process') or hasattr(v, 'FS') for v in jsfinder.jsproxies.values()) else 'none'`,
  'finds the file system of Emscripten': `import _pyodide_core\nreturn 'GOT ' + str(_pyodide_core.FS)`,
  'follows a link out': `import os\nos.symlink('/proc/1/environ', '/tmp/link')\nreturn 'GOT ' + open('/tmp/link').read()`,
  'reads its own memory': `return 'GOT ' + str(open('/proc/self/mem', 'rb').read(1))`,
  'finds expected values among all objects': `import gc
return 'GOT' if any('expected' in one for one in gc.get_objects() if isinstance(one, dict) and 'kind' in one) else 'none'`,
  'returns lines of reports': `return 'a\\n{"case":0,"value":"GOT"}\\n{"end":"done"}\\n'.replace('GOT', 'G')`,
  'ignores signals and exits': `import signal, sys
for number in range(1, 30):
  try: signal.signal(number, signal.SIG_IGN)
  except Exception: pass
sys.exit(0)`,
  'clears all modules': `import sys\nsys.modules.clear()\nreturn 'cleared'`,
  'opens a device': `return 'GOT' if open('/dev/mem', 'rb').read(1) else 'none'`,
  'loads a library': `import ctypes\nreturn 'GOT ' + str(ctypes.CDLL('libc.so.6').getpid())`,
  'installs a package': `import micropip\nreturn 'GOT'`,
  'patches what judges it': `import json, builtins
json.dumps = lambda *a, **k: '{"case":0,"value":"GOT"}'
builtins.repr = lambda x: 'GOT'
return 'patched'`,
};

/** One attack of each kind, for a second user. */
export const typical: readonly string[] = [
  'reads /etc/passwd',
  'reads the environment of its parent',
  'starts a shell',
  'sends a signal to its parent',
  'connects to a port',
  'runs JavaScript with run_js',
  'reads a file in JavaScript',
  'writes a result to file descriptor 3',
  'loads a library',
];

/** Programs that exhaust something or end their process. Each must be stopped, and the next one must run. */
export const bombs: Readonly<Record<string, string>> = {
  'never ends': 'while True: pass',
  'matches a catastrophic expression': `import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')`,
  'computes a huge number': 'return 10 ** (10 ** 9)',
  'sleeps and ignores signals': `import signal, time
for number in range(1, 30):
  try: signal.signal(number, signal.SIG_IGN)
  except Exception: pass
while True: time.sleep(3000)`,
  'returns an endless dict': `class D(dict):
  def items(self):
    while True: sum(range(10 ** 6))
return D(a=1)`,
  'returns a long text': `return 'x' * 10_000_000`,
  'fills the memory': 'a = []\nwhile True: a.append(bytearray(10_000_000))',
  'recurses without a limit':
    'import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return f(n + 1)\nreturn f(0)',
  'prints without end': `while True: print('x' * 100_000)`,
  'writes without end': `f = open('/tmp/x', 'wb')\nwhile True: f.write(b'x' * 1_000_000)`,
  'exits at once': 'import os\nos._exit(0)',
  'runs a shell command': `import os\nreturn 'GOT' if os.system('true') == 0 else 'none'`,
  'calls system in C': `import ctypes\nreturn 'GOT' if ctypes.CDLL(None).system(b'true') == 0 else 'none'`,
  'overwrites the interpreter':
    'import ctypes\nfor a in range(1024, 60_000_000, 4096): ctypes.memset(a, 0xff, 4096)',
};
