import { setTimeout as sleep } from 'node:timers/promises';
import { graph, ROLES, type Role } from '@codegen/pipeline';
import type { FaultRule } from '@codegen/simulator';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import { KINDS_OF_FAILURE, setRules } from './model-rules.ts';

type Match = NonNullable<FaultRule['match']>;

export const modelsFailing: Fault = {
  name: 'models-failing',
  what: 'a way to fail, alone: for one model, for the models of one role, or for all',
  async strike({ site, random, brief }) {
    const kinds = random.shuffled(KINDS_OF_FAILURE).slice(0, brief ? 3 : 9);
    for (const fault of kinds) {
      const matches = random.pick([ofOneModel, ofOneRole, ofAll])(site.calls.models(), random);
      const reset = await setRules(
        site,
        matches.map((match) => ({ match, fault })),
      );
      await sleep(random.between(500, brief ? 1_000 : 3_000));
      await reset();
    }
  },
};

export const modelsFailingInEveryWay: Fault = {
  name: 'models-failing-in-every-way',
  what: 'every way to fail at once, each for a few calls, whatever model is asked',
  async strike({ site, random, brief }) {
    const rules = random.shuffled(KINDS_OF_FAILURE).map((fault) => ({ fault, times: 2 }));
    const reset = await setRules(site, rules);
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
