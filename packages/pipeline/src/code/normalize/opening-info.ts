import { isKnownLanguage } from '../language.ts';
import { classifyLine } from '../line-classification.ts';
import type { Fence } from './fence.ts';

/** A language and the first line of code without a space between them. */
const GLUED = /^(python|javascript|typescript|bash|sql|html|ruby|rust|php|java|go)(\S.*)$/;

/** Separates the code that begins on the line of an opening fence from the language. */
export function splitInfo({ info, kind }: Fence): { info: string; code: string | null } {
  if (kind !== 'text' || /^[\w+#-]+$/.test(info)) return { info, code: null };
  const [, language = '', rest = ''] = /^([\w+#-]+)\s+(.+)$/.exec(info) ?? [];
  if (isKnownLanguage(language) && (isCode(rest) || !isCode(info))) {
    return { info: language, code: isCode(rest) ? rest : null };
  }
  const [, glued = '', first = ''] = GLUED.exec(info) ?? [];
  if (glued !== '' && !isCode(info) && isCode(first)) return { info: glued, code: first };
  return isCode(info) ? { info: '', code: info } : { info: '', code: null };
}

const isCode = (text: string) => ['code', 'hint'].includes(classifyLine(text));
