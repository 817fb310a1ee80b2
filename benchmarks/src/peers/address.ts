import type { Program } from '../machine/program.ts';

/** The address that a server says it listens on. */
export async function urlOf(program: Program): Promise<string> {
  const [, url = ''] = await program.said(/"url":"(http:[^"]+)"/);
  return url;
}
