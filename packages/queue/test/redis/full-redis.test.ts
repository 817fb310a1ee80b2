import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { fails, type Reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { describeWithServers } from '@codegen/testing/network/programs';
import { startServer } from '@codegen/testing/network/server';
import { expect, onTestFinished, test } from 'vitest';
import { createStageRunner } from '../../src/flow/stage-runner.ts';
import { connectBlocking } from '../../src/redis/connection.ts';
import { keysOf } from '../../src/redis/keys.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { ANONYMOUS_OPTIONS } from '../../src/runs/submission.ts';
import { recordOf } from '../record.ts';

const available = {
  modelHealth: { cooldowns: new Map(), failing: new Map() },
  acquire: async () => ({ kind: 'call' }) as const,
  recordStart: async () => {},
  recordResult: async () => {},
};

describeWithServers('a full Redis', (programs) => {
  test('refuses the record of a call that starts, which does not replace a later record', async () => {
    await using server = await startServer(programs);
    const redis = connectBlocking(`redis://127.0.0.1:${server.port}`);
    onTestFinished(() => redis.disconnect());
    const limitMemory = (bytes: string) => server.command('CONFIG', 'SET', 'maxmemory', bytes);
    const store = createRunStore(graph, redis, keysOf('full'), { retentionSeconds: 600 });
    const id = randomUUID();
    await store.create({ id, conversation: fromQuery('hello'), seed: 1, createdAt: 1 }, ANONYMOUS_OPTIONS);
    const run = await store.loadFor(graph.entry, id);

    const commits: Promise<string>[] = [];
    const watched = {
      ...store,
      commitStage(...args: Parameters<typeof store.commitStage>) {
        const commit = store.commitStage(...args);
        commits.push(commit.catch(({ message }: Error) => message));
        return commit;
      },
    };
    const classify: Reply = async (call, moments) => {
      // Redis has refused the record of this call if it refuses one that was sent later.
      const other = recordOf('classify', null, { status: 'running', endedAt: null });
      await expect(store.commitStage(id, other, { isRetried: false })).rejects.toThrow(/^OOM/);
      await limitMemory('0');
      return fails({ intent: 'retry', code: 'overloaded' })(call, moments);
    };
    const runtime = { ...scriptModels({ classify }), random: Math.random };
    const appendStageLog = async () => {};
    const runStage = createStageRunner({
      store: watched,
      availability: { forCalls: () => available },
      runtime,
      appendStageLog,
      prompts: null,
    });

    await limitMemory('1');
    const { record } = await runStage(run!, graph.entry, new AbortController().signal);
    expect(await store.commitStage(id, record)).toBe('committed');
    expect(await Promise.all(commits)).toEqual([expect.stringMatching(/^OOM/)]);
    expect(record.status).toBe('retrying');
    expect((await store.load(id))?.stages.classify).toEqual(record);
  });
});
