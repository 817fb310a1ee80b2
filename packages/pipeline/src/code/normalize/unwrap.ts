import { isKnownLanguage, languageOf } from '../language.ts';
import { FenceToggle } from './fence.ts';
import { readWrittenFiles } from './written-files.ts';

/** An element that holds code, at the beginning of a line: the end that it has and what it says of the code. */
interface Wrapper {
  readonly end: string;
  readonly name: string | null;
  readonly language: string | null;
  readonly length: number;
}

const BRACKETS = /^\[([A-Z][A-Z+#]{0,20})\]/;
const ELEMENT =
  /^<(code|python|execute|program|code_block|codeblock|script_file|file|artifact|antArtifact|boltAction|content|parameter|file_content|document_content|new_content|(?:[a-z]{2,12}-write)|create_file|write_file|pre><code)((?:\s[^<>]{0,300})?)>/i;
const PARAMETER = /^<parameter(?:=|\s+name=")([\w-]{1,30})"?>/i;
/** Elements of tool calls and artifacts around those that hold the code or name the file. */
const AROUND =
  /^<\/?(?:boltArtifact|(?:[a-z]{2,12}:)?(?:tool_calls?|tool_use|function_calls?|function|invoke)|write_to_file|antml:[a-z_]+|files?|documents?|response|output|result|artifacts?)(?:[\s=][^<>]{0,300})?>\s*$/i;
const PATH =
  /^<(?:path|source|file_?path|file_?name|parameter(?:=|\s+name=")(?:path|file_?path|file_?name|file|target_file)"?)>\s*/i;
const ATTRIBUTE =
  /\b(?:filePath|file_path|path|name|filename|title|identifier)\s{0,4}=\s{0,4}["']([^"'<>]{1,200})["']/i;
const CODE_PARAMETER = /^(?:content|contents|code|source|text|file_text|new_str|code_edit|program|script)$/i;
/** `[[ ## code ## ]]`: a field of a DSPy answer. */
const FIELD = /^\[\[ ## (\w{1,40}) ## \]\]\s*$/;
const NO_RESULT = /^(?:reasoning|rationale|thoughts?|completed|explanation)$/i;

/**
 * Puts code that stands in another wrapper into fenced blocks: `[PYTHON]`, `<code>`, the file actions of agents, tool
 * calls, DSPy's fields, and a JSON object with one field of code. Wrappers in fenced blocks are content, and so are
 * elements after other markup: that is HTML or XML.
 */
export function unwrapCode(text: string): string {
  const files = readWrittenFiles(text);
  if (files !== null)
    return files.map(({ name, language, content }) => block(content, name, language)).join('\n\n');
  return unwrapElements(unwrapFields(namedArguments(text)));
}

/** `<arg_key>path</arg_key><arg_value>a.py</arg_value>` as `<parameter name="path">a.py</parameter>`. */
function namedArguments(text: string): string {
  if (!text.includes('<arg_key>')) return text;
  return text
    .replace(/<arg_key>([\w-]{1,40})<\/arg_key>\s{0,4}<arg_value>/g, '<parameter name="$1">')
    .replaceAll('</arg_value>', '</parameter>')
    .replace(/<tool_call>(?=\w)/g, '<tool_call>\n');
}

function unwrapFields(text: string): string {
  if (!text.includes('[[ ## ')) return text;
  const fields: { name: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const name = FIELD.exec(line.trim())?.[1];
    if (name !== undefined) fields.push({ name, lines: [] });
    else fields.at(-1)?.lines.push(line);
  }
  const results = fields.filter(
    ({ name, lines }) => !NO_RESULT.test(name) && lines.some((line) => line.trim() !== ''),
  );
  const result = results.find(({ name }) => /code|program|implementation/i.test(name)) ?? results.at(-1);
  if (result === undefined) return text;
  const content = trimBlank(result.lines.join('\n'));
  return /code|program|implementation/i.test(result.name) ? block(content, null, null) : content;
}

function unwrapElements(text: string): string {
  if (!/^[ \t]*(?:<[a-z]|\[[A-Z])/im.test(text)) return text;
  return new Elements(text).unwrap();
}

/** Reads the elements that begin lines outside of fenced blocks, and writes their code as blocks. */
class Elements {
  readonly #text: string;
  readonly #out: string[] = [];
  /** Ends that do not occur after the current line. Without them hostile input takes quadratic time. */
  readonly #missing = new Set<string>();
  /** The name of the file that the next code belongs to. */
  #name: string | null = null;
  #hasMarkup = false;
  #wrapped = false;

  constructor(text: string) {
    this.#text = text;
  }

  unwrap(): string {
    const toggle = new FenceToggle();
    for (let at = 0; at < this.#text.length; ) {
      const lineEnd = endOfLine(this.#text, at);
      const line = this.#text.slice(at, lineEnd);
      toggle.feed(line);
      const next = toggle.fence === null && !this.#hasMarkup ? this.#element(line, at) : null;
      if (next === null) this.#out.push(line);
      at = next ?? lineEnd + 1;
    }
    if (!this.#wrapped) return this.#text;
    return this.#out.filter((line) => !AROUND.test(line.trim())).join('\n');
  }

  /** @returns the index after the element that begins a line, or null if the line is kept */
  #element(line: string, at: number): number | null {
    const trimmed = line.trimStart();
    if (!/^[<[]/.test(trimmed)) return null;
    const start = at + line.length - trimmed.length;
    const path = PATH.exec(trimmed);
    if (path !== null) return this.#readName(start + path[0].length, at);
    const wrapper = readWrapper(trimmed);
    if (wrapper !== null) return this.#readCode(wrapper, start + wrapper.length);
    if (AROUND.test(trimmed)) this.#name = ATTRIBUTE.exec(trimmed)?.[1] ?? this.#name;
    else this.#hasMarkup = !this.#wrapped && isMarkup(trimmed);
    return null;
  }

  #readName(start: number, lineStart: number): number {
    const end = this.#find('</', lineStart);
    const nameEnd = end < 0 ? endOfLine(this.#text, lineStart) : end;
    this.#name = this.#text.slice(start, nameEnd).trim();
    return endOfLine(this.#text, nameEnd) + 1;
  }

  #readCode(wrapper: Wrapper, start: number): number {
    const found = this.#find(wrapper.end, start);
    const end = found < 0 ? this.#text.length : found;
    const content = trimBlank(withoutCdata(this.#text.slice(start, end)));
    this.#out.push('', block(content, wrapper.name ?? this.#name, wrapper.language), '');
    this.#wrapped = true;
    this.#name = null;
    return end + (found < 0 ? 1 : wrapper.end.length);
  }

  #find(end: string, from: number): number {
    const found = this.#missing.has(end) ? -1 : this.#text.indexOf(end, from);
    if (found < 0) this.#missing.add(end);
    return found;
  }
}

const withoutCdata = (content: string) =>
  /^\s*<!\[CDATA\[\n?([\s\S]*?)\n?\]\]>\s*$/.exec(content)?.[1] ?? content;

/** Whether a line that begins with `<` or `[` is HTML or XML. A closing tag alone on its line is not. */
const isMarkup = (line: string) =>
  line.startsWith('<') && (/^<[a-z!?]/i.test(line) || !/^<\/?[\w-]+>\s*$/.test(line));

function readWrapper(line: string): Wrapper | null {
  const label = BRACKETS.exec(line);
  if (label !== null) {
    const word = label[1]!;
    if (word !== 'CODE' && !isKnownLanguage(word)) return null;
    return {
      end: `[/${word}]`,
      name: null,
      language: languageOf(word === 'CODE' ? '' : word),
      length: label[0].length,
    };
  }
  const parameter = PARAMETER.exec(line);
  if (parameter !== null) {
    if (!CODE_PARAMETER.test(parameter[1]!)) return null;
    return { end: '</parameter>', name: null, language: null, length: parameter[0].length };
  }
  const element = ELEMENT.exec(line);
  if (element === null) return null;
  const [tag, word = '', attributes = ''] = element;
  if (/^(?:file|parameter)$/i.test(word) && attributes === '') return null;
  if (/^boltAction$/i.test(word) && !/type\s*=\s*["']file["']/i.test(attributes)) return null;
  const language = /\b(?:language|lang)\s*=\s*["']([^"']+)["']|language-([\w+#-]+)/.exec(tag);
  return {
    end: word.toLowerCase() === 'pre><code' ? '</code></pre>' : `</${word}>`,
    name: ATTRIBUTE.exec(attributes)?.[1] ?? null,
    language: language?.[1] ?? language?.[2] ?? (isKnownLanguage(word) ? word : null),
    length: tag.length,
  };
}

/** A fenced block. Content that has fences of its own is only headed by its name. */
function block(content: string, name: string | null, language: string | null): string {
  if (/^[ \t]*(?:```|~~~)/m.test(content)) return name === null ? content : `\`${name}\`:\n\n${content}`;
  return `\`\`\`${language ?? ''}${name === null ? '' : ` title="${name}"`}\n${content}\n\`\`\``;
}

const endOfLine = (text: string, from: number) => {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
};

const trimBlank = (text: string) => text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
