import type { StageRuntime } from '@codegen/pipeline';
import type { Rates } from './rates.ts';

/** The models that an evaluation calls. */
export interface Models
  extends AsyncDisposable,
    Pick<StageRuntime, 'callModel' | 'models' | 'reconcileUsage'> {
  /** The rates of the simulated models. Null for real ones. */
  readonly rates: Rates | null;
}
