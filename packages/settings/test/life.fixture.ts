import { runProcess, SettingsError } from '../src/index.ts';

/** A process whose life is as its first argument says. */
const [, , life = ''] = process.argv;

await runProcess(async () => {
  if (life === 'wrong setting') throw new SettingsError('PORT is "abc"; it must be a whole number');
  if (life === 'no start') throw new Error('the port is taken');
  if (life === 'no error') throw 'a mere text';
  if (life === 'from .env') process.stdout.write(`NAME=${process.env.NAME}\n`);
  const up = setInterval(() => {}, 1_000);
  if (life === 'starts slowly') {
    process.stdout.write('starting\n');
    await new Promise((resolve) => process.once('SIGTERM', resolve));
  }
  process.stdout.write('up\n');
  return {
    graceSeconds: 0,
    async stop(signal) {
      process.stdout.write(`stopping by ${signal}\n`);
      if (life === 'never stops') await new Promise(() => {});
      if (life === 'stops badly') throw new Error('it will not end');
      clearInterval(up);
    },
  };
});
