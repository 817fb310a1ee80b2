import { readdirSync, readFileSync } from 'node:fs';

/** A call of the function that the programs of a topic define, with what it returns or that it raises an error. */
interface CannedCall {
  readonly function: string;
  readonly args: readonly unknown[];
  readonly returns?: unknown;
  readonly raises?: true;
}

/** The text of stdin, with what the programs of a topic print. */
interface CannedInput {
  readonly stdin: string;
  readonly prints: string;
}

export interface Topic {
  readonly title: string;
  /** Matches requests for the topic; undefined on the page for unknown requests. */
  readonly pattern: RegExp | undefined;
  /** Expected output of each program, if it is deterministic. */
  readonly prints: string | undefined;
  /** Code by language tag, the preferred language first. */
  readonly direct: ReadonlyMap<string, string>;
  /** The more careful variants by language tag. */
  readonly interpreted: ReadonlyMap<string, string>;
  /** Test cases. Some are passed by one variant only, and some by none, as with cases that a model writes. */
  readonly cases: readonly (CannedCall | CannedInput)[];
}

/**
 * Reads a page of the answer book: a title, the pattern after `Asked for as:`, then one fenced block per language.
 * A `text` block is the expected output, a `json` block has one test case per line, and `interpreted` after the tag marks
 * the more careful variant.
 */
export function readTopic(page: string): Topic {
  const title = /^# (.+)$/m.exec(page)?.[1];
  if (!title) throw new Error(`a page of the answer book lacks its title: ${page.slice(0, 60)}`);
  const pattern = /^Asked for as: `\/(.+)\/`$/m.exec(page)?.[1];
  const direct = new Map<string, string>();
  const interpreted = new Map<string, string>();
  let prints: string | undefined;
  let cases: Topic['cases'] = [];
  for (const [, tag = '', careful, code = ''] of page.matchAll(
    /^```(\w+)( interpreted)?\n([\s\S]*?)\n```$/gm,
  )) {
    if (tag === 'text') prints = code;
    else if (tag === 'json') cases = code.split('\n').map((line) => JSON.parse(line));
    else (careful ? interpreted : direct).set(tag, code);
  }
  return {
    title,
    pattern: pattern ? new RegExp(pattern, 'i') : undefined,
    prints,
    direct,
    interpreted,
    cases,
  };
}

const unknownPage = 'unknown-request.md';

/** The canned answers: one Markdown page per topic. */
export class AnswerBook {
  readonly topics: readonly Topic[];
  /** Code in every language for requests that match no topic. */
  readonly unknown: Topic;

  constructor(topics: readonly Topic[], unknown: Topic) {
    this.topics = topics;
    this.unknown = unknown;
  }

  static read(folder: URL = new URL('../../answers/', import.meta.url)): AnswerBook {
    const page = (name: string) => readTopic(readFileSync(new URL(name, folder), 'utf8'));
    const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== unknownPage);
    return new AnswerBook(names.sort().map(page), page(unknownPage));
  }

  /** The topic mentioned first in the text. */
  find(text: string): Topic | undefined {
    let first: Topic | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const topic of this.topics) {
      const place = topic.pattern ? text.search(topic.pattern) : -1;
      if (place >= 0 && place < at) [first, at] = [topic, place];
    }
    return first;
  }
}
