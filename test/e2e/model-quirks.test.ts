import type { Job } from '@codegen/contract';
import { QUIRKS, type Quirk } from '@codegen/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

const PROGRAM = 'def add(a, b):\n    return a + b\n\n\nprint("a😀b", add(1, 2))';
const ANSWER = `Run it:\n\n\`\`\`bash\npython add.py\n\`\`\`\n\n\`\`\`python\n${PROGRAM}\n\`\`\`\n\nOutput:\n\n\`\`\`text\n3\n\`\`\``;

/** A rejected key or missing credit stops the calls of all jobs. */
const OF_ACCOUNT = ['key-rejected', 'no-credit'];
const quirks = [...QUIRKS.values()].filter(({ means }) => !OF_ACCOUNT.includes(means));

let service: Service;
beforeAll(async () => {
  service = await startService({
    workers: 1,
    env: { MODEL_TRIES: '1', ALLOWED_MODELS: quirks.map(({ name }) => `quirk/${name}`).join() },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

/** A job whose stage `answer` gets the quirk. A model of its own keeps cooldowns and breakers apart. */
async function jobWith({ name }: Quirk): Promise<Job> {
  const model = `quirk/${name}`;
  service.simulator.faults.add({
    match: { model, stage: 'answer' },
    fault: { kind: 'quirk', name, text: ANSWER },
  });
  const query = 'Write a Python function to add two numbers';
  const response = await fetch(`${service.url}/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=120' },
    body: JSON.stringify({ query, models: { instructTuned: [model] } }),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text);
}

describe('the caller of a job gets the whole program or a problem, whatever form the answer of a model has', () => {
  it.each(quirks.map((quirk) => [quirk.sends, quirk.means, quirk] as const))(
    '%s: %s',
    { concurrent: true },
    async (_, means, quirk) => {
      const job = await jobWith(quirk);
      if (means === 'answer') {
        expect(job.problem).toBeNull();
        expect(job.result).toMatchObject({ code: PROGRAM });
      } else {
        expect(job.status).toBe('failed');
        expect(job.problem).toMatchObject({ stage: 'answer', code: means });
        expect(job.result).toBeNull();
        expect(JSON.stringify(job)).not.toContain('def add');
      }
    },
  );
});

it('a job lists the blocks of the answer that are no part of its code', async () => {
  const job = await jobWith(QUIRKS.get('content-parts')!);
  expect(job.stages.find(({ name }) => name === 'answer')?.ignored).toEqual([
    { reason: 'commands', name: null, language: 'bash', lines: 1, start: 'python add.py' },
    { reason: 'output', name: null, language: 'text', lines: 1, start: '3' },
  ]);
});
