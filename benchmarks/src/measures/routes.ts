import type { ModelServer } from '../machine/simulator.ts';
import { PYTHON_MODELS } from '../peers/python-order/peer.ts';
import { median } from '../statistics.ts';
import type { Measure } from './measure.ts';
import { program } from './program-text.ts';
import { AMBIGUOUS, COMPLEX, SIMPLE } from './queries.ts';

const PACE = { latencyMs: 500, tokensPerSecond: 60 };
/** Requests of each route at a time. */
const REQUESTS = 3;

/** Tokens of what real models write; of a quick look a tenth. */
const TOKENS = { specification: 250, draft: 400, better: 450, polished: 450, choice: 25, question: 60 };

/** How long a person waits on each route, with models as fast as real ones. */
export const routes: Measure = {
  key: 'W',
  title: 'wall time per route, 0.5 s to a model’s first token, then 60 tokens/s',
  peers: ['ours', 'python-order'],
  rounds: 1,
  async measure(open, scale) {
    await using bench = await open({ pace: PACE });
    await setLengths(bench.models, scale === 'quick' ? 0.1 : 1);
    const figures: Record<string, number> = {};
    for (const [route, query] of Object.entries({ simple: SIMPLE, ambiguous: AMBIGUOUS, complex: COMPLEX })) {
      const each = await Promise.all(
        Array.from({ length: REQUESTS }, (_, index) => time(bench.system.url, query, index)),
      );
      figures[`${route}Seconds`] = median(each);
    }
    return figures;
  },
};

async function time(url: string, query: string, index: number): Promise<number> {
  const askedAt = performance.now();
  const response = await fetch(`${url}/generate?query=${encodeURIComponent(query + ' '.repeat(index))}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`answered with ${response.status} ${body}`);
  return (performance.now() - askedAt) / 1_000;
}

async function setLengths(models: ModelServer, scale: number) {
  const tokens = (name: keyof typeof TOKENS) => Math.max(8, Math.round(TOKENS[name] * scale));
  const specification = { specification: program('specification', tokens('specification')) };
  const texts = {
    clarify: program('question', tokens('question')),
    interpret: JSON.stringify(specification),
    answer: fenced('answer', tokens('draft')),
    'generate.direct': fenced('direct', tokens('draft')),
    'generate.interpreted': fenced('interpreted', tokens('draft')),
    'enhance.direct': fenced('better direct', tokens('better')),
    'enhance.interpreted': fenced('better interpreted', tokens('better')),
    polish: fenced('polished', tokens('polished')),
  };
  for (const [stage, text] of Object.entries(texts)) await models.answer(stage, text);
  const reviewer = `${PYTHON_MODELS}/reviewer`;
  await models.answer('compare', fenced('better interpreted', tokens('better')), reviewer);
  const choice = JSON.stringify({ choice: 'A', reason: program('reason', tokens('choice') - 8) });
  await models.answer('compare', choice);
}

const fenced = (name: string, tokens: number) => `\`\`\`js\n${program(name, tokens)}\n\`\`\``;
