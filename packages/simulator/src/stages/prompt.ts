import { readSections, type Sections } from './sections.ts';
import { type Stage, stageOf } from './stage.ts';

export interface Message {
  readonly role: string;
  readonly text: string;
}

export interface Prompt {
  readonly stage: Stage;
  readonly request: string;
  /** What was said before, as one text; empty for a first request. */
  readonly conversation: string;
  readonly sections: Sections;
}

/** Understands the pipeline's own prompts, and anybody else's as a request with the turns before it. */
export function readPrompt(messages: readonly Message[]): Prompt {
  const said = (...roles: string[]) =>
    messages.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
  const fromUser = said('user');
  const sections = readSections(fromUser.join('\n'));
  const request = sections.get('request');
  const system = said('system', 'developer');
  return {
    // Clients put the system message into the user's for models that refuse the role.
    stage: stageOf(system.length > 0 || request === undefined ? system : fromUser),
    request: request ?? fromUser.at(-1) ?? '',
    conversation:
      request === undefined ? fromUser.slice(0, -1).join('\n') : (sections.get('conversation') ?? ''),
    sections,
  };
}
