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
  /^<(code|python|execute|program|code_block|codeblock|script_file|file|artifact|antArtifact|boltAction|content|parameter|file_content|new_content|(?:[a-z]{2,12}-write)|create_file|write_file|pre><code)((?:\s[^<>]{0,300})?)>/i;
const PARAMETER = /^<parameter(?:=|\s+name=")([\w-]{1,30})"?>/i;
/** Elements of tool calls and artifacts around those that hold the code or name the file. */
const AROUND =
  /^<\/?(?:boltArtifact|tool_call|tool_use|function_calls?|function|invoke|write_to_file|antml:[a-z_]+|files?|response|output|result|artifacts?)(?:[\s=][^<>]{0,300})?>\s*$/i;
const PATH =
  /^<(?:path|file_?path|file_?name|parameter(?:=|\s+name=")(?:path|file_?path|file_?name|file|target_file)"?)>\s*/i;
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
  return unwrapElements(unwrapFields(text));
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
  const out: string[] = [];
  const toggle = new FenceToggle();
  const missing = new Set<string>();
  let name: string | null = null;
  let hasMarkup = false;
  let wrapped = false;
  for (let at = 0; at < text.length || at === 0; ) {
    const lineEnd = endOfLine(text, at);
    const line = text.slice(at, lineEnd);
    toggle.feed(line);
    const trimmed = line.trimStart();
    if (toggle.fence === null && !hasMarkup && /^[<[]/.test(trimmed)) {
      const path = PATH.exec(trimmed);
      if (path !== null) {
        const end = missing.has('</') ? -1 : text.indexOf('</', at);
        if (end < 0) missing.add('</');
        name = text.slice(at + line.length - trimmed.length + path[0].length, end < 0 ? lineEnd : end).trim();
        at = end < 0 ? lineEnd + 1 : endOfLine(text, end) + 1;
        continue;
      }
      const wrapper = readWrapper(trimmed);
      if (wrapper !== null) {
        const start = at + line.length - trimmed.length + wrapper.length;
        const found = missing.has(wrapper.end) ? -1 : text.indexOf(wrapper.end, start);
        if (found < 0) missing.add(wrapper.end);
        const end = found < 0 ? text.length : found;
        const content = trimBlank(text.slice(start, end));
        out.push('', block(content, wrapper.name ?? name, wrapper.language), '');
        wrapped = true;
        name = null;
        at = end + (found < 0 ? 1 : wrapper.end.length);
        continue;
      }
      const isAround = AROUND.test(trimmed) || /^<\/?[\w-]+>\s*$/.test(trimmed) === false;
      if (AROUND.test(trimmed)) {
        name = ATTRIBUTE.exec(trimmed)?.[1] ?? name;
        out.push(line);
        at = lineEnd + 1;
        continue;
      }
      hasMarkup = !wrapped && (isAround || /^<[a-z!?]/i.test(trimmed)) && trimmed.startsWith('<');
    }
    out.push(line);
    at = lineEnd + 1;
  }
  return wrapped ? out.filter((line) => !AROUND.test(line.trim())).join('\n') : text;
}

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
