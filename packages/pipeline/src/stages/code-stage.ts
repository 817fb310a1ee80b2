import { extractCode } from '../code/code.ts';
import { unreadable } from '../run/failure.ts';
import type { Output } from './stage.ts';

/** How every stage that writes code is told to answer, so that `readCode` finds it. */
export const CODE_ONLY = `Answer with the complete code in one fenced block that names its language, or one block per
file with the file's name after the language if several files are needed. No explanation outside the code.`;

export function readCode(text: string): Output {
  const code = extractCode(text);
  if (code === null) throw unreadable('the answer holds no code');
  return { kind: 'code', code };
}
