import { signal } from '@preact/signals';

/** A piece of a line: the kind is a CSS class, '' for plain text. */
export type Token = readonly [kind: string, text: string];

/** Few things are marked: definitions, keywords, strings, numbers, comments. */
const KINDS: Readonly<Record<string, string>> = {
  'hljs-title': 'tk-d',
  'hljs-section': 'tk-d',
  'hljs-keyword': 'tk-k',
  'hljs-meta': 'tk-k',
  'hljs-name': 'tk-k',
  'hljs-string': 'tk-s',
  'hljs-regexp': 'tk-s',
  'hljs-symbol': 'tk-s',
  'hljs-number': 'tk-n',
  'hljs-literal': 'tk-n',
  'hljs-comment': 'tk-c',
};

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
}

type Highlight = (code: string, language: string) => Node | null;

/** Null until the highlighter has been loaded. */
const highlighter = signal<Highlight | null>(null);
let isLoading = false;

/** Loads the highlighter after the page: the code is readable without it. */
async function load() {
  isLoading = true;
  const { common, createLowlight } = await import('lowlight');
  const lowlight = createLowlight(common);
  highlighter.value = (code, language) =>
    lowlight.registered(language) ? (lowlight.highlight(language, code) as Node) : null;
}

/** Longer code stays plain, so that the page stays fast. */
const MAX_CHARS = 120_000;

/** The lines of code as tokens. Reads a signal: call it while rendering. */
export function tokenLines(code: string, language: string | null): Token[][] {
  const text = code.replace(/\n$/, '');
  if (language === null || text.length > MAX_CHARS) return plainLines(text);
  if (!isLoading) void load().catch(() => {});
  const tree = highlighter.value?.(text, language.toLowerCase());
  if (!tree) return plainLines(text);
  const lines: Token[][] = [[]];
  collect(tree, '', lines);
  return lines;
}

export const plainLines = (text: string): Token[][] => text.split('\n').map((line) => [['', line]]);

function collect(node: Node, kind: string, lines: Token[][]) {
  if (node.type === 'text') {
    for (const [index, part] of (node.value ?? '').split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push([kind, part]);
    }
    return;
  }
  const classes = Array.isArray(node.properties?.className) ? node.properties.className : [];
  const own = classes.map((name) => KINDS[String(name)]).find((one) => one !== undefined) ?? kind;
  for (const child of node.children ?? []) collect(child, own, lines);
}
