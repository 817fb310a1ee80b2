import { quote } from '../code/program.ts';
import type { Prompt } from './prompt.ts';

export function clarify({ request }: Prompt): string {
  return (
    `You wrote "${quote(request, 80)}": what should the code do, in which language, and what goes in and out? ` +
    '(Simulated question: no model was asked.)'
  );
}
