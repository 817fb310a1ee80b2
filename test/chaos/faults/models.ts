import { setTimeout as sleep } from 'node:timers/promises';
import { graph, ROLES, type Role } from '@codegen/pipeline';
import type { FaultRule } from '@codegen/simulator';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';
import type { Fault } from './fault.ts';

/** Adds fault rules to the simulator. @returns a function that removes all rules */
export async function setRules({ simulatorUrl }: System, rules: readonly FaultRule[]) {
  const url = simulatorUrl.replace(/v1$/, '_simulator/faults');
  const { status } = await fetch(url, { method: 'POST', body: JSON.stringify(rules) });
  if (status !== 201) throw new Error(`the simulator refused ${JSON.stringify(rules)}`);
  return async () => {
    await fetch(url, { method: 'DELETE' });
  };
}

/** All faults of the simulator except those of the whole account. */
const MODEL_FAULTS: readonly FaultRule['fault'][] = [
  { kind: 'rate-limit' },
  { kind: 'busy-budget' },
  { kind: 'forbidden' },
  { kind: 'no-endpoint' },
  { kind: 'too-long' },
  { kind: 'bad-request' },
  { kind: 'status', status: 503, retryAfterSeconds: 1 },
  { kind: 'status', status: 529 },
  { kind: 'html' },
  { kind: 'error-in-200' },
  { kind: 'error-mid-stream' },
  { kind: 'cut' },
  { kind: 'garbage' },
  { kind: 'no-finish' },
  { kind: 'empty' },
  { kind: 'reasoning-only' },
  { kind: 'truncated' },
  { kind: 'refusal' },
  { kind: 'refusal', finishReason: 'stop' },
  { kind: 'think' },
  { kind: 'think', closed: false },
  { kind: 'slow', latencyMs: 2_000 },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'hang', afterTokens: 5, comments: true },
];

type Match = NonNullable<FaultRule['match']>;

export const modelsFailing: Fault = {
  name: 'models-failing',
  description: 'one kind of model failure for one model, one role or all models',
  async inject({ system, random, brief }) {
    const kinds = random.shuffled(MODEL_FAULTS).slice(0, brief ? 3 : 9);
    for (const fault of kinds) {
      const matches = random.pick([ofOneModel, ofOneRole, ofAll])(system.calls.models(), random);
      const reset = await setRules(
        system,
        matches.map((match) => ({ match, fault })),
      );
      await sleep(random.between(500, brief ? 1_000 : 3_000));
      await reset();
    }
  },
};

export const modelsFailingInEveryWay: Fault = {
  name: 'models-failing-in-every-way',
  description: 'all kinds of model failures at once, each for two calls of any model',
  async inject({ system, random, brief }) {
    const rules = random.shuffled(MODEL_FAULTS).map((fault) => ({ fault, times: 2 }));
    const reset = await setRules(system, rules);
    await sleep(brief ? 1_500 : 5_000);
    await reset();
  },
};

const ofOneModel = (models: readonly string[], random: Random): Match[] => [{ model: random.pick(models) }];

const ofOneRole = (_: readonly string[], random: Random): Match[] =>
  stagesOf(random.pick(ROLES)).map((stage) => ({ stage: stage as NonNullable<Match['stage']> }));

const ofAll = (): Match[] => [{}];

function stagesOf(role: Role): string[] {
  const nodes = (['simple', 'complex', 'ambiguous'] as const).flatMap((route) => graph.stagesOf(route));
  const stages = [graph.entry, ...nodes].map(({ stage }) => stage).filter((stage) => stage.role === role);
  return [...new Set(stages.map(({ name }) => name))];
}

/** Workers retry a server that refused the account within 30 s. */
const TIMEOUT_MS = 60_000;

export const accountRefused: Fault = {
  name: 'account-refused',
  description: 'the model server rejects the key or reports no credit, then accepts calls again',
  async inject({ system, random }) {
    const kind = random.pick(['bad-key', 'no-credit'] as const);
    const reset = await setRules(system, [{ fault: { kind } }]);
    await system.calls.next(({ fault }) => fault === kind);
    await sleep(1_000);
    await reset();
    await system.calls.next(({ status }) => status === 'answered', TIMEOUT_MS);
  },
};
