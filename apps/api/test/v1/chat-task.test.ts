import { describe, expect, test } from 'vitest';
import { chatTaskOf } from '../../src/v1/chat-task.ts';

describe('requests of chat programs for themselves', () => {
  test.each([
    [
      'Open WebUI: title',
      '### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n',
    ],
    [
      'Open WebUI: tags',
      '### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history, …',
    ],
    [
      'Open WebUI: questions',
      '### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might …',
    ],
    [
      'Open WebUI: queries',
      '### Task:\nAnalyze the chat history to determine the necessity of generating search queries',
    ],
    [
      'Open WebUI: completion',
      '### Task:\nYou are an autocompletion system. Continue the text in `<text>` …',
    ],
    [
      'LibreChat',
      'Provide a concise, 5-word-or-less title for the conversation, using title case conventions.',
    ],
    [
      'LibreChat, older',
      'Analyze this conversation and provide:\n1. The detected language of the conversation\n2. …',
    ],
    [
      'Zed',
      'Generate a concise 3-7 word title for this conversation, omitting punctuation.\nGo straight to …',
    ],
    ['Zed: summary', 'Generate a detailed summary of this conversation. Include:\n1. A brief overview …'],
    [
      'Continue',
      'Given the following... please reply with a title for the chat that is 3-4 words in length, all words …\n\nhi',
    ],
  ])('%s', (_, request) => {
    expect(chatTaskOf(request, '', null)).toBe(/summary of/.test(request) ? 'summary' : 'label');
  });

  test.each([
    [
      'Codex: compaction',
      'You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary …',
      '',
    ],
    [
      'opencode: compaction',
      'Here is the conversation so far:\n\n…',
      'You are a context summarization agent. You …',
    ],
  ])('%s, which must keep the code', (_, request, system) => {
    expect(chatTaskOf(request, system, null)).toBe('summary');
  });

  test.each([
    ['opencode: title', 'You are a title generator. You output …'],
    [
      'Qwen Code: memory',
      'You are now acting as the managed memory extraction subagent for an AI coding assistant. …',
    ],
  ])('%s, whose instruction is the system message', (_, system) => {
    expect(chatTaskOf('Print one', system, null)).toBe('label');
  });

  test('aider, whose instruction is the system message', () => {
    const summary = '*Briefly* summarize this partial conversation about programming.\nInclude less detail …';
    const commit =
      'You are an expert software engineer.\nReview the provided context and diffs which are about to be committed.\n' +
      'Generate a commit message for those changes which follows the Conventional Commits guidelines:';
    expect(chatTaskOf('# USER\nhello', summary, null)).toBe('label');
    expect(chatTaskOf('diff --git a/x b/x', commit, null)).toBe('label');
  });

  test('a title that only the missing reasoning gives away', () => {
    expect(chatTaskOf('Suggest a short title', '', 'none')).toBe('label');
    expect(chatTaskOf('Suggest a short title', '', null)).toBe(null);
  });
});

describe('requests of people', () => {
  test.each([
    'Write a Python function to reverse a string',
    'Write a React component that shows the title for a conversation',
    'Add a script that can summarize this conversation log',
    'Build an API that generates a title for a chat',
    '### Task:\nRespond to the user query using the provided context, incorporating inline citations …',
    'Fix this:\n### Task:\nGenerate a title',
    'Print a title',
    'Now summarize the numbers per day',
    '',
  ])('%j', (request) => {
    expect(chatTaskOf(request, 'You are a helpful assistant.', null)).toBe(null);
  });
});
