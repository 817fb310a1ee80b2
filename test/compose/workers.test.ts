import { verifiedGraph } from '@codegen/pipeline';
import { parseStageLog } from '@codegen/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AMBIGUOUS, COMPLEX, generatePath, SIMPLE } from '../e2e/service.ts';
import { docker } from './docker.ts';
import { expectComplete, lostCalls, readJob, runningStages, startJobs, waitForJobs } from './jobs.ts';
import { containerStates, createProject, freePorts, type Project, up } from './stack.ts';

const WORKERS = 3;
const RUNS = 30;

/** The log file of each stage that has an output: the simulator writes no test cases that `verify` could run. */
const FILE_OF = new Map(
  verifiedGraph.nodes.flatMap(({ stage }) => (stage.name === 'verify' ? [] : [[stage.name, stage.log]])),
);

// The tests share one stack and leave it unchanged.
describe(`docker compose --profile demo up --scale worker=${WORKERS}`, () => {
  let project: Project;
  let url: string;

  beforeAll(async () => {
    const port = await freePorts();
    url = `http://127.0.0.1:${port}`;
    project = await createProject({ profile: 'demo', env: { PORT: String(port) } });
    await up(project, { worker: WORKERS });
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const entries = async (file: string) =>
    parseStageLog(await project.compose('exec', '-T', 'worker', 'cat', `/data/logs/${file}`));

  it('is ready when every worker is registered', async () => {
    const response = await fetch(`${url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ready', workers: { stages: WORKERS }, warnings: [] },
    ]);
  });

  it.each([
    [SIMPLE, ['code', 'steps']],
    [COMPLEX, ['code', 'steps']],
    [AMBIGUOUS, ['code', 'feedback', 'ambiguous']],
  ])('answers: %s', async (query, fields) => {
    const response = await fetch(`${url}${generatePath(query)}`);
    expect([response.status, response.headers.get('X-Simulated')]).toEqual([200, 'true']);
    const body = (await response.json()) as { steps?: Record<string, string> };
    expect(Object.keys(body)).toEqual(fields);
    const steps = {
      [SIMPLE]: ['directCode'],
      [COMPLEX]: [
        'interpretation',
        'directCode',
        'interpretedCode',
        'enhancedDirectCode',
        'enhancedInterpretedCode',
        'bestImplementation',
      ],
    }[query];
    expect(body.steps && Object.keys(body.steps)).toEqual(steps);
  });

  it('returns a job that can be polled', async () => {
    const response = await fetch(`${url}${generatePath(COMPLEX)}`, { headers: { Prefer: 'respond-async' } });
    expect(response.status).toBe(202);
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    const location = response.headers.get('Location') ?? '';
    expect(['queued', 'running']).toContain((await readJob(url, location)).status);
    const [job] = await waitForJobs(url, [location]);
    expect(job).toMatchObject({ status: 'completed', simulated: true });
    expect(job?.result).toHaveProperty('steps.bestImplementation');
  });

  it('distributes the stages of a run over workers and logs every answer completely', async () => {
    await Promise.all([SIMPLE, AMBIGUOUS].map((query) => fetch(`${url}${generatePath(query)}`)));
    const jobs = await waitForJobs(url, await startJobs(url, RUNS));
    for (const job of jobs) expectComplete(job);
    const ids = new Set(jobs.map(({ id }) => id));
    const expected = jobs.reduce((sum, { stages }) => sum + stages.length, 0);
    const ended = await vi.waitUntil(
      async () => {
        const output = (await project.endedStages()).filter(({ run }) => ids.has(run));
        return output.length >= expected && output;
      },
      { timeout: 30_000, interval: 250 },
    );
    expect(ended).toHaveLength(expected);
    expect(new Set(ended.map(({ worker }) => worker)).size).toBe(WORKERS);
    const workersOf = (id: string) =>
      new Set(ended.filter(({ run }) => run === id).map(({ worker }) => worker));
    expect(jobs.filter(({ id }) => workersOf(id).size > 1).length).toBeGreaterThan(RUNS / 2);

    // Each entry is in the file of its stage once. Parsing rejects interleaved entries.
    for (const file of new Set(ended.flatMap(({ stage }) => FILE_OF.get(stage) ?? []))) {
      const logged = await entries(file);
      expect(logged.length).toBeGreaterThan(0);
      const found = logged.filter(({ run }) => ids.has(run)).map(({ run, stage }) => `${run} ${stage}`);
      const reported = ended
        .filter(({ stage }) => FILE_OF.get(stage) === file)
        .map(({ run, stage }) => `${run} ${stage}`);
      expect(found.toSorted()).toEqual(reported.toSorted());
    }
  });

  it(`loses none of ${RUNS} runs when a worker is killed`, async () => {
    const locations = await startJobs(url, RUNS);
    await vi.waitUntil(async () => (await runningStages(url, locations)) >= RUNS, {
      timeout: 60_000,
      interval: 100,
    });
    const [victim = ''] = await project.containers('worker');
    await docker(['kill', victim]);
    const jobs = await waitForJobs(url, locations);
    for (const job of jobs) expectComplete(job);
    // A failed call shows that the worker was killed during a stage.
    expect(lostCalls(jobs)).toBeGreaterThan(0);
    expect(await containerStates([victim])).toMatchObject([{ running: false, code: 137 }]);
    await up(project, { worker: WORKERS });
  });

  it('loses no run when Redis is restarted', async () => {
    const locations = await startJobs(url, RUNS);
    await vi.waitUntil(async () => (await runningStages(url, locations)) >= RUNS, {
      timeout: 60_000,
      interval: 100,
    });
    const [redis = ''] = await project.containers('redis');
    await docker(['restart', redis]);
    for (const job of await waitForJobs(url, locations)) expectComplete(job);
  });

  it('stops all containers with exit code 0 and interrupts no stage', async () => {
    // Long enough that the workers are stopped during a call.
    await project.fault({ fault: { kind: 'slow', latencyMs: 5_000, tokensPerSecond: 0 } });
    const locations = await startJobs(url, WORKERS * 4);
    const waiting = fetch(`${url}${generatePath(COMPLEX)}`);
    await vi.waitUntil(async () => (await runningStages(url, locations)) >= locations.length, {
      timeout: 60_000,
      interval: 100,
    });
    const ids = await project.containers();
    await project.compose('stop');
    for (const ending of await containerStates(ids))
      expect(ending).toMatchObject({ code: 0, running: false, killed: false });
    // The waiting request received the location of its job.
    const sent = await waiting;
    expect(sent.status).toBe(202);
    locations.push(sent.headers.get('Location') ?? '');

    await up(project, { worker: WORKERS });
    const jobs = await waitForJobs(url, locations);
    for (const job of jobs) expectComplete(job);
    expect(lostCalls(jobs)).toBe(0);
    const runs = new Set(jobs.map(({ id }) => id));
    const logging = jobs.flatMap(({ id, stages }) =>
      stages.flatMap(({ name }) => (FILE_OF.has(name) ? [{ id, name }] : [])),
    );
    const files = [...new Set(logging.map(({ name }) => FILE_OF.get(name) ?? ''))];
    const expected = logging.map(({ id, name }) => `${id} ${name}`);
    const logged = (await Promise.all(files.map(entries))).flat().filter(({ run }) => runs.has(run));
    expect(logged.map(({ run, stage }) => `${run} ${stage}`).toSorted()).toEqual(expected.toSorted());
  });
});
