import type { ModelId } from '@codegen/contract';
import type { Effort, Route } from '@codegen/pipeline';

/** The route that a model stands for; null if the request is classified. @param hasCode whether there is code to edit */
export function routeOf(model: ModelId, hasCode: boolean): Route | null {
  if (model === 'codegen-fast') return hasCode ? 'edit' : 'simple';
  return model === 'codegen-deep' ? 'complex' : null;
}

const MODELS: Readonly<Partial<Record<Route, ModelId>>> = {
  simple: 'codegen-fast',
  edit: 'codegen-fast',
  complex: 'codegen-deep',
};

/** The model that stands for the route that a request named. */
export const modelOf = (route: Route | null): ModelId => MODELS[route ?? 'text'] ?? 'codegen';

/** When the models were published, in seconds since 1970. */
const CREATED = Date.UTC(2026, 10, 30) / 1_000;

export const modelObject = (id: ModelId) =>
  ({ id, object: 'model', created: CREATED, owned_by: 'codegen' }) as const;

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
