import { readPlainCode } from '../plain-code.ts';

/** Special tokens of the chat templates of the model families. */
const TOKEN =
  /<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|<\|turn>|<turn\|>|<\/?s>|<\/?(?:end_of_turn|start_of_turn|eos|bos|pad|eot|end_code|endoftext|im_end|im_start|extra_id_\d{1,3}|reserved_\d{1,4})>|\[\/?INST\]|<<\/?SYS>>|\[(?:EOS|BOS|PAD)\]|\[\|[a-z]{1,12}\|\]/g;
const BEGINS =
  /im_start|start_header|header_start|start_of_turn|start_of_role|START_OF_TURN|^<\|start\|>|^<\|turn>|^(?:<\||<｜|\[\|)(?:user|assistant|system|human|model|bot)|^\[INST\]/i;
const ENDS =
  /end▁of▁sentence|eot|eom|im_end|end_?of_?(?:text|turn|sentence|document)|END_OF_TURN|^<\|(?:return|end|call|endoftext)\|>|^<turn\||^<\/s>|^<eos>|end_code|\[EOS\]|endofturn|^<\|\/?(?:s|sep)\|>/i;
const ENDS_PROMPT = /^(?:\[\/INST\]|<<\/SYS>>)$/;
const ROLE = /^\s*(assistant|model|user|system|human|bot|tool)\b:?/i;
const OTHERS = /user|system|human|tool|\[INST\]/i;

const USER_HEADER = /^#{2,4} ?(?:(?:Instruction|Human|User)s?\b:?|(?:Input|Question|Prompt|Problem|Task):)/i;
const MODEL_HEADER = /^#{2,4} ?(?:Response|Assistant|Model|Completion):[ \t]*/i;
/** The name of a speaker before a colon, also in bold or in brackets: `**User:**`, `[User]:`. */
const speaker = (names: string) =>
  new RegExp(String.raw`^(?:\*\*|\[)?(?:${names})(?:\*\*|\])?(?::(?:\*\*)?(?:\s|$)|：)`);
const MODEL_NAMES = 'Assistant|ASSISTANT|AI|助手|アシスタント|어시스턴트|Ассистент|المساعد';
const SPEAKER = speaker(
  `Human|User|USER|HUMAN|Q|Question|用户|用戶|ユーザー|사용자|Пользователь|المستخدم|${MODEL_NAMES}`,
);
const USER = speaker('Human|User|USER|HUMAN|用户|用戶|ユーザー|사용자|Пользователь|المستخدم');
const MODEL = speaker(MODEL_NAMES);

/** What surrounds a line outside the blocks of an answer. */
interface Surroundings {
  readonly hasBlock: boolean;
  /** The line follows a closing fence on the fence's own line. */
  readonly afterBlock: boolean;
  before(): string;
}

interface Reading {
  /** What is left of the line. Null if nothing is. */
  readonly text: string | null;
  /** The answer ends with `text`. */
  readonly ends: boolean;
  /** What stands before the line is an echo of the prompt. */
  readonly drops: boolean;
}

const KEEP = { ends: false, drops: false };
const NOTHING: Reading = { text: null, ...KEEP };
const END: Reading = { text: null, ends: true, drops: false };

/**
 * Finds where the model's own turn ends. Special tokens and headers (`### Instruction:`) before the answer are removed,
 * with the prompt that they repeat. After the answer, the first of them ends it.
 */
export class Turns {
  readonly #hasBlockAfter: (line: number) => boolean;
  readonly #lines: readonly string[];
  #hasContent = false;
  /** Within a repeated prompt. */
  #inPrompt = false;
  #hasStrike = false;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    const last = lines.findLastIndex((line) => /(?:```|~~~)/.test(line));
    this.#hasBlockAfter = (line) => line < last;
  }

  /** Whether the model's own name follows a line of the user. */
  #isAnswered(number: number): boolean {
    const next = this.#lines.slice(number + 1, number + 4).find((line) => line.trim() !== '');
    return next !== undefined && MODEL.test(next);
  }

  read(line: string, number: number, around: Surroundings): Reading {
    const tokens = this.readTokens(line, this.#hasContent || around.hasBlock);
    if (tokens.text === null || tokens.ends) return { ...tokens, drops: false };
    const reading = this.#readHeader(tokens.text, number, around);
    if (reading.drops) this.#hasContent = false;
    if (reading.text !== null && reading.text.trim() !== '') this.#hasContent = true;
    return reading;
  }

  /** Removes the special tokens of a line. */
  readTokens(line: string, hasContent: boolean): Omit<Reading, 'drops'> {
    if (/<s>/.test(line.slice(0, 2_000)) && hasContent) this.#hasStrike = true;
    let kept = '';
    let at = 0;
    let found = false;
    for (const match of line.matchAll(TOKEN)) {
      const token = match[0];
      if (match.index < at || this.#isMention(line, match.index, token)) continue;
      found = true;
      kept += this.#outsidePrompt(line.slice(at, match.index));
      at = match.index + token.length;
      if (ENDS_PROMPT.test(token)) {
        kept = '';
        this.#inPrompt = false;
        continue;
      }
      const begins = BEGINS.test(token);
      if (!begins && !ENDS.test(token)) continue;
      if (!this.#inPrompt && (hasContent || kept.trim() !== '')) return leftOver(kept, true);
      if (begins) at += this.#beginTurn(token, line.slice(at, at + 40));
    }
    if (!found) return { text: this.#inPrompt ? null : line, ends: false };
    return leftOver(kept + this.#outsidePrompt(line.slice(at)), false);
  }

  #outsidePrompt(text: string): string {
    return this.#inPrompt ? '' : text;
  }

  /** @returns the length of the role after the token */
  #beginTurn(token: string, after: string): number {
    const role = ROLE.exec(after);
    this.#inPrompt = OTHERS.test(role?.[1] ?? token);
    return role?.[0].length ?? 0;
  }

  #readHeader(text: string, number: number, { hasBlock, afterBlock, before }: Surroundings): Reading {
    if (afterBlock && /^(?:assistant|user|system|model)$/i.test(text)) return END;
    if (hasBlock) {
      const isHeader = USER_HEADER.test(text) || MODEL_HEADER.test(text) || SPEAKER.test(text);
      return isHeader ? END : { text, ...KEEP };
    }
    if (this.#hasContent && USER.test(text) && this.#isAnswered(number)) return END;
    if (USER_HEADER.test(text)) {
      if (this.#hasContent) return this.#hasBlockAfter(number) ? { text, ...KEEP } : END;
      return NOTHING;
    }
    const header = MODEL_HEADER.exec(text)?.[0];
    if (header === undefined) return { text, ...KEEP };
    if (this.#hasContent && !this.#hasBlockAfter(number) && readPlainCode(before()) !== null) return END;
    return { text: text.slice(header.length), ends: false, drops: true };
  }

  /** A token in quotes or in a code span is data. `</s>` after `<s>` is HTML. */
  #isMention(line: string, at: number, token: string): boolean {
    if (token === '<s>' || token === '</s>') {
      if (this.#hasStrike || (token === '<s>' && at > 0)) return true;
    }
    if (/^\s*$/.test(line.slice(at + token.length, at + token.length + 100)))
      return /["'`]/.test(line[at - 1] ?? '') && line[at - 3] !== '`';
    if (/["'`]/.test(line[at + token.length] ?? '') && !line.startsWith('```', at + token.length))
      return true;
    const before = line.slice(Math.max(0, at - 500), at);
    return ['"', "'", '`'].some((quote) => before.split(quote).length % 2 === 0);
  }
}

const leftOver = (kept: string, ends: boolean): Omit<Reading, 'drops'> => ({
  text: kept.trim() === '' ? null : kept,
  ends,
});
