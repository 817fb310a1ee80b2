export interface Topic {
  readonly title: string;
  /** Finds the topic in a request; the page for unknown requests has none. */
  readonly pattern: RegExp | undefined;
  /** What each of its programs prints, where that can be said. */
  readonly prints: string | undefined;
  /** Code by language tag, the preferred language first. */
  readonly direct: ReadonlyMap<string, string>;
  /** The more careful variant, where there is one. */
  readonly interpreted: ReadonlyMap<string, string>;
}

/**
 * Reads a page of the answer book: a title, the pattern behind `Asked for as:`, then one fenced block a language.
 * A block `text` is what the programs print; `interpreted` behind the tag marks the more careful variant.
 */
export function readTopic(page: string): Topic {
  const title = /^# (.+)$/m.exec(page)?.[1];
  if (!title) throw new Error(`a page of the answer book lacks its title: ${page.slice(0, 60)}`);
  const pattern = /^Asked for as: `\/(.+)\/`$/m.exec(page)?.[1];
  const direct = new Map<string, string>();
  const interpreted = new Map<string, string>();
  let prints: string | undefined;
  for (const [, tag = '', careful, code = ''] of page.matchAll(
    /^```(\w+)( interpreted)?\n([\s\S]*?)\n```$/gm,
  )) {
    if (tag === 'text') prints = code;
    else (careful ? interpreted : direct).set(tag, code);
  }
  return { title, pattern: pattern ? new RegExp(pattern, 'i') : undefined, prints, direct, interpreted };
}
