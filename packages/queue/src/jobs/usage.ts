import type { Run, StageRecord, Usage } from '@codegen/pipeline';

/** The field of a run's hash that holds what a call cost in the end. */
const fieldOf = (generationId: string | null) => `bill:${generationId}`;

/** A bill as it is kept: field of the run's hash, and content. */
export function billKept(usage: Usage): [field: string, reconcileUsage: string] {
  const { generationId, servedModel, provider, promptTokens, completionTokens, reasoningTokens } = usage;
  const { cachedTokens, cost, figures } = usage;
  const tokens = { promptTokens, completionTokens, reasoningTokens, cachedTokens };
  return [fieldOf(generationId), JSON.stringify({ servedModel, provider, ...tokens, cost, figures })];
}

/** A run with the bills that came after its records were written, to be shown. */
export function withBills<R extends Pick<Run, 'stages'>>(
  run: R,
  fields: Readonly<Record<string, string>>,
): R {
  const stages = Object.values(run.stages).map((record): StageRecord => {
    const calls = record.calls.map((call) => {
      const reconcileUsage = fields[fieldOf(call.generationId)];
      return reconcileUsage === undefined ? call : { ...call, ...JSON.parse(reconcileUsage) };
    });
    return { ...record, calls };
  });
  return { ...run, stages: Object.fromEntries(stages.map((record) => [record.stage, record])) };
}
