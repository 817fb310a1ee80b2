import { type Shown, jobResource as show } from '@codegen/job';
import type { StoredRun } from '@codegen/queue';
import type { JobResource } from './resources/job.ts';

/** A job as it is shown, which must be as it is described: the type checker compares. */
export const jobResource: (shown: Shown, run: StoredRun) => JobResource = show;
