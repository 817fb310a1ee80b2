import { repairMarkdown } from './answer-lines.ts';
import { FenceToggle } from './fence.ts';
import { stripReasoning } from './reasoning.ts';

/**
 * An answer without everything that is no part of it: reasoning, special tokens, invented turns, and the text around
 * `<answer>` tags. CRLF becomes LF. The result is CommonMark: see `repairMarkdown`. Empty for an answer with more than
 * 25,000 lines: the time to read an answer depends on them.
 */
export function normalizeAnswer(answer: string): string {
  const text = plainLines(answer);
  if (hasTooManyLines(text)) return '';
  return answerOf(repairMarkdown(stripReasoning(ownMessage(unquoted(text)))));
}

/** More lines than any model writes on purpose: a model that repeats itself, or a hostile server. */
const MAX_LINES = 25_000;

function hasTooManyLines(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (++count >= MAX_LINES) return true;
  }
  return false;
}

const INVISIBLE = /[\u200B-\u200F\u2060\uFEFF]/g;
/** White space and invisible characters before a fence. Backticks of full width are a fence too. */
const BEFORE_FENCE = /^[ \t\u00A0\u200B-\u200F\u2060\uFEFF]*(?:`{3}|~{3}|｀{3,})/gm;

/** LF line ends, no byte order marks, and fences after nothing but spaces and tabs. */
function plainLines(answer: string): string {
  const lines = answer.includes('\n') ? answer.replaceAll('\r\n', '\n') : answer.replaceAll('\r', '\n');
  return lines
    .replace(/^\uFEFF/gm, '')
    .replace(BEFORE_FENCE, (start) =>
      start.replace(INVISIBLE, '').replaceAll('\u00A0', ' ').replaceAll('｀', '`'),
    );
}

/** An answer that is one JSON string. */
function unquoted(text: string): string {
  if (!/^\s*"/.test(text) || !/\\n|\\"/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

/** In the harmony format, the text up to the end of the model's message. */
function ownMessage(text: string): string {
  if (!text.includes('<|channel|>')) return text;
  const end = /(?<!["'`])(?:<\|return\|>|<\|start\|>(?:user|system|developer)\b)/.exec(text)?.index ?? -1;
  return end > 0 ? text.slice(0, end) : text;
}

const ANSWER = /^[ \t]*<(answer|final_answer|solution|final)>/i;

/** Tags around a whole answer. With markup in it, they are a part of it. */
const RESULT = /^<(response|output|result|reply)>\n?([\s\S]*?)\n?<\/\1>$/i;

/** The text between the last `<answer>` tags outside of blocks. Without such tags, the whole text. */
function answerOf(text: string): string {
  const [, , whole = ''] = RESULT.exec(text.trim()) ?? [];
  if (whole !== '' && !/^[ \t]*</m.test(whole)) return whole;
  if (!/<\/?(?:answer|final_answer|solution|final)>/i.test(text)) return text;
  const answers = taggedAnswers(text)
    .map((one) => one.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd())
    .filter(Boolean);
  return answers.length > 0 ? [...new Set(answers)].join('\n\n') : text;
}

/** The texts between `<answer>` tags outside of blocks. An unclosed tag's text extends to the end. */
function taggedAnswers(text: string): string[] {
  const answers: string[][] = [];
  const toggle = new FenceToggle();
  let closing: string | null = null;
  for (const line of text.split('\n')) {
    const inBlock = toggle.fence !== null;
    toggle.feed(line);
    let rest = line;
    if (closing === null) {
      const tag = inBlock ? null : ANSWER.exec(line);
      if (tag === null) continue;
      closing = `</${tag[1]!.toLowerCase()}>`;
      answers.push([]);
      rest = line.slice(tag[0].length);
      toggle.feed(rest);
    }
    const end = toggle.fence === null ? rest.toLowerCase().indexOf(closing) : -1;
    answers.at(-1)!.push(end < 0 ? rest : rest.slice(0, end));
    if (end >= 0) closing = null;
  }
  return answers.map((lines) => lines.join('\n'));
}
