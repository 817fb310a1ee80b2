import { readdirSync, readFileSync } from 'node:fs';
import { readTopic, type Topic } from './topic.ts';

const unknownPage = 'unknown-request.md';

/** The canned answers: one Markdown page a topic. */
export class AnswerBook {
  readonly topics: readonly Topic[];
  /** Code for what no topic covers, in every language. */
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

  /** The topic whose words stand first in the text. */
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
