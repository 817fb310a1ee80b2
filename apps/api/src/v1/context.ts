import { createHash } from 'node:crypto';
import {
  type Conversation,
  codeAfter,
  extractCode,
  type SourceFile,
  sourceFilesOf,
  takeFiles,
  withoutCode,
} from '@codegen/pipeline';
import type { Runs, StoredRun } from '@codegen/queue';
import { type Chat, lastTurns, type Turn, withoutMiddle } from './conversation.ts';

/** What a run starts from. */
export interface ChatContext {
  readonly previousJobId: string | null;
  /** Ends with the request. */
  readonly conversation: Conversation;
  readonly files: readonly SourceFile[];
  /** Whether there are files, or the run that is continued has code. */
  readonly hasCode: boolean;
}

/**
 * The context of a request. A conversation whose last answer came from a run of the caller continues that run, which has
 * the code and the earlier turns. Otherwise the code of the last answer becomes files, and the last turns are kept. Files
 * that the person sent after the last answer are added.
 */
export async function contextOf(
  runs: Pick<Runs, 'findAnswer' | 'load'>,
  caller: string,
  chat: Chat,
  maxChars: number,
): Promise<ChatContext> {
  const { earlier } = chat;
  const end = earlier.findLastIndex(({ role }) => role === 'assistant') + 1;
  const previous = end === 0 ? null : await findRun(runs, caller, earlier.slice(0, end));
  if (previous !== null) return followUp(previous, chat, earlier.slice(end), maxChars);

  const lastCode = earlier.findLastIndex((turn) => turn.role === 'assistant' && codeOf(turn).length > 0);
  const code = lastCode === -1 ? [] : codeOf(earlier[lastCode]!);
  const since = [...earlier.slice(lastCode + 1), userTurn(chat.request)];
  const files = merge(code, filesIn(since));
  const turns = earlier.map((turn, at) => {
    if (turn.role === 'assistant') return code.length > 0 ? withoutCode(turn) : turn;
    return at > lastCode ? userTurn(takeFiles(turn.content).text) : turn;
  });
  return {
    previousJobId: null,
    conversation: [
      ...systemTurn(chat.system, maxChars),
      ...lastTurns(turns as Turn[], maxChars),
      userTurn(takeFiles(chat.request).text),
    ],
    files,
    hasCode: files.length > 0,
  };
}

/** The context of a request that continues a run. @param since turns after its answer */
export function followUp(
  previous: StoredRun,
  { system, request }: Chat,
  since: readonly Turn[],
  maxChars: number,
): ChatContext {
  const turns = [...since, userTurn(request)];
  const files = filesIn(turns);
  const [instructions] = systemTurn(system, maxChars);
  const known = previous.conversation.findLast(({ role }) => role === 'system');
  const isNew = instructions !== undefined && instructions.content !== known?.content;
  return {
    previousJobId: previous.id,
    conversation: [
      ...(isNew ? [instructions] : []),
      ...turns.map(({ content }) => userTurn(takeFiles(content).text)),
    ],
    files,
    hasCode: files.length > 0 || codeAfter(previous).length > 0,
  };
}

async function findRun(
  runs: Pick<Runs, 'findAnswer' | 'load'>,
  caller: string,
  turns: readonly Turn[],
): Promise<StoredRun | null> {
  const id = await runs.findAnswer(digestOf(caller, turns));
  const run = id === null ? null : await runs.load(id);
  return run?.caller === caller && run.outcome !== null ? run : null;
}

/** What chat programs may add to an answer: reasoning, in tags or as a collapsed section. */
const REASONING = /<think>[\s\S]*?<\/think>|<details type="reasoning"[\s\S]*?<\/details>/g;

/** Identifies a conversation of a caller. Chat programs change white space, and what they know to be reasoning. */
export function digestOf(caller: string, turns: readonly Turn[]): string {
  const texts = turns.map(({ role, content }) => [
    role,
    content.replace(REASONING, '').replace(/\s+/g, ' ').trim(),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([caller, texts]))
    .digest('base64url');
}

const systemTurn = (system: string, maxChars: number): Conversation =>
  system === '' ? [] : [{ role: 'system', content: withoutMiddle(system, maxChars) }];

const userTurn = (content: string) => ({ role: 'user', content }) as const;

const codeOf = ({ content }: Turn): readonly SourceFile[] => sourceFilesOf(extractCode(content)?.files ?? []);

/** The code of the last answer that has some, else that in the request, which may quote the conversation. */
export function latestCode({ earlier, request }: Chat): readonly SourceFile[] {
  const codes = earlier.filter(({ role }) => role === 'assistant').map(codeOf);
  return codes.findLast((files) => files.length > 0) ?? codeOf(userTurn(request));
}

const filesIn = (turns: readonly Turn[]): readonly SourceFile[] =>
  merge(...turns.map(({ role, content }) => (role === 'user' ? takeFiles(content).files : [])));

const merge = (...lists: readonly (readonly SourceFile[])[]): readonly SourceFile[] => [
  ...new Map(lists.flat().map((file) => [file.name, file])).values(),
];
