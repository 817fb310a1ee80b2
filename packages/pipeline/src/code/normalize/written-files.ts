import { isFileName } from '../file-name.ts';
import { endOfObject, parseJson } from '../json.ts';
import { isKnownLanguage } from '../language.ts';
import { classifyLine } from '../line-classification.ts';
import { readPlainCode } from '../plain-code.ts';

/** A file in the arguments of a tool call, or in another JSON object that stands for code. */
interface WrittenFile {
  readonly name: string | null;
  readonly language: string | null;
  readonly content: string;
}

const CODE = [
  'code',
  'source_code',
  'sourceCode',
  'program',
  'implementation',
  'solution',
  'source',
  'script',
];
/** Names of fields that hold code if the object names its file or language, or has no other field but words. */
const TEXT = [
  'content',
  'file_text',
  'new_content',
  'text',
  'answer',
  'final_answer',
  'response',
  'output',
  'result',
  'completion',
];
const NAME = ['path', 'file_path', 'filePath', 'filename', 'file_name', 'fileName', 'file', 'name', 'title'];
const LANGUAGE = ['language', 'lang'];
const ARGUMENTS = [
  'tool_calls',
  'arguments',
  'parameters',
  'input',
  'args',
  'function',
  'tool_input',
  'action_input',
  'files',
];
const WORDS =
  /^(?:explanation|description|notes?|reason(?:ing)?|thoughts?|summary|comment|usage|id|type|tool|action|tool_name|status)$/i;
/** The beginning of an object that holds code. */
const CODE_FIRST =
  /^\{\s*["'](?:code|source_code|program|implementation|solution|files|path|file_path|filename)["']\s*:\s*["'[{]/;

type Fields = Record<string, unknown>;

/**
 * The files in an answer whose code is JSON: one object in a fence, in the tags of a tool call or alone, or several that
 * name their files. Null if it has other code, or if the objects have other fields: then they are code themselves.
 * Empty if the object that holds the code is cut off.
 */
export function readWrittenFiles(text: string): WrittenFile[] | null {
  const body = withoutFence(withoutTags(text).trim());
  if (/^[[{]/.test(body)) {
    const value = /[\]}]$/.test(body) ? parseJson(body) : null;
    if (value !== null) return filesOf(value, 0);
    if (CODE_FIRST.test(body) && !/\n(?:```|\{)/.test(body)) return [];
  }
  return calledFiles(body);
}

const withoutFence = (text: string) =>
  (text.endsWith('\n```') ? text.slice(0, -4) : text).replace(/^```(?:json)?\n/, '').trim();

const TAGS =
  /<\/?(?:tool_calls?|tool_use|function|function_calls?|invoke)(?:[=\s][^<>\n]{0,100})?>|^\[TOOL_CALLS\]/gm;

const withoutTags = (text: string) => (/[<[]/.test(text) ? text.replace(TAGS, '\n') : text);

/** More objects are data. */
const MOST_CALLS = 50;

/** The files of JSON objects between prose. Each has to name its file or its language. */
function calledFiles(text: string): WrittenFile[] | null {
  if (!/\{\s*"\w+"\s*:/.test(text)) return null;
  const files: WrittenFile[] = [];
  let rest = '';
  let at = 0;
  for (let from = text.indexOf('{'); from >= 0; from = text.indexOf('{', at)) {
    const end = endOfObject(text, from);
    const found = end === null ? null : filesOf(parseJson(text.slice(from, end)), 0);
    if (end === null || found === null || files.length > MOST_CALLS) return null;
    if (found.some(({ name, language }) => name === null && language === null)) return null;
    files.push(...found);
    rest += text.slice(at, from);
    at = end;
  }
  rest += text.slice(at);
  const isProse = rest
    .split('\n')
    .every((line) => /^\s*```(?:json)?\s*$/.test(line) || !['code', 'hint'].includes(classifyLine(line)));
  return files.length > 0 && isProse ? files : null;
}

function filesOf(value: unknown, depth: number): WrittenFile[] | null {
  if (depth > 4 || typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    const files = value.map((one) => filesOf(one, depth + 1));
    return files.length > 0 && files.every((one) => one !== null) ? files.flat() : null;
  }
  const fields = value as Fields;
  const byKey = filesByKey(fields);
  if (byKey !== null) return byKey;
  const nested = ARGUMENTS.find((key) => Object.hasOwn(fields, key));
  if (nested !== undefined) {
    const inner = fields[nested];
    return filesOf(typeof inner === 'string' ? parseJson(inner) : inner, depth + 1);
  }
  const [only, ...others] = Object.keys(fields).filter((key) => !WORDS.test(key));
  if (
    only !== undefined &&
    others.length === 0 &&
    [...CODE, ...TEXT].includes(only) &&
    isObject(fields[only])
  ) {
    return filesOf(fields[only], depth + 1);
  }
  return fileOf(fields);
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{"a.py": "…", "b.py": "…"}` and `{"html": "…", "css": "…"}`. */
function filesByKey(fields: Fields): WrittenFile[] | null {
  const entries = Object.entries(fields);
  if (entries.length === 0 || !entries.every(([, content]) => typeof content === 'string')) return null;
  if (entries.every(([key]) => /[./]/.test(key) && isFileName(key))) {
    return entries.map(([name, content]) => ({ name, language: null, content: content as string }));
  }
  const isCode = ([key, content]: [string, unknown]) =>
    key.length > 1 && isKnownLanguage(key) && looksLikeCode(content as string);
  return entries.every(isCode)
    ? entries.map(([language, content]) => ({ name: null, language, content: content as string }))
    : null;
}

function fileOf(fields: Fields): WrittenFile[] | null {
  const text = (names: readonly string[]) => {
    const [only, ...others] = names.flatMap((key) => textOf(fields[key]) ?? []);
    return others.length === 0 ? (only ?? null) : null;
  };
  const name = text(NAME);
  const language = text(LANGUAGE);
  const strict = text(CODE);
  const content = strict ?? text(TEXT);
  if (content === null || content.trim() === '') return null;
  const named = name !== null && isFileName(name) ? name : null;
  const known = [...NAME, ...LANGUAGE, ...CODE, ...TEXT];
  const isOther = (key: string) => !known.includes(key) && !WORDS.test(key);
  // Data may have a field named `code` or `text`.
  if (named === null && !looksLikeCode(content)) return null;
  if (Object.keys(fields).some((key) => isOther(key) && (strict === null || isObject(fields[key]))))
    return null;
  if (strict === null && named === null && language === null && name !== null) return null;
  return [{ name: named, language, content }];
}

/** A text, or its lines. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isLines = Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string');
  return isLines ? value.join('\n') : null;
}

const looksLikeCode = (text: string) => /```/.test(text) || readPlainCode(text) !== null;
