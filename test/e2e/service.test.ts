import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '@codegen/contract';
import { graph, ROUTES, type Route } from '@codegen/pipeline';
import { HANG_MS } from '@codegen/testing/timeouts';
import { parseStageLog } from '@codegen/worker';
import { describe, expect, inject, it, vi } from 'vitest';
import { AMBIGUOUS, COMPLEX, generatePath, SIMPLE, startService } from './service.ts';

const REQUESTS = inject('redisKind') === 'embedded' ? 20 : 200;

/** Number of entries by log file, for the number of requests of each route. */
function expectedEntries(requests: Record<Route, number>): Record<string, number> {
  const entries: Record<string, number> = { [graph.entry.stage.log]: REQUESTS };
  for (const route of ROUTES.filter((one) => requests[one] > 0))
    for (const { stage } of graph.stagesOf(route))
      entries[stage.log] = (entries[stage.log] ?? 0) + requests[route];
  return entries;
}

describe('API and two workers as separate processes', () => {
  it('answers concurrent requests of every kind, each with its own text, and logs every stage', async () => {
    await using service = await startService({ workers: 2 });
    const queries = Array.from({ length: REQUESTS }, (_, index) => {
      const kind = [SIMPLE, COMPLEX, AMBIGUOUS][index % 3] ?? SIMPLE;
      return kind === AMBIGUOUS ? kind : `${kind} called marker${index}x`;
    });
    const answers = await Promise.all(
      queries.map(async (query) => {
        // Some queries are equal. Without coalescing each has its own run.
        const response = await service.get(`${generatePath(query)}&coalesce=false`);
        return {
          query,
          status: response.status,
          simulated: response.headers.get('X-Simulated'),
          body: (await response.json()) as { code: string },
        };
      }),
    );
    for (const { query, status, simulated, body } of answers) {
      expect(status).toBe(200);
      expect(simulated).toBe('true');
      const [marker] = /marker\d+x/.exec(query) ?? [];
      if (marker === undefined) expect(Object.keys(body)).toEqual(['code', 'feedback', 'ambiguous']);
      else {
        expect(body.code).toContain(marker);
        const others = JSON.stringify(body).match(/marker\d+x/g) ?? [];
        expect(new Set(others)).toEqual(new Set([marker]));
      }
    }

    // Both workers ran stages.
    for (const worker of service.workers) expect(worker.stdout()).toContain('"msg":"stage ended"');

    for (const { child } of [service.api, ...service.workers]) child.kill('SIGTERM');
    for (const program of [service.api, ...service.workers]) expect(await program.ended).toBe(0);

    const complex = queries.filter((query) => query.startsWith(COMPLEX)).length;
    const ambiguous = queries.filter((query) => query === AMBIGUOUS).length;
    const simple = REQUESTS - complex - ambiguous;
    const requests: Record<Route, number> = { simple, ambiguous, complex, edit: 0, text: 0 };
    const expected = expectedEntries(requests);
    // A stage's file is created with its first entry.
    expect((await readdir(service.logDir)).toSorted()).toEqual(Object.keys(expected).toSorted());
    const logs = Object.fromEntries(
      await Promise.all(
        Object.keys(expected).map(
          async (file) => [file, parseStageLog(await readFile(join(service.logDir, file)))] as const,
        ),
      ),
    );
    const counts = Object.fromEntries(
      Object.entries(logs).map(([file, entries]) => [
        file,
        new Set(entries.map(({ run, stage }) => `${run} ${stage}`)).size,
      ]),
    );
    expect(counts).toEqual(expected);
    // A busy machine may stop a worker for longer than its locks last; then another worker repeats its calls.
    const answered = service.simulator.calls().filter(({ status }) => status === 'answered');
    expect(Object.values(logs).flat().length).toBeLessThanOrEqual(answered.length);
    for (const entries of Object.values(logs)) {
      for (const { model, simulated } of entries)
        expect([model?.startsWith('simulated/'), simulated]).toEqual([true, true]);
    }
  });

  it('loses no job when a worker is killed, and repeats no finished call', async () => {
    await using service = await startService({ workers: 2, simulator: { latencyMs: 300 } });
    const locations = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const response = await service.get(generatePath(`${COMPLEX} ${index}`), { Prefer: 'respond-async' });
        expect(response.status).toBe(202);
        return response.headers.get('Location') ?? '';
      }),
    );
    const [victim] = service.workers;
    await victim?.waitForOutput(/"stage":"(?:interpret|generate\.direct)","status":"completed"/);
    victim?.child.kill('SIGKILL');

    const jobs = await Promise.all(
      locations.map((location) =>
        vi.waitUntil(
          async () => {
            const job = (await (await service.get(location)).json()) as Job;
            return job.finishedAt === null ? null : job;
          },
          { timeout: HANG_MS, interval: 200 },
        ),
      ),
    );
    for (const job of jobs) {
      expect(job.status).toBe('completed');
      expect(job.degraded).toEqual([]);
      for (const stage of job.stages) {
        expect(stage.status).toBe('completed');
        const failures = stage.calls.flatMap(
          (call: { failure: { code: string } | null }) => call.failure?.code ?? [],
        );
        expect(failures.filter((code) => code !== 'worker-lost')).toEqual([]);
        expect(stage.attempts).toBe(1 + failures.length);
      }
    }
  });
});
