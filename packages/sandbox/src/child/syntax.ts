import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Language as Grammar, Node, Parser as ParserType } from '@vscode/tree-sitter-wasm';
import treeSitter from '@vscode/tree-sitter-wasm';
import amaro from 'amaro';
import { lockProcess } from './lock.ts';
import { readLines, send } from './pipe.ts';

/** A request: parse each text. A text is accepted if one of its grammars accepts it. `swc` is the parser of amaro. */
interface Request {
  readonly id: number;
  readonly texts: readonly { readonly grammars: readonly string[]; readonly text: string }[];
}

const DATA_MB = 512;
const LONGEST_QUOTE = 40;

const { Parser, Language } = treeSitter;
await Parser.init();
const require = createRequire(import.meta.url);
const grammars = new Map<string, Grammar>();
for (const name of (process.argv[2] ?? '').split(',')) {
  const file = require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`);
  grammars.set(name, await Language.load(readFileSync(file)));
}
const parser: ParserType = new Parser();

function isAcceptedBySwc(text: string): boolean {
  try {
    amaro.transformSync(text, { mode: 'transform' });
    return true;
  } catch {
    return false;
  }
}

/** The first error of a text in a grammar. Null if it parses. */
function errorIn(text: string, grammar: string) {
  parser.setLanguage(grammars.get(grammar)!);
  const tree = parser.parse(text);
  if (tree === null) return null;
  try {
    return tree.rootNode.hasError ? describe(firstError(tree.rootNode)) : null;
  } finally {
    tree.delete();
  }
}

function firstError(root: Node): Node {
  let node = root;
  for (;;) {
    const child = node.children.find((one) => one?.hasError || one?.isMissing);
    if (node.isError || node.isMissing || !child) return node;
    node = child;
  }
}

function describe(node: Node) {
  const line = node.startPosition.row + 1;
  if (node.isMissing) return { line, message: `"${node.type}" is missing` };
  const [quote = ''] = node.text.trim().split('\n', 1);
  return { line, message: `unexpected "${quote.slice(0, LONGEST_QUOTE)}"` };
}

// Loads the parser before the lock.
isAcceptedBySwc('const a: number = 1;');

await lockProcess(DATA_MB);
// Ends with its parent, which closes the pipe.
for (const request of readLines()) {
  const { id, texts } = JSON.parse(request) as Request;
  const errors = texts.map(({ grammars: names, text }) => {
    let first: ReturnType<typeof errorIn> = null;
    for (const name of names.filter((one) => one !== 'swc')) {
      const error = errorIn(text, name);
      if (error === null) return null;
      first ??= error;
    }
    return names.includes('swc') && isAcceptedBySwc(text) ? null : first;
  });
  send({ id, errors });
}
