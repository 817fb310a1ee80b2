import { runProcess, SettingsError } from '../src/index.ts';

/** A process that behaves as its first argument says. */
const [, , behaviour = ''] = process.argv;
const released = new Promise((resolve) => process.once('SIGUSR2', resolve));

await runProcess(async () => {
  if (behaviour === 'wrong setting') throw new SettingsError('PORT is "abc"; it must be a whole number');
  if (behaviour === 'failed start') throw new Error('the port is taken');
  if (behaviour === 'thrown string') throw 'a string';
  if (behaviour === 'from .env') process.stdout.write(`NAME=${process.env.NAME}\n`);
  const keepAlive = setInterval(() => {}, 1_000);
  if (behaviour === 'slow start') {
    process.stdout.write('starting\n');
    await new Promise((resolve) => process.once('SIGTERM', resolve));
  }
  process.stdout.write('up\n');
  return {
    graceSeconds: behaviour.endsWith('long grace') ? 3_600 : 0,
    async stop(signal) {
      process.stdout.write(`stopping by ${signal}\n`);
      if (behaviour.startsWith('hanging stop')) await new Promise(() => {});
      if (behaviour === 'slow stop') await released;
      if (behaviour === 'failing stop') throw new Error('cannot stop');
      clearInterval(keepAlive);
    },
  };
});
