import { startService } from '@codegen/testing/api/service';
import { type Reply, reply } from '@codegen/testing/models/replies';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { CORPUS } from './corpus.ts';

const FENCE = '`'.repeat(12);

test('code of any text is one block in the text of a tool result, and unchanged in its files', async () => {
  // The request names the entry that the model answers with.
  const answer: Reply = (call, moments) => {
    const [, index] = /entry (\d+)/.exec(call.prompt.user) ?? [];
    return reply(`${FENCE}python\nx = 1\n${CORPUS[Number(index)]?.text}\n${FENCE}`)(call, moments);
  };
  await using service = await startService({ replies: { classify: reply('simple'), answer } });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${service.url}/mcp`)));
  const results = await Promise.all(
    CORPUS.map((_, index) =>
      client.callTool({ name: 'generate_code', arguments: { query: `entry ${index}` } }),
    ),
  );
  for (const { content, structuredContent } of results) {
    const { jobId, files } = structuredContent as { jobId: string; files: { content: string }[] };
    expect(files).toEqual((await service.get(`/jobs/${jobId}`)).json.files);
    const [block] = content;
    const lines = (block?.type === 'text' ? block.text : '').split('\n');
    const [, fence = ''] = /^(`+)python$/.exec(lines[0] ?? '') ?? [];
    const end = lines.findIndex(
      (line, index) => index > 0 && new RegExp(`^ {0,3}${fence}\`*\\s*$`).test(line),
    );
    expect(end).toBe(lines.length - 1);
    expect(lines.slice(1, end).join('\n')).toBe(files[0]?.content);
  }
  await client.close();
});
