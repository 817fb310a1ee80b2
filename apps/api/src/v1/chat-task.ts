/** What chat programs send on their own to manage a conversation. A person's request begins otherwise. */
const LABELS: readonly RegExp[] = [
  // LibreChat, Zed, Continue
  /\btitle\b.{0,60}\bfor (?:this|the|a) (?:conversation|chat)\b/i,
  /^analyze this conversation and provide\b/i,
];

/** What replaces a conversation that has become too long for a program. */
const SUMMARIES: readonly RegExp[] = [
  // Zed
  /\bsummar(?:y of|ize) (?:this|the|our)(?: \w+)? conversation\b/i,
  // Codex
  /^You are performing a CONTEXT CHECKPOINT COMPACTION\b/,
];

/** With reasoning switched off, a first line with one of these words is enough. */
const TASK_WORDS = /\b(?:title|summary|summarize|tags?|commit message)\b/i;

/** A person wants code that has to do with titles or summaries. */
const CODE_WORDS =
  /\b(?:functions?|methods?|components?|class(?:es)?|scripts?|programs?|code|html|css|api|endpoint|app|pages?|parser|table|query)\b/i;

/** Open WebUI begins its own prompts so, and the person's message too if it adds documents. */
const OPEN_WEBUI = /^### Task:(?!\s*Respond to the user)/i;

/** aider, opencode and Qwen Code send their instructions as the system message. aider sends its files with every request. */
const LABEL_SYSTEM =
  /^(?:\*Briefly\* summarize this partial conversation|.*\n.*\nGenerate a commit message |You are a title generator\b|You are now acting as the managed memory extraction subagent\b)/;
const SUMMARY_SYSTEM = /^You are an? (?:anchored )?context summarization (?:agent|assistant)\b/;

const LONGEST_LINE = 300;

/** A title, tags or questions; or a summary that replaces the conversation, and must keep its code. */
export type ChatTask = 'label' | 'summary';

/**
 * What a chat program asks for on its own; null if a person sent the request. Such a request needs one cheap call and no
 * new code.
 */
export function chatTaskOf(request: string, system: string, effort: string | null): ChatTask | null {
  const text = request.trimStart();
  const instruction = system.slice(0, 1_000);
  if (OPEN_WEBUI.test(text) || LABEL_SYSTEM.test(instruction)) return 'label';
  if (SUMMARY_SYSTEM.test(instruction)) return 'summary';
  const [line = ''] = text.slice(0, LONGEST_LINE).split('\n', 1);
  if (CODE_WORDS.test(line)) return null;
  if (SUMMARIES.some((task) => task.test(line))) return 'summary';
  const isLabel = LABELS.some((task) => task.test(line)) || (effort === 'none' && TASK_WORDS.test(line));
  return isLabel ? 'label' : null;
}
