import {
  type Failure,
  graph,
  type ModelResponse,
  NO_USAGE,
  type Output,
  StageError,
  type Usage,
  verifiedGraph,
} from '@codegen/pipeline';
import type { ModelCall, Moments } from './scripted-models.ts';

/** What a model does with a call. */
export type Reply = (call: ModelCall, moments: Moments) => Promise<ModelResponse>;

/** Replies by stage. Of several, each call takes the next, and the last repeats. */
export type Replies = Readonly<Record<string, Reply | readonly Reply[]>>;

/** In every failure and every unusable answer. Must not appear in a step, in code or in a record's output. */
export const LEAK = 'LEAKED';

/** Code that contains it does not parse. */
export const UNPARSABLE = 'UNPARSABLE';

/** The usage of a reply. */
export const PAID = {
  generationId: 'gen',
  promptTokens: 10,
  completionTokens: 5,
  cost: 0.01,
  figures: 'reported',
} satisfies Partial<Usage>;

/** The usage of an aborted call. */
export const ESTIMATED = {
  generationId: 'gen-cut',
  promptTokens: 8,
  completionTokens: 2,
  figures: 'estimated',
} satisfies Partial<Usage>;

export const reply =
  (text: string, usage: Partial<Usage> = {}): Reply =>
  async ({ model }) => ({ ...NO_USAGE, ...PAID, servedModel: `served/${model}`, ...usage, text });

/** The code that `writes` replies with. */
export const codeBy = (stage: string) => `print("${stage}")`;

export const fenced = (code: string, language = 'python') =>
  `Here it is:\n\`\`\`${language}\n${code}\n\`\`\`\nEnjoy!`;

/** Replies with code that names the stage. */
export const writes: Reply = (call, moments) => reply(fenced(codeBy(call.stage)))(call, moments);

/** Chooses the candidate that a stage wrote, in either position. */
export const prefers =
  (stage: string): Reply =>
  (call, moments) => {
    const [first] = call.prompt.user.match(/print\("[a-z.]+"\)/) ?? [];
    const choice = first === codeBy(stage) ? 'A' : 'B';
    return reply(JSON.stringify({ choice, reason: 'better' }))(call, moments);
  };

export const fails =
  (failure: Partial<Failure> & Pick<Failure, 'intent' | 'code'>, usage?: Partial<Usage>): Reply =>
  async () => {
    throw new StageError(
      { message: `${LEAK} by ${failure.code}`, ...failure },
      usage && { usage: { ...NO_USAGE, ...usage } },
    );
  };

/** Fails the stage for good. */
export const lost = fails({ intent: 'giveUp', code: 'too-long' });

/** Replies when a model has been called for another stage. */
export const after =
  (stage: string, reply: Reply): Reply =>
  async (call, moments) => {
    await moments.whenCalled(stage);
    return reply(call, moments);
  };

/** Replies when a call for another stage has failed. */
export const afterFailure =
  (stage: string, reply: Reply): Reply =>
  async (call, moments) => {
    await moments.whenFailed(stage);
    return reply(call, moments);
  };

/** Replies at a cost in US dollars. */
export const atCost =
  (cost: number, reply: Reply): Reply =>
  async (call, moments) => ({ ...(await reply(call, moments)), cost });

/** Replies after a time on the executor's clock. The test does not wait. */
export const afterDelay =
  (ms: number, reply: Reply): Reply =>
  (call, moments) => {
    moments.advanceClock(ms);
    return reply(call, moments);
  };

/** Never replies. Only an abort ends the call. */
export const hangs: Reply = () => new Promise(() => {});

export const QUESTION = 'Which language?';
export const TEXT = 'A title';
export const SPECIFICATION = 'Goal: Print a name';

/** Replies by the kind of output that a stage has to produce. */
const DEFAULTS: Readonly<Record<Output['kind'], (stage: string) => Reply>> = {
  route: () => reply('complex'),
  question: () => reply(QUESTION),
  cases: () => reply('{"cases": []}'),
  verification: () => reply(''),
  specification: () => reply('{"specification": {"goal": "Print a name"}}'),
  code: () => writes,
  text: () => reply(TEXT),
  choice: (stage) => prefers(graph.node(stage).inputs.at(-1)?.stage.name ?? ''),
};

/** The reply for a stage without a script. A usable answer of the kind that the stage needs. */
export const defaultReply = (stage: string): Reply => DEFAULTS[verifiedGraph.node(stage).stage.output](stage);
