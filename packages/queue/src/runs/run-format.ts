/**
 * Version of a stored run. Raise it when requests get a part that an older worker would ignore, such as files: that worker
 * then leaves such runs to newer ones.
 */
export const RUN_FORMAT = 1;

/** Format of a run that was stored without one. */
export const FIRST_FORMAT = 0;
