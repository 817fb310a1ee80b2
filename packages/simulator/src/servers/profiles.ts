import type { IncomingMessage } from 'node:http';
import type { CompletionRequest } from '../completion-request.ts';
import { RawError } from '../http/errors.ts';
import { azure, gemini, groq, openrouter } from './hosted-servers.ts';
import { llamacpp, lmstudio, ollama, vllm } from './local-servers.ts';
import { KNOWN_FIELDS, type Mistake, type RefusedPart, type ServerProfile } from './server-profile.ts';

/** The servers that the simulator can behave like, by the values of `--as`. */
export const SERVERS = { openrouter, ollama, lmstudio, vllm, llamacpp, azure, gemini, groq } as const;
export type ServerName = keyof typeof SERVERS;

const failure = (profile: ServerProfile, mistake: Mistake): RawError => {
  const { status, body } = profile.error(mistake);
  return new RawError(status, body);
};

/** @throws RawError if the server requires a key and the request has none or another one */
export function checkServerKey(
  profile: ServerProfile,
  request: IncomingMessage,
  configured: string | undefined,
): void {
  if (profile.keys === 'never' || (profile.keys === 'configured' && configured === undefined)) return;
  const own = profile.keyHeader === undefined ? undefined : request.headers[profile.keyHeader];
  const key = own ?? /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined) throw failure(profile, { kind: 'no-key' });
  if (configured !== undefined && key !== configured) throw failure(profile, { kind: 'wrong-key' });
}

/** @throws RawError if the server has no such model, or refuses a field or a part of the request */
export function checkServerRequest(
  profile: ServerProfile,
  body: CompletionRequest,
  refused: readonly RefusedPart[],
): void {
  const model = body.model ?? '';
  const names = [model, `${model}:latest`, `models/${model}`];
  const found = profile.models.find(({ id }) => names.includes(id));
  if (found === undefined && profile.anyModel !== true) throw failure(profile, { kind: 'model', model });
  const unknown = profile.strictFields === true && Object.keys(body).find((name) => !KNOWN_FIELDS.has(name));
  if (unknown) throw failure(profile, { kind: 'field', name: unknown });
  const part = [...(found?.refuses ?? []), ...refused].find((one) => has[one](body));
  if (part !== undefined) throw failure(profile, { kind: 'part', part, model: found?.id ?? model });
}

const has: Readonly<Record<RefusedPart, (body: CompletionRequest) => boolean>> = {
  system: ({ messages }) => messages.some(({ role }) => role === 'system'),
  stream: ({ stream }) => stream === true,
  stream_options: (body) => 'stream_options' in body,
  response_format: (body) => 'response_format' in body,
  max_tokens: (body) => 'max_tokens' in body,
  temperature: (body) => 'temperature' in body,
};

/** @throws RawError: the server's response to an unknown path */
export function failPath(profile: ServerProfile, request: IncomingMessage, path: string): never {
  throw failure(profile, { kind: 'path', method: request.method ?? '', path });
}
