import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { z } from 'zod';

type ClientOptions = NonNullable<ConstructorParameters<typeof Client>[1]>;

interface Given {
  /** The protocol of 2026, which is per request, or one of 2025 with its handshake. */
  readonly era?: 'modern' | 'legacy';
  readonly headers?: Record<string, string>;
  readonly capabilities?: NonNullable<ClientOptions['capabilities']>;
}

/** Connects the official client to the service at `url`. */
export async function connectMcp(
  url: string,
  { era = 'modern', headers = {}, capabilities = {} }: Given = {},
) {
  const mode = era === 'modern' ? ({ pin: '2026-07-28' } as const) : ('legacy' as const);
  const client = new Client({ name: 'test', version: '1' }, { capabilities, versionNegotiation: { mode } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }),
  );
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const jobSchema = z.object({
  jobId: z.uuid(),
  status: z.string(),
  question: z.string().nullable(),
  files: z.array(
    z.object({ name: z.string().nullable(), language: z.string().nullable(), content: z.string() }),
  ),
  provisionalCode: z.string().nullable(),
  threadId: z.uuid(),
  previousJobId: z.uuid().nullable(),
  diff: z.array(z.object({ name: z.string(), change: z.string(), patch: z.string() })).nullable(),
});

/** The structured job of a result. */
export const jobOf = ({ structuredContent }: { structuredContent?: unknown }) =>
  jobSchema.parse(structuredContent);

/** The text of a result. */
export const textOf = ({ content }: { content: readonly { type: string }[] }) =>
  content.map((block) => ('text' in block ? block.text : '')).join('\n');
