import { quote } from '../code/program.ts';
import type { Prompt } from './prompt.ts';

/** The fields of the JSON that chat programs ask for, with a simulated value. */
const FIELDS: Readonly<Record<string, unknown>> = {
  title: 'Simulated title',
  tags: ['Simulated'],
  follow_ups: ['Is this a simulated question?'],
  queries: [],
  text: '',
};

/** The JSON object whose field the request names first, as in `{ "title": "…" }`; else a line of text. */
export function reply({ request }: Prompt): string {
  const [, field = ''] = /\{\s*"(title|tags|follow_ups|queries|text)"/.exec(request) ?? [];
  if (field in FIELDS) return JSON.stringify({ [field]: FIELDS[field] });
  return `Simulated text for "${quote(request, 60)}"`;
}
