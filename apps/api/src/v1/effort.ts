import type { ModelId } from '@codegen/contract';
import type { Effort } from '@codegen/pipeline';

/** Efforts by the names that OpenAI's clients use for reasoning. */
const EFFORTS: ReadonlyMap<string, Effort> = new Map([
  ['none', 'fast'],
  ['minimal', 'fast'],
  ['low', 'fast'],
  ['medium', 'balanced'],
  ['high', 'thorough'],
  ['xhigh', 'thorough'],
  ['max', 'thorough'],
]);

const PRESETS: Readonly<Record<ModelId, Effort | null>> = {
  codegen: null,
  'codegen-fast': 'fast',
  'codegen-deep': 'thorough',
};

/** The effort that a request names, else that of its model; null for the default of the service. */
export const effortOf = (reasoningEffort: string | null, model: ModelId): Effort | null =>
  EFFORTS.get(reasoningEffort ?? '') ?? PRESETS[model];

const REASONING_EFFORTS = { fast: 'low', balanced: 'medium', thorough: 'high' } as const;

/** The effort of a run as reasoning effort. */
export const reasoningEffortOf = (effort: Effort) => REASONING_EFFORTS[effort];
