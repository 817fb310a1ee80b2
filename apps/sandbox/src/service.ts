import { availableParallelism } from 'node:os';
import { type RunningWorker, startProgramWorker } from '@codegen/queue';
import {
  assertAvailable,
  DEFAULT_LIMITS,
  LANGUAGES,
  prepareNative,
  protectMemory,
  run,
  SandboxUnavailable,
} from '@codegen/sandbox';
import { createRepeatLimit, SettingsError } from '@codegen/settings';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { SandboxOptions } from './config.ts';

const json = z.json();
const expected = z.union([z.object({ value: json }), z.object({ raises: z.literal(true) })]);
const request = z.object({
  program: z.object({
    language: z.enum(LANGUAGES),
    files: z.array(z.object({ name: z.string(), content: z.string() })).min(1),
  }),
  cases: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('call'), function: z.string(), args: z.array(json), expected }),
      z.object({ kind: z.literal('stdin'), stdin: z.string(), expected }),
    ]),
  ),
});

/** Runs the programs that workers add to their queue, until it is closed. @throws SettingsError if they cannot be locked here */
export async function startSandbox(options: SandboxOptions, log: Logger): Promise<RunningWorker> {
  protectMemory();
  await assertAvailable().catch((error: unknown) => {
    throw error instanceof SandboxUnavailable ? new SettingsError(error.message) : error;
  });
  const { languages, missing } = await prepareNative();
  log.info({ compiled: languages, missing }, 'compiled languages');
  const repeats = createRepeatLimit();
  return startProgramWorker(
    async (data) => {
      const { success, data: job } = request.safeParse(data);
      if (!success)
        throw new Error('the sandbox service does not read this program: it needs the version of the worker');
      const { program, cases } = job;
      return run(program, cases, DEFAULT_LIMITS);
    },
    {
      redisUrl: options.REDIS_URL,
      namespace: options.QUEUE_NAMESPACE,
      concurrency: availableParallelism(),
      onFault: (err) =>
        repeats.log(err.message, (repeated) => log.error({ err, repeated }, 'programs are delayed or lost')),
    },
  );
}
