import { isFileName } from '../file-name.ts';
import { parseJson } from '../json.ts';

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
/** Names of fields that hold code if the object names its file or language, or has no other field. */
const TEXT = [
  'content',
  'file_text',
  'new_content',
  'text',
  'answer',
  'response',
  'output',
  'result',
  'completion',
];
const NAME = ['path', 'file_path', 'filePath', 'filename', 'file_name', 'fileName', 'file', 'name', 'title'];
const LANGUAGE = ['language', 'lang'];
const ARGUMENTS = ['arguments', 'parameters', 'input', 'args', 'function', 'tool_input', 'action_input'];
const WORDS =
  /^(?:explanation|description|notes?|reason(?:ing)?|thoughts?|summary|comment|usage|id|type|tool|action|tool_name)$/i;

type Fields = Record<string, unknown>;

/**
 * The files in an answer that is one JSON object, in a fence, in `<tool_call>` tags or alone. Null if it is not, or if
 * the object has other fields: then it is code itself.
 */
export function readWrittenFiles(text: string): WrittenFile[] | null {
  const json =
    /^(?:<tool_call>\s*)?(?:```(?:json)?\n)?\s*([[{][\s\S]*[\]}])\s*(?:\n```)?\s*(?:<\/tool_call>)?$/.exec(
      text.trim(),
    )?.[1];
  const value = json === undefined ? null : parseJson(json);
  return value === null ? null : filesOf(value, 0);
}

function filesOf(value: unknown, depth: number): WrittenFile[] | null {
  if (depth > 3 || typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    const files = value.map((one) => filesOf(one, depth + 1));
    return files.length > 0 && files.every((one) => one !== null) ? files.flat() : null;
  }
  const fields = value as Fields;
  const keys = Object.keys(fields);
  if (
    keys.length > 0 &&
    keys.every((key) => /[./]/.test(key) && isFileName(key) && typeof fields[key] === 'string')
  ) {
    return keys.map((name) => ({ name, language: null, content: fields[name] as string }));
  }
  const nested = [...ARGUMENTS, 'files'].find((key) => Object.hasOwn(fields, key));
  if (nested !== undefined) {
    const inner = fields[nested];
    return filesOf(typeof inner === 'string' ? parseJson(inner) : inner, depth + 1);
  }
  return fileOf(fields);
}

function fileOf(fields: Fields): WrittenFile[] | null {
  const text = (names: readonly string[]) => {
    const found = names.filter((name) => typeof fields[name] === 'string');
    return found.length === 1 ? (fields[found[0]!] as string) : null;
  };
  const name = text(NAME);
  const language = text(LANGUAGE);
  const strict = text(CODE);
  const content = strict ?? text(TEXT);
  if (content === null || content.trim() === '') return null;
  const known = [...NAME, ...LANGUAGE, ...CODE, ...TEXT];
  const keys = Object.keys(fields);
  if (!keys.every((key) => known.includes(key) || WORDS.test(key))) return null;
  if (strict === null && name === null && language === null && keys.length > 1) return null;
  return [{ name: name !== null && isFileName(name) ? name : null, language, content }];
}
