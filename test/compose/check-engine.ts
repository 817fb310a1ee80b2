// Exits with a one-line message if no container engine is available.
import { tryDocker } from './docker.ts';

for (const args of [
  ['version', '--format', '{{.Server.Version}}'],
  ['compose', 'version', '--short'],
]) {
  const { code, stderr } = await tryDocker(args).catch(() => ({ code: 1, stderr: 'it is not installed' }));
  if (code === 0) continue;
  const [reason] = stderr.trim().split('\n');
  process.stderr.write(`These tests need Docker with compose: docker ${args[0]}: ${reason}\n`);
  process.exit(1);
}
