import { readSections, type Sections } from './sections.ts';

export interface Message {
  readonly role: string;
  readonly text: string;
}

export interface Prompt {
  /** The stage that the system message names, whether the simulator knows it or not. */
  readonly stage: string;
  readonly request: string;
  /** Earlier turns as one text. Empty for a first request. */
  readonly conversation: string;
  readonly sections: Sections;
}

/** Reads the prompts of the pipeline. Any other prompt is a request of the stage `answer` with earlier turns. */
export function readPrompt(messages: readonly Message[]): Prompt {
  const textsOf = (...roles: string[]) =>
    messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
  const fromUser = textsOf('user');
  const sections = readSections(fromUser.join('\n'));
  const request = sections.get('request');
  const system = textsOf('system', 'developer');
  return {
    // Clients put the system message into the user's for models that refuse the role.
    stage: stageOf(system.length > 0 || request === undefined ? system : fromUser) ?? 'answer',
    request: request ?? fromUser.at(-1) ?? '',
    conversation:
      request === undefined ? fromUser.slice(0, -1).join('\n') : (sections.get('conversation') ?? ''),
    sections,
  };
}

const OPENING = /^\s*You are the "([a-z.]+)" stage of a code-generation pipeline\./;

function stageOf(systemMessages: readonly string[]): string | undefined {
  return systemMessages.map((text) => OPENING.exec(text)?.[1]).find((name) => name !== undefined);
}
