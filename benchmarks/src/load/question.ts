let asked = 0;

/** The path of a request that asks something of its own, so that it cannot join another. */
export const generatePath = (query: string): string =>
  `/generate?query=${encodeURIComponent(`${query} ${++asked}`)}`;
