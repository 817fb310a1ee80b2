/** What a finish reason says about the text before it. */
export type Ending = 'whole' | 'cut off' | 'refused' | 'broken';

/** Only these reasons end a whole answer. Reasons are an open set: an unknown one may mean half a program. */
const ENDINGS: ReadonlyMap<string, Ending> = new Map<string, Ending>([
  ['stop', 'whole'],
  ['eos', 'whole'],
  ['eos_token', 'whole'],
  ['stop_sequence', 'whole'],
  ['end_turn', 'whole'],
  ['length', 'cut off'],
  ['model_length', 'cut off'],
  ['max_tokens', 'cut off'],
  ['content_filter', 'refused'],
  ['refusal', 'refused'],
  ['safety', 'refused'],
  ['recitation', 'refused'],
  ['prohibited_content', 'refused'],
]);

export const endingOf = (reason: string): Ending => ENDINGS.get(reason.toLowerCase()) ?? 'broken';

/** A finish reason as a server sent it; '' for a blank one, null for none. Some servers send the text "null". */
export function readFinishReason(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const reason = value.trim();
  return /^(null|none|undefined)$/i.test(reason) ? null : reason;
}
