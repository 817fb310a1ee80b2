import { type Failure, graph, type ModelRequest, StageError } from '@codegen/pipeline';
import { QUIRK_GROUPS, type Quirk, startSimulator } from '@codegen/simulator';
import { createModelClient } from '@codegen/worker/model-client';

const INTRODUCTION = `# Model quirks

Odd responses of model servers, and what the caller of a model gets for each. Every row was seen in public reports.
\`npm run docs\` writes this page: it sends each response of the list in \`packages/simulator/src/quirks/\` to the worker's model client.
Start \`npm run simulator\` with \`--fault '{"fault": {"kind": "quirk", "name": "…"}}\` to try one.

A failed call is repeated, made to the next model of the role, or fails the job, as the last column says. If no model answers, the
stage fails with the last failure. Half an answer is never passed on: \`test/e2e/model-quirks.test.ts\` sends them all through the service.`;

const ANSWER = '```python\nprint("a😀b", 1 + 1)\n```';

const THEN: Readonly<Record<Failure['intent'], string>> = {
  retry: 'the call is repeated',
  nextModel: 'the next model is called',
  giveUp: 'the stage fails',
  failRun: 'the job fails',
};

/** docs/model-quirks.md, from calls to the simulator. */
export async function quirksPage(): Promise<string> {
  await using simulator = await startSimulator();
  const client = createModelClient({
    baseUrl: simulator.baseUrl,
    apiKey: null,
    appName: 'Documents',
    httpReferer: null,
    timeoutMs: 30_000,
    openRouter: true,
  });
  const signal = new AbortController().signal;
  const rowOf = async ({ name, sends }: Quirk) => {
    simulator.faults.clear();
    simulator.faults.add({ fault: { kind: 'quirk', name, text: ANSWER } });
    const outcome: unknown = await client.callModel(REQUEST, signal).catch((reason) => reason);
    const cells = outcome instanceof StageError ? describe(outcome.failure) : describeText(outcome);
    return `| \`${name}\` | ${sends.replaceAll('|', '\\|')} | ${cells} |`;
  };
  try {
    // A server that has answered once is at the right address.
    await client.callModel(REQUEST, signal);
    const parts = [INTRODUCTION];
    for (const { title, quirks } of QUIRK_GROUPS) {
      const rows: string[] = [];
      for (const quirk of quirks) rows.push(await rowOf(quirk));
      parts.push(
        `## ${title}`,
        ['| name | the server sends | the caller gets | then |', '|---|---|---|---|', ...rows].join('\n'),
      );
    }
    return `${parts.join('\n\n')}\n`;
  } finally {
    await client.close();
  }
}

const REQUEST: ModelRequest = {
  run: 'quirks',
  stage: graph.entry.stage,
  model: 'any/model',
  attempt: 1,
  prompt: { system: 'You are the "answer" stage of a code-generation pipeline.', user: 'Add two numbers.' },
};

function describeText(response: unknown): string {
  const { text, completionTokens } = response as { text: string; completionTokens: number | null };
  if (text !== ANSWER) return '**another text** | ';
  return `the whole answer${completionTokens === null ? '' : ' and its usage'} | `;
}

function describe({ code, intent, message, retryAfterMs }: Failure): string {
  const delay = retryAfterMs === undefined ? '' : ` after ${duration(retryAfterMs)}`;
  const [kind = '', ...reason] = message.split(': ');
  const quoted = reason.join(': ').replace(/[`|]/g, '').slice(0, 60).trim();
  const detail = quoted === '' ? '' : `: \`${quoted}${quoted.length < 60 ? '' : '…'}\``;
  return `\`${code}\`: ${kind}${detail} | ${THEN[intent]}${delay}`;
}

/** In minutes from ten on: a wait until a time becomes shorter by what the call takes. */
const duration = (ms: number): string =>
  ms < 600_000
    ? `${ms / 1_000} s`
    : ms < 5_400_000
      ? `${Math.round(ms / 60_000)} min`
      : `${ms / 3_600_000} h`;
