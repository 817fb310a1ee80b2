import { type Failure, type ModelResponse, NO_USAGE, StageError, type Usage } from '@codegen/pipeline';
import type { Asked, Moments } from './models.ts';

/** What a model does when it is asked. */
export type Reply = (asked: Asked, moments: Moments) => Promise<ModelResponse>;

/** By stage; of several replies each call takes the next one, and the last goes on for ever. */
export type Replies = Readonly<Record<string, Reply | readonly Reply[]>>;

/** Stands in every failure and every unusable answer, and may never be seen in a step or in code. */
export const LEAK = 'LEAKED';

export const PAID = {
  generationId: 'gen',
  promptTokens: 10,
  completionTokens: 5,
  cost: 0.01,
  figures: 'reported',
} satisfies Partial<Usage>;

/** What is known of a call that was aborted. */
export const ESTIMATED = {
  generationId: 'gen-cut',
  promptTokens: 8,
  completionTokens: 2,
  figures: 'estimated',
} satisfies Partial<Usage>;

export const reply =
  (text: string, usage: Partial<Usage> = {}): Reply =>
  async ({ model }) => ({ ...NO_USAGE, ...PAID, servedModel: `served/${model}`, ...usage, text });

export const codeBy = (stage: string) => `print("${stage}")`;

export const fenced = (code: string) => `Here it is:\n\`\`\`python\n${code}\n\`\`\`\nEnjoy!`;

export const writes: Reply = (asked, moments) => reply(fenced(codeBy(asked.stage)))(asked, moments);

/** Picks the candidate that a stage wrote, wherever it is shown. */
export const prefers =
  (stage: string): Reply =>
  (asked, moments) => {
    const [first] = asked.prompt.user.match(/print\("[a-z.]+"\)/) ?? [];
    const choice = first === codeBy(stage) ? 'A' : 'B';
    return reply(JSON.stringify({ choice, reason: 'better' }))(asked, moments);
  };

export const fails =
  (failure: Partial<Failure> & Pick<Failure, 'intent' | 'code'>, usage?: Partial<Usage>): Reply =>
  async () => {
    throw new StageError(
      { message: `${LEAK} by ${failure.code}`, ...failure },
      usage && { usage: { ...NO_USAGE, ...usage } },
    );
  };

/** No model will do. */
export const lost = fails({ intent: 'giveUp', code: 'too-long' });

/** Answers when another stage has been asked. */
export const after =
  (stage: string, reply: Reply): Reply =>
  async (asked, moments) => {
    await moments.whenAsked(stage);
    return reply(asked, moments);
  };

/** Answers when another stage's call has failed. */
export const afterFailure =
  (stage: string, reply: Reply): Reply =>
  async (asked, moments) => {
    await moments.whenFailed(stage);
    return reply(asked, moments);
  };

/** Answers at a price in US dollars. */
export const costing =
  (cost: number, reply: Reply): Reply =>
  async (asked, moments) => ({ ...(await reply(asked, moments)), cost });

/** Answers a long time later, as the executor's clock has it. */
export const afterTime =
  (ms: number, reply: Reply): Reply =>
  (asked, moments) => {
    moments.pass(ms);
    return reply(asked, moments);
  };

/** Answers never; only an abort ends the call. */
export const hangs: Reply = () => new Promise(() => {});

export const QUESTION = 'Which language?';
export const SPECIFICATION = 'Goal: Print a name';

/** What the models do where a case says nothing else. */
export const CLEAN: Replies = {
  classify: reply('complex'),
  answer: writes,
  clarify: reply(QUESTION),
  interpret: reply('{"specification": {"goal": "Print a name"}}'),
  'generate.direct': writes,
  'generate.interpreted': writes,
  'enhance.direct': writes,
  'enhance.interpreted': writes,
  compare: prefers('enhance.interpreted'),
  polish: writes,
};
