import { mark, quote } from '../code/program.ts';
import type { Prompt } from './prompt.ts';

const TURN = /<user-([0-9A-Za-z]+)>\n([\s\S]*?)\n<\/user-\1>/g;

/** The beginnings of the requests so far. */
export function summarize({ conversation }: Prompt): string {
  const requests = [...conversation.matchAll(TURN)].map(([, , text = '']) => `- ${quote(text, 80)}`);
  return [mark, 'Asked for so far:', ...requests].join('\n');
}
