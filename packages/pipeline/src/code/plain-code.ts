import { classifyLine, type LineKind } from './line-classification.ts';
import { openSpan } from './string-span.ts';

/** The beginnings of error messages. */
const ERROR: readonly RegExp[] = [
  /^\W{0,3}(?:[\w-]+\.)*\w*(?:error|exception)(?:\s+code)?\s*(?::\s|:$|\d)/i,
  /^Traceback \(most recent call last\)/,
  /^(?:HTTP\/?[\d. ]*)?[45]\d\d\b/,
];

/** Those, and the beginnings of error pages from proxies. */
const FAILURE: readonly RegExp[] = [
  ...ERROR,
  /^\{\s*"(?:errors?|detail|fault)"\s*:/,
  /^\{\s*"(?:message|status|title|code)"\s*:\s*(?:"[^"]{0,80}\b(?:error|unavailable|overloaded|denied|forbidden|unauthorized)\b|[45]\d\d\b(?=[\s\S]{0,200}\b(?:error|unavailable|overloaded|denied|forbidden|unauthorized)\b))/i,
  /^(?:\{\s*\}|\[\s*\])$/,
  /^(?:<\?xml[^<>]{0,200}>\s*)?<error>/i,
  /^<(?:!doctype|html|head)\b[\s\S]{0,2000}?<(?:title|h1)>[^<]{0,80}?(?:\b[45]\d\d\b|error|bad gateway|unavailable|denied|forbidden|not found|just a moment|attention required)/i,
];

/** The beginnings of a refusal to answer. */
const REFUSAL =
  /^\W{0,5}(?:I(?:['’]m| am) (?:very |really |so |truly )?(?:sorry|unable)|Sorry,? (?:but )?I\b|My apologies,|I (?:sincerely )?apologi[sz]e|Unfortunately,? I\b|I (?:can(?:['’]?t|not| not)|won['’]?t|will not|am not able|must decline|have to decline)\b|As an AI\b|抱歉|很抱歉|对不起|對不起|申し訳|すみません|죄송|미안|Es tut mir (?:sehr )?leid|Tut mir leid|Leider kann ich|Entschuldigung|(?:Je suis )?[Dd]ésolé|Lo siento|Lamento|Desculpe|Sinto muito|Mi dispiace|Извините|Простите|К сожалению|عذر|آسف|أعتذر|للأسف|क्षमा|माफ़|Przepraszam|Üzgünüm)/iu;
/** Length of the longest text that only refuses or reports an error, in characters. */
const LONGEST_REFUSAL = 1_000;

const beginsWith = (patterns: readonly RegExp[], text: string) =>
  text.length <= LONGEST_REFUSAL &&
  patterns.some((pattern) => pattern.test(text.trim())) &&
  !/[?？؟]/.test(text);

/** Whether a text only refuses to answer. A question back is no refusal. */
export const isRefusal = (text: string): boolean => beginsWith([REFUSAL], text);

/** How other stages answer. A cache or a model that mixes up requests returns such an answer in place of code. */
const DECISION =
  /^\{\s*"(?:route"\s*:\s*"(?:simple|complex|ambiguous|edit)"\s*\}$|choice"\s*:\s*"[AB]"\s*,\s*"reason"\s*:|specification"\s*:\s*\{\s*"goal"\s*:)/;

/** Whether a text is the answer of a stage that decides. */
export const isDecision = (text: string): boolean => DECISION.test(text.trim());

/** Whether a text is an error message. */
export const isErrorMessage = (text: string): boolean => beginsWith(ERROR, text);

/**
 * The code in a text without fences (plain code). Null if the text does not look like code. The rules, in order:
 *
 * 1. A text that begins like an error message, a traceback or an error page is not code. A single code span stands for
 *    its content. A JSON object or array is code.
 * 2. Without the prose at its beginning and end, YAML is code: at least two lines; every line that is not indented is a
 *    key, a list item or a comment; most keys are in lower case; few lines are sentences.
 * 3. Otherwise `classifyLine` classifies each line; the lines of a multi-line comment or string are neutral. The code
 *    extends from the first to the last line of code, with the neutral lines around it. At most a quarter of its lines
 *    may be prose, and the prose around it may not be much longer than the code.
 * 4. Without a line of code, hints are enough if there is no prose at all.
 */
export function readPlainCode(text: string): string | null {
  const trimmed = text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
  const start = trimmed.trimStart();
  if (start === '' || isDecision(start) || FAILURE.some((pattern) => pattern.test(start))) return null;
  const span = /^(`{1,3})([^`\n]+)\1$/.exec(start)?.[2]?.trim();
  if (span) return readPlainCode(span);
  if (isJson(start)) return trimmed;

  const lines = trimmed.split('\n');
  const kinds = classifyLines(lines);
  return readYaml(lines, kinds) ?? readLines(lines, kinds);
}

type Kind = LineKind | 'blank';

function classifyLines(lines: readonly string[]): Kind[] {
  let terminator: string | null = null;
  return lines.map((line) => {
    if (line.trim() === '') return 'blank';
    const inside = terminator !== null;
    terminator = spanAfter(line, terminator);
    if (inside) return 'neutral';
    const kind = classifyLine(line);
    return kind === 'prose' && terminator !== null ? 'neutral' : kind;
  });
}

/** The terminator of a comment or string that is open at the end of a line of unknown language, or null. */
function spanAfter(line: string, terminator: string | null): string | null {
  if (terminator !== null) {
    return line.includes(terminator.trim()) ? null : terminator;
  }
  const perl = /^=(?:pod|head\d|begin|item|over|encoding)\b/.exec(line)?.[0];
  if (perl) return perl === '=begin' ? '=end' : '=cut';
  if (/[=(,:+]\s*[\w.]{0,40}`[^`]*$/.test(line.slice(-300))) return '`';
  return openSpan(line, null, null);
}

function readLines(lines: readonly string[], kinds: readonly Kind[]): string | null {
  const count = (kind: Kind, from = 0, to = kinds.length) =>
    kinds.slice(from, to).filter((each) => each === kind).length;
  const prose = count('prose');
  if (!kinds.includes('code')) return prose === 0 && kinds.includes('hint') ? lines.join('\n') : null;

  let from = kinds.indexOf('code');
  let to = kinds.lastIndexOf('code') + 1;
  while (from > 0 && kinds[from - 1] !== 'prose') from--;
  while (to < kinds.length && kinds[to] !== 'prose') to++;
  const within = count('prose', from, to);
  const code = count('code', from, to) + count('hint', from, to);
  if (within * 3 > code || prose - within > code + 4) return null;
  return trimBlank(lines.slice(from, to));
}

const KEY = /^(?:- )?["']?[\w$@./*][\w$@./*-]*["']?:(?:\s|$)/;

function readYaml(lines: readonly string[], kinds: readonly Kind[]): string | null {
  const isEdge = (kind: Kind) => kind === 'prose' || kind === 'blank';
  const from = kinds.findIndex((kind) => !isEdge(kind));
  const to = kinds.findLastIndex((kind) => !isEdge(kind)) + 1;
  const body = lines.slice(Math.max(from, 0), to);
  const outer = body.filter((line) => /^\S/.test(line) && !/^(?:#|---)/.test(line));
  const keys = outer.filter((line) => KEY.test(line));
  const items = outer.filter((line) => line.startsWith('- ') && !KEY.test(line));
  const lower = keys.filter((line) => /^(?:- )?["']?[a-z_$@./*\d]/.test(line));
  const sentences = outer.filter((line) => /^[^:]*:(?:\s+["']?[\p{L}'’,-]+){4,}/u.test(line));
  const isYaml =
    body.filter((line) => line.trim() !== '').length >= 2 &&
    keys.length > 0 &&
    keys.length + items.length === outer.length &&
    lower.length * 2 >= keys.length &&
    sentences.length * 2 <= outer.length;
  return isYaml ? trimBlank(body) : null;
}

function trimBlank(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd();
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
