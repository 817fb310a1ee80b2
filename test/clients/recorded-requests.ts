/** A request as a program sends it, and the stages that it leads to. */
export interface RecordedRequest {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
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

/**
 * Requests with the shapes that the sources of these programs show: `backend/open_webui/routers/tasks.py` and
 * `utils/middleware.py` of Open WebUI, `aider/coders/base_coder.py` and `aider/prompts.py` of aider, and the providers
 * for OpenAI-compatible servers of Zed and Continue.
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
