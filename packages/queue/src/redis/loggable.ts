/**
 * An error as it may be logged: what it says and where. The client adds the command that failed to its errors, with a
 * password or what people asked among its arguments.
 */
export function loggable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (Object.keys(error).length === 0) return error;
  const bare = new Error(error.message);
  bare.name = error.name;
  if (error.stack !== undefined) bare.stack = error.stack;
  return bare;
}
