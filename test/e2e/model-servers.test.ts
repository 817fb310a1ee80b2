import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerName, startSimulator } from '@codegen/simulator';
import { freePort } from '@codegen/testing/network/free-port';
import { ROOT, start } from '@codegen/testing/process/program';
import { expect, inject, it } from 'vitest';
import { SIMPLE } from './service.ts';

const document = readFileSync(join(ROOT, 'docs', 'model-servers.md'), 'utf8');

/** The settings of a recipe by its heading. */
function recipe(heading: string): Record<string, string> {
  const block = new RegExp(`^## ${heading}\n+\`\`\`ini\n([\\s\\S]*?)\`\`\``, 'm').exec(document)?.[1] ?? '';
  return Object.fromEntries(
    [...block.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

it.each<[string, ServerName]>([
  ['OpenRouter', 'openrouter'],
  ['Ollama', 'ollama'],
  ['LM Studio', 'lmstudio'],
  ['vLLM', 'vllm'],
  ['llama\\.cpp', 'llamacpp'],
  ['Azure OpenAI', 'azure'],
  ['Gemini', 'gemini'],
  ['Groq', 'groq'],
])('the recipe for %s works as written, and the doctor agrees', async (heading, as) => {
  const { OPENROUTER_API_KEY, BASE_URL = 'https://openrouter.ai/api/v1', ...settings } = recipe(heading);
  const isLocal = BASE_URL.startsWith('http://localhost');
  await using models = await startSimulator({ as, ...(!isLocal && { apiKey: 'your_api_key_here' }) });
  expect(new URL(models.baseUrl).pathname).toBe(new URL(BASE_URL).pathname);
  const LOG_DIR = await mkdtemp(join(tmpdir(), 'codegen-logs-'));
  const env = {
    ...settings,
    BASE_URL: models.baseUrl,
    // The key of OpenRouter is sent to openrouter.ai only.
    ...(OPENROUTER_API_KEY !== undefined && { MODEL_API_KEY: OPENROUTER_API_KEY }),
    LOG_DIR,
    REDIS_URL: inject('redisUrl'),
    QUEUE_NAMESPACE: LOG_DIR.slice(-6),
  };
  await using program = start('apps/cli/src/generate/main.ts', ['--fast', SIMPLE], env);
  expect([await program.ended, program.stderr()]).toEqual([0, expect.stringContaining('completed in')]);
  expect(program.stdout()).toContain('Simulated answer');
  await using doctor = start('apps/cli/src/doctor/main.ts', [], { ...env, PORT: String(await freePort()) });
  await doctor.ended;
  const lines = doctor.stdout().split('\n');
  const wrong = lines.filter((line) => line.startsWith('✗') && !line.startsWith('✗ Redis'));
  expect(wrong, doctor.stdout() + doctor.stderr()).toEqual([]);
  expect(lines.filter((line) => line.startsWith('✓ model')).length).toBeGreaterThanOrEqual(2);
  await rm(LOG_DIR, { recursive: true, force: true });
});
