import type { ModelId } from '@codegen/contract';
import type { Route } from '@codegen/pipeline';

/** The route that a model stands for; null if the request is classified. */
export const ROUTES_OF_MODELS: Readonly<Record<ModelId, Route | null>> = {
  codegen: null,
  'codegen-fast': 'simple',
  'codegen-deep': 'complex',
};

/** The model that stands for the route that a request named. */
export function modelOf(route: Route | null): ModelId {
  const found = Object.entries(ROUTES_OF_MODELS).find(([, one]) => one === route);
  return (found?.[0] as ModelId | undefined) ?? 'codegen';
}

/** When the models were published, in seconds since 1970. */
const CREATED = Date.UTC(2026, 10, 30) / 1_000;

export const modelObject = (id: ModelId) =>
  ({ id, object: 'model', created: CREATED, owned_by: 'codegen' }) as const;
