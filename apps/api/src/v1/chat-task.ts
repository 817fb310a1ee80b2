/** What chat programs send on their own to manage a conversation. A person's request begins otherwise. */
const TASKS: readonly RegExp[] = [
  // LibreChat, Zed, Continue
  /\btitle\b.{0,60}\bfor (?:this|the|a) (?:conversation|chat)\b/i,
  /^analyze this conversation and provide\b/i,
  // Zed, aider
  /\bsummar(?:y of|ize) (?:this|the|our)(?: \w+)? conversation\b/i,
];

/** With reasoning switched off, a first line with one of these words is enough. */
const TASK_WORDS = /\b(?:title|summary|summarize|tags?|commit message)\b/i;

/** A person wants code that has to do with titles or summaries. */
const CODE_WORDS =
  /\b(?:functions?|methods?|components?|class(?:es)?|scripts?|programs?|code|html|css|api|endpoint|app|pages?|parser|table|query)\b/i;

/** Open WebUI begins its own prompts so, and the person's message too if it adds documents. */
const OPEN_WEBUI = /^### Task:(?!\s*Respond to the user)/i;

/** aider sends its instruction as the system message. */
const AIDER = /^(?:\*Briefly\* summarize this partial conversation|.*\n.*\nGenerate a commit message )/;

const LONGEST_LINE = 300;

/**
 * Whether a chat program sent the request on its own, for a title, tags, questions or a summary. Such a request needs one
 * cheap call and no code.
 */
export function isChatTask(request: string, system: string, effort: string | null): boolean {
  const text = request.trimStart();
  if (OPEN_WEBUI.test(text) || AIDER.test(system.slice(0, 1_000))) return true;
  const [line = ''] = text.slice(0, LONGEST_LINE).split('\n', 1);
  if (CODE_WORDS.test(line)) return false;
  return TASKS.some((task) => task.test(line)) || (effort === 'none' && TASK_WORDS.test(line));
}
