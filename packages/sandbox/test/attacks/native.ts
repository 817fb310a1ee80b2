import type { Case, Program } from '../../src/index.ts';

// Bodies of C functions. Each prints a text with GOT only if it reached what it must not reach. `victim` is the process of
// the service, `port` a server of this machine, `other` a file in the folder of another program. `call` is syscall(2).

/** Reports a system call that succeeded. */
const denied = (name: string, args: string) =>
  `if (call(SYS_${name}${args && `, ${args}`}) >= 0) puts("GOT ${name}");`;
const readable = (path: string) => `int f = call(SYS_openat, AT_FDCWD, ${path}, O_RDONLY, 0);
  char c; if (f >= 0 && read(f, &c, 1) >= 0) puts("GOT a file");`;
const ofVictim = (name: string) => `char p[64]; sprintf(p, "/proc/%d/${name}", victim); ${readable('p')}`;

export const attacks: Readonly<Record<string, string>> = {
  'reads the passwords': readable('"/etc/passwd"'),
  'reads its own environment file': readable('"/proc/self/environ"'),
  'reads the environment of the service': ofVictim('environ'),
  'reads the memory of the service': ofVictim('mem'),
  'reads the memory map of the service': ofVictim('maps'),
  'follows an open file of the service': ofVictim('fd/0'),
  'reads the sources of the service': readable('"/app/package.json"'),
  'reads the folder of another program': readable('other'),
  'finds the folder of another program': `struct stat s; if (stat(other, &s) == 0) puts("GOT another program");`,
  'lists the temporary folder': readable('"/tmp"'),
  'reads its own folder': readable('"."'),
  'opens with openat2': `unsigned long how[3] = { O_RDONLY, 0, 0 }; ${denied('openat2', 'AT_FDCWD, "/etc/passwd", how, 24')}`,
  'opens by a handle': denied('open_by_handle_at', 'AT_FDCWD, "aaaaaaaa", O_RDONLY'),
  'opens through io_uring': `char p[256] = { 0 }; ${denied('io_uring_setup', '8, p')}`,
  'has an open file': `for (int f = 3; f < 1024; f++) if (fcntl(f, F_GETFD) >= 0) puts("GOT an open file");`,
  'has an environment': `if (environ && *environ) puts("GOT an environment");`,
  'connects to this machine': `int s = call(SYS_socket, AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = { AF_INET, htons(port), { htonl(INADDR_LOOPBACK) } };
  if (s >= 0 && connect(s, (void *)&a, sizeof a) == 0) puts("GOT a connection");`,
  'opens a datagram socket': denied('socket', 'AF_INET, SOCK_DGRAM, 0'),
  'opens a local socket': denied('socket', 'AF_UNIX, SOCK_STREAM, 0'),
  'opens a pair of sockets': `int p[2]; ${denied('socketpair', 'AF_UNIX, SOCK_STREAM, 0, p')}`,
  'connects its own stdin': `struct sockaddr_in a = { AF_INET, htons(port), { htonl(INADDR_LOOPBACK) } };
  ${denied('connect', '0, &a, sizeof a')} ${denied('sendto', '1, "x", 1, 0, &a, sizeof a')}`,
  'receives a file through its stdin': `char b[64]; struct iovec v = { b, 64 }; struct msghdr m = { 0, 0, &v, 1, b, 64 };
  ${denied('recvmsg', '0, &m, MSG_DONTWAIT')}`,
  'traces the service': `${denied('ptrace', '16, victim, 0, 0')} ${denied('ptrace', '0x4206, victim, 0, 0')}`,
  'copies the memory of the service': `char b[8]; struct iovec v = { b, 8 }, w = { (void *)0x400000, 8 };
  ${denied('process_vm_readv', 'victim, &v, 1, &w, 1, 0')} ${denied('process_vm_writev', 'victim, &v, 1, &w, 1, 0')}`,
  'signals the service': `${denied('kill', 'victim, 0')} ${denied('tkill', 'victim, 0')} ${denied('tgkill', 'victim, victim, 0')}`,
  'signals everything': `${denied('kill', '-1, 0')} ${denied('kill', '0, 0')}`,
  'queues a signal to the service': `char i[128] = { 0 }; ${denied('rt_sigqueueinfo', 'victim, 10, i')} ${denied('rt_tgsigqueueinfo', 'victim, victim, 10, i')}`,
  'takes a handle of the service': `int f = call(SYS_pidfd_open, victim, 0); if (f >= 0) puts("GOT pidfd");
  ${denied('pidfd_getfd', 'f, 0, 0')} ${denied('pidfd_send_signal', 'f, 0, 0, 0')}`,
  'limits the service': `unsigned long l[2] = { 0, 0 }; ${denied('prlimit64', 'victim, 7, l, 0')}`,
  'owns its stdin for signals': `${denied('fcntl', '0, F_SETOWN, victim')} ${denied('fcntl', '0, 10, 9')}`,
  'types into a terminal': denied('ioctl', '0, 0x5412, "x"'),
  'leaves its group of processes': `${denied('setsid', '')} ${denied('setpgid', '0, 0')}`,
  'survives its parent': denied('prctl', '1, 0, 0, 0, 0'),
  'becomes another user': `${denied('setuid', '0')} ${denied('setresuid', '0, 0, 0')} ${denied('capset', '0, 0')}`,
  'makes namespaces': `${denied('unshare', '0x10000000')} ${denied('setns', '0, 0')} ${denied('clone', '0x10000011, 0, 0, 0, 0')}`,
  'makes namespaces with clone3': `unsigned long a[11] = { 0x10000000, 0, 0, 0, 17 }; ${denied('clone3', 'a, 88')}`,
  'starts a shell': `char *a[] = { "/bin/sh", "-c", "echo GOT", 0 }; call(SYS_execve, a[0], a, 0);`,
  'starts a compiler': `char *a[] = { "/usr/bin/gcc", "--version", 0 }; execv(a[0], a);`,
  'starts a shell by a handle': `char *a[] = { "/bin/echo", "GOT", 0 }; call(SYS_execveat, AT_FDCWD, a[0], a, 0, 0);`,
  'starts a process with fork': `if (call(SYS_clone, 17, 0, 0, 0, 0) == 0) { puts("GOT a process"); fflush(stdout); _exit(0); }`,
  'starts code from memory': `int f = call(SYS_memfd_create, "x", 0); if (f >= 0) puts("GOT memfd");`,
  'writes a file': `int f = call(SYS_openat, AT_FDCWD, "/tmp/codegen-native-escape", O_CREAT | O_WRONLY, 0600);
  if (f >= 0) puts("GOT a file");`,
  'writes into its own folder': `if (fopen("written", "w")) puts("GOT a file");`,
  'changes files': `${denied('mkdirat', 'AT_FDCWD, "/tmp/codegen-native-escape", 0700')}
  ${denied('unlinkat', 'AT_FDCWD, other, 0')} ${denied('renameat', 'AT_FDCWD, other, AT_FDCWD, "/tmp/x"')}
  ${denied('symlinkat', '"/etc", AT_FDCWD, "/tmp/codegen-native-escape"')} ${denied('linkat', 'AT_FDCWD, other, AT_FDCWD, "x", 0')}
  ${denied('fchmodat', 'AT_FDCWD, other, 0777')} ${denied('mknodat', 'AT_FDCWD, "x", 0644, 0')} ${denied('truncate', 'other, 0')}`,
  mounts: `${denied('mount', '"none", "/tmp", "tmpfs", 0, 0')} ${denied('umount2', '"/proc", 0')} ${denied('chroot', '"/tmp"')} ${denied('pivot_root', '"/", "/"')} ${denied('fsopen', '"tmpfs", 0')}`,
  'uses the kernel': `char b[128] = { 0 }; ${denied('bpf', '0, b, 128')} ${denied('keyctl', '0, -3, 1')} ${denied('add_key', '"user", "x", "y", 1, -3')}
  ${denied('userfaultfd', '0')} ${denied('perf_event_open', 'b, 0, -1, -1, 0')} ${denied('syslog', '10, 0, 0')} ${denied('personality', '0x40000')}`,
  'installs a filter of its own': `${denied('seccomp', '1, 0, 0')} ${denied('prctl', '22, 1, 0, 0, 0')}`,
  'shares memory with other programs': `${denied('shmget', '1, 4096, 01666')} ${denied('msgget', '1, 01666')} ${denied('semget', '1, 1, 01666')} ${denied('mq_open', '"x", 0102, 0600, 0')}`,
  'disturbs other processes': `${denied('setpriority', '0, victim, 19')} ${denied('sched_setaffinity', 'victim, 8, other')} ${denied('ioprio_set', '1, victim, 0')}`,
  'sets the clock': `long t[2] = { 0, 0 }; ${denied('clock_settime', '0, t')} ${denied('settimeofday', 't, 0')}`,
};

/** They use instructions of x64. */
export const attacksOnX64: Readonly<Record<string, string>> = {
  'calls the kernel as a 32-bit program': `long r; asm volatile("int $0x80" : "=a"(r) : "a"(20L)); if (r > 0) puts("GOT a 32-bit call");`,
  'calls the kernel as an x32 program': `if (syscall(0x40000000 | 39) > 0) puts("GOT an x32 call");`,
};

/** Each ends its process, or is ended. */
export const bombs: Readonly<Record<string, string>> = {
  'forks without end': 'for (;;) fork();',
  'forks without end, by system calls': 'for (;;) call(SYS_clone, 17, 0, 0, 0, 0);',
  'starts threads without end': `pthread_t t; for (;;) pthread_create(&t, 0, (void *(*)(void *))pause_for_ever, 0);`,
  'starts threads with small stacks without end': `for (;;) { char *s = mmap(0, 16384, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  clone(pause_for_ever, s + 16384, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0); }`,
  'fills the memory': 'for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); else abort(); }',
  'fills shared memory': `for (;;) { char *p = mmap(0, 1 << 24, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) abort(); memset(p, 1, 1 << 24); }`,
  'recurses without end': 'recurse(0);',
  'never ends': 'for (;;) ;',
  'sleeps for ever': 'for (;;) sleep(1000);',
  'never ends, ignores signals and closes its output':
    'for (int s = 1; s < 65; s++) signal(s, SIG_IGN); close(1); close(2); for (;;) ;',
  'prints without end':
    'for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");',
  'prints errors without end': 'for (;;) fputs("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", stderr);',
  'fills the disk':
    'char b[4096]; for (int i = 0;; i++) { char n[32]; sprintf(n, "f%d", i); FILE *f = fopen(n, "w"); if (!f) abort(); for (;;) fwrite(b, 1, 4096, f); }',
  'executes itself without end': 'char *a[] = { self, "again", 0 }; execv(self, a);',
  'uses memory that it does not have': 'volatile int *volatile p = 0; *p = 1;',
};

const HEAD = `#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#define call syscall
static int victim, port;
static char other[300], *self;
static int pause_for_ever(void *x) { for (;;) sleep(1000); return 0; }
static volatile int depth;
static int recurse(int n) { char b[4096]; memset(b, n, 4096); depth = b[n % 4096]; return recurse(n + 1) + b[1]; }
`;

/** One program of all bodies, to compile once. A case selects one of them; the last one shows that programs still run. */
export function nativeProgram(
  bodies: Readonly<Record<string, string>>,
  { victim, port, other }: { victim: number; port: number; other: string },
): { program: Program; cases: Case[] } {
  const all = [...Object.values(bodies), 'puts("alive");'];
  const functions = all.map((body, i) => `static void body${i}(void) { ${body} }`).join('\n');
  const switched = all.map((_, i) => `case ${i}: body${i}(); break;`).join(' ');
  const main = `int main(int argc, char **argv) { int n; self = argv[0]; setvbuf(stdout, 0, _IOLBF, 0);
  if (argc > 1) execv(self, argv);
  if (scanf("%d %d %d %299s", &n, &victim, &port, other) != 4) return 0;
  switch (n) { ${switched} } }`;
  return {
    program: { language: 'c', files: [{ name: 'main.c', content: `${HEAD}${functions}\n${main}\n` }] },
    cases: all.map((_, i) => ({
      kind: 'stdin',
      stdin: `${i} ${victim} ${port} ${other}`,
      expected: { value: 'alive' },
    })),
  };
}

/** Programs that attack the compiler. Each prints GOT if it is compiled, unless `mayCompile`. */
const including = (path: string) => `#include "${path}"\nint main(void) { puts("GOT"); }`;
const containing = (path: string) =>
  `#include <stdio.h>\nasm(".incbin \\"${path}\\"");\nint main(void) { puts("GOT"); }`;

export const compilerAttacks = (other: string): Readonly<Record<string, string>> => ({
  'includes an endless device': including('/dev/zero'),
  'includes the environment': including('/proc/self/environ'),
  'includes the passwords': including('/etc/passwd'),
  'includes the sources of the service': including('/app/package.json'),
  'includes the folder of another program': including(other),
  'embeds an endless device': containing('/dev/urandom'),
  'embeds the environment': containing('/proc/self/environ'),
  'embeds the passwords': containing('/etc/passwd'),
  'embeds the folder of another program': containing(other),
  'embeds the memory of the compiler': containing('/proc/self/mem'),
  'includes itself': '#include __FILE__\nint main(void) { }',
  'has a huge array': 'char a[1L << 34] = { 1 };\nint main(void) { return a[0]; }',
  'repeats an instruction without end': 'asm(".rept 2000000000\\n nop\\n .endr");\nint main(void) { }',
  'fills its object file': 'asm(".fill 8000000000, 1, 1");\nint main(void) { }',
});

/** They run until a limit stops the compiler. */
export const compilerBombs: Readonly<Record<string, string>> = {
  'expands macros without end': `${Array.from({ length: 40 }, (_, i) => `#define m${i + 1} m${i} m${i}`).join('\n')}\n#define m0 1+\nint a = m40 1;\nint main(void) { }`,
  'instantiates templates without end':
    'template <int N, int M> struct F { F<N - 1, M * 2> a; F<N - 1, M * 2 + 1> b; };\ntemplate <int M> struct F<0, M> { };\nF<28, 0> x;\nint main() { }',
  'computes without end':
    'constexpr long f(long n) { long s = 0; for (long i = 0; i < n; i++) for (long j = 0; j < 100000; j++) s += j; return s; }\nconstexpr long x = f(100000000);\nint main() { }',
  'nests without end': `int a = ${'('.repeat(200_000)}1${')'.repeat(200_000)};\nint main(void) { }`,
};
