/** A request as a program sends it, and the stages that it leads to. */
export interface RecordedRequest {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** `/v1/chat/completions` by default. */
  readonly endpoint?: 'responses';
  readonly stages: readonly string[];
  /** Names of the files that the run starts from. */
  readonly files: readonly string[];
}

const CODE = ['classify', 'answer'];
const TASK = ['reply'];

/** The opening of the prompts is that of the programs; the rest is shortened. */
const openWebUi = (name: string, content: string, more: object = {}, stages = TASK): RecordedRequest => ({
  name: `Open WebUI: ${name}`,
  body: { model: 'codegen', messages: [{ role: 'user', content }], stream: false, ...more },
  stages,
  files: [],
});

const history =
  '### Chat History:\n<chat_history>\nUSER: Print one\nASSISTANT: ```python\nprint(1)\n```\n</chat_history>';

const aider = (name: string, messages: readonly object[], more: object = {}) => ({
  name: `aider: ${name}`,
  body: { model: 'codegen', messages, temperature: 0, ...more },
  files: [],
});

const CODE_BLOCK = '`main.py`\n```python main.py\nprint(1)\n```';

/** Codex sends each text as a message with one part, after its instructions and a description of the machine. */
const codex = (...texts: readonly (string | null)[]) => ({
  model: 'codegen',
  stream: true,
  input: [
    codexMessage('developer', 'You are a coding agent running in the Codex CLI, …'),
    codexMessage(
      'user',
      '<environment_context>\n  <cwd>/work</cwd>\n  <shell>bash</shell>\n</environment_context>',
    ),
    ...texts.flatMap((text) => {
      if (text === null) return [];
      if (text !== CODE_BLOCK) return [codexMessage('user', text)];
      return [
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'classify: …' }],
          encrypted_content: null,
        },
        codexMessage('assistant', text),
      ];
    }),
  ],
  tools: [{ type: 'function', name: 'exec_command', strict: false, parameters: { type: 'object' } }],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { summary: 'auto' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread-1',
  client_metadata: { turn_id: '1' },
});

const codexMessage = (role: string, text: string) => ({
  type: 'message',
  role,
  content: [{ type: role === 'assistant' ? 'output_text' : 'input_text', text }],
});

const opencode = (
  name: string,
  system: string,
  stages: readonly string[],
  files: readonly string[],
  texts: readonly string[],
): RecordedRequest => ({
  name: `opencode: ${name}`,
  body: {
    model: 'codegen',
    max_tokens: 32_000,
    messages: [{ role: 'system', content: system }, ...texts.map((content) => ({ role: 'user', content }))],
    stream: true,
    stream_options: { include_usage: true },
  },
  stages,
  files,
});

/**
 * Requests of programs. Recorded from runs of them: Codex 0.171.0, opencode 1.18.33 and Continue's command line 1.5.47. With
 * the shapes that the sources of the others show: `backend/open_webui/routers/tasks.py` and `utils/middleware.py` of Open
 * WebUI, `aider/coders/base_coder.py` and `aider/prompts.py` of aider, and the providers for OpenAI-compatible servers of
 * Zed and Continue.
 */
export const recordedRequests: readonly RecordedRequest[] = [
  openWebUi(
    'chat',
    'Print one, in Open WebUI',
    { stream: true, stream_options: { include_usage: true } },
    CODE,
  ),
  openWebUi(
    'chat with documents',
    '### Task:\nRespond to the user query using the provided context, incorporating inline citations in the format [id].\n' +
      '<context>\n<source id="1">Use Python.</source>\n</context>\n<user_query>\nPrint one\n</user_query>',
    { stream: true },
    CODE,
  ),
  openWebUi(
    'title',
    `### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Guidelines:\n- …\n${history}`,
    { max_completion_tokens: 1_000 },
  ),
  openWebUi(
    'tags',
    `### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n${history}`,
    {
      max_tokens: 1_000,
    },
  ),
  openWebUi('questions', `### Task:\nSuggest 3-5 relevant follow-up questions or prompts that …\n${history}`),
  {
    ...aider(
      'edit in the format whole',
      [
        {
          role: 'system',
          content: 'Act as an expert software developer.\nTake requests for changes to the supplied code.',
        },
        { role: 'user', content: 'Change the greeting to be more casual' },
        { role: 'assistant', content: 'Ok, I will:\n\nshow_greeting.py\n```\nprint("Hey")\n```\n' },
        {
          role: 'user',
          content:
            "I switched to a new code base. Please don't consider the above files or try to edit them any longer.",
        },
        { role: 'assistant', content: 'Ok.' },
        {
          role: 'user',
          content:
            'I have *added these files to the chat* so you can go ahead and edit them.\n\n*Trust this message as the true contents of these files!*\n\nsrc/app.py\n```\nprint(1)\n```\n',
        },
        { role: 'assistant', content: 'Ok, any changes I propose will be to those files.' },
        { role: 'user', content: 'Print two' },
        {
          role: 'system',
          content: 'To suggest changes to a file you MUST return the entire content of the updated file.',
        },
      ],
      { stream: true, stream_options: { include_usage: true } },
    ),
    stages: CODE,
    files: ['src/app.py'],
  },
  {
    ...aider('summary of the history', [
      {
        role: 'system',
        content:
          '*Briefly* summarize this partial conversation about programming.\nInclude less detail about older parts.',
      },
      { role: 'user', content: '# USER\nPrint one\n# ASSISTANT\nprint(1)\n' },
    ]),
    stages: TASK,
  },
  {
    name: 'Zed: chat with tools',
    body: {
      model: 'codegen',
      messages: [
        { role: 'system', content: 'You are a highly skilled software engineer.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '```python src/main.py\nprint(1)\n```\n' },
            { type: 'text', text: 'Print two' },
          ],
        },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 8_000,
      stop: [],
      temperature: 1,
      tools: [
        {
          type: 'function',
          function: { name: 'grep', description: 'Searches', parameters: { type: 'object' } },
        },
      ],
      parallel_tool_calls: false,
      prompt_cache_key: 'thread-1',
    },
    stages: CODE,
    files: ['src/main.py'],
  },
  {
    name: 'Zed: title',
    body: {
      model: 'codegen',
      messages: [
        { role: 'user', content: 'Print one' },
        { role: 'assistant', content: '```python\nprint(1)\n```' },
        {
          role: 'user',
          content:
            'Generate a concise 3-7 word title for this conversation, omitting punctuation.\nGo straight to the title.',
        },
      ],
      stream: true,
      reasoning_effort: 'none',
    },
    stages: TASK,
    files: [],
  },
  {
    name: 'Codex: request',
    endpoint: 'responses',
    body: codex('Print one, in Codex'),
    stages: CODE,
    files: [],
  },
  {
    name: 'Codex: compaction',
    endpoint: 'responses',
    body: codex('Print one', CODE_BLOCK, 'You are performing a CONTEXT CHECKPOINT COMPACTION. Create …'),
    stages: TASK,
    files: ['main.py'],
  },
  {
    name: 'Codex: request after a compaction',
    endpoint: 'responses',
    body: codex(
      'Print one',
      null,
      `Another language model … produced a summary …:\nA summary\n\n${CODE_BLOCK}`,
      'Print two',
    ),
    stages: CODE,
    files: ['main.py'],
  },
  opencode(
    'title',
    'You are a title generator. You output ONLY a thread title.\n\n<task>…',
    TASK,
    [],
    ['Generate a title for this conversation:\n', '"Print one"'],
  ),
  opencode('request', 'You are opencode, an interactive CLI tool that …', CODE, [], ['"Print one"']),
  opencode(
    'compaction',
    'You are a context summarization agent. You are given a conversation …',
    TASK,
    ['main.py'],
    [
      `Here is the conversation so far:\n\n<conversation>\n[User]: "Print one"\n\n[Assistant reasoning]: classify: …\n\n[Assistant]: ${CODE_BLOCK}\n</conversation>`,
    ],
  ),
  {
    name: 'Continue: request of the command line',
    body: {
      model: 'codegen',
      messages: [
        { role: 'system', content: 'You are an agent in the Continue CLI. …' },
        { role: 'user', content: 'Print one, in Continue' },
      ],
      stream: true,
      stream_options: { include_usage: true },
    },
    stages: CODE,
    files: [],
  },
  {
    name: 'Continue: title',
    body: {
      model: 'codegen',
      messages: [
        {
          role: 'user',
          content:
            'Given the following... please reply with a title for the chat that is 3-4 words in length, all words used should be directly related to the content of the chat.\n\nprint(1)',
        },
      ],
      max_tokens: 16,
      stream: false,
    },
    stages: TASK,
    files: [],
  },
];
