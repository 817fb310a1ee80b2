/** The result of one check. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly found: string;
  /** What to do: required if the check failed, a hint otherwise. */
  readonly advice?: string;
}

export const pass = (name: string, found: string, advice?: string): Check => ({
  name,
  ok: true,
  found,
  ...(advice !== undefined && { advice }),
});

export const fail = (name: string, found: string, advice: string): Check => ({
  name,
  ok: false,
  found,
  advice,
});

/** A line for a check, and a second one for its advice. */
export const lineOf = ({ name, ok, found, advice }: Check): string =>
  `${ok ? '✓' : '✗'} ${name}: ${found}${advice === undefined ? '' : `\n    → ${advice}`}`;
