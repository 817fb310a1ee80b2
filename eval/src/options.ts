import { parseCommandLine, UsageError } from '@codegen/settings';
import { DEFAULT_RATES, type Rates, readRates } from './models/rates.ts';

export const USAGE = `Usage: npm run eval -- [options]

Measures the pipeline: each system answers the requests of tasks, and hidden tests judge the code.
With a model server in the settings (OPENROUTER_API_KEY or BASE_URL, as for a worker) it calls models and costs money.

  --simulated          simulated models, whatever the settings say; the default without a model server
  --tasks <file>       HumanEvalPlus.jsonl, MbppPlus.jsonl or a file of LiveCodeBench; several times for several files.
                       Default: the ${66} tasks of this project
  --only <text>        only tasks whose id contains the text, e.g. python/
  --limit <n>          only the first n tasks of each source
  --systems <a,b>      only these pipelines: unverified, verified, no-improving, no-specification, no-direct, no-polish
  --max-samples <n>    most samples of the best single model per task (default 16)
  --budget <dollars>   starts no attempt when the attempts in the results file have cost so much
  --concurrency <n>    attempts at a time (default 4)
  --seed <n>           of what is drawn at random (default 1)
  --out <path>         results, without extension (default eval/results/latest): .jsonl, .md, .json and .svg.
                       The same command continues an evaluation that was ended
  --price <in,out>     dollars per million tokens of prompt and answer, for the estimate
  --estimate           print the estimate and end
  --rates <a=x,…>      rates of simulated models: ${Object.entries(DEFAULT_RATES)
    .map(([name, rate]) => `${name}=${rate}`)
    .join(', ')}
  --latency <ms>       duration of a simulated call (default 20)
`;

export interface Options {
  readonly simulated: boolean;
  readonly tasks: readonly string[];
  readonly only: string;
  readonly limit: number;
  readonly systems: readonly string[];
  readonly maxSamples: number;
  readonly budgetUsd: number | null;
  readonly concurrency: number;
  readonly seed: number;
  readonly out: string;
  readonly price: readonly [prompt: number, completion: number] | null;
  readonly estimate: boolean;
  readonly rates: Rates;
  readonly latencyMs: number;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** Null if help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      simulated: flag,
      tasks: { type: 'string', multiple: true },
      only: text,
      limit: text,
      systems: text,
      'max-samples': text,
      budget: text,
      concurrency: text,
      seed: text,
      out: text,
      price: text,
      estimate: flag,
      rates: text,
      latency: text,
      help: flag,
    },
  });
  if (values.help) return null;
  const simulated = values.simulated ?? false;
  if (simulated && values.tasks !== undefined) {
    throw new UsageError('simulated models know the tasks of this project only; leave out --tasks');
  }
  return {
    simulated,
    tasks: values.tasks ?? [],
    only: values.only ?? '',
    limit: whole('limit', values.limit, 1) ?? Number.POSITIVE_INFINITY,
    systems: values.systems?.split(',') ?? [],
    maxSamples: whole('max-samples', values['max-samples'], 1) ?? 16,
    budgetUsd: values.budget === undefined ? null : decimal('budget', values.budget),
    concurrency: whole('concurrency', values.concurrency, 1) ?? 4,
    seed: whole('seed', values.seed, 0) ?? 1,
    out: values.out ?? 'eval/results/latest',
    price: values.price === undefined ? null : readPrice(values.price),
    estimate: values.estimate ?? false,
    rates: values.rates === undefined ? DEFAULT_RATES : readRates(values.rates),
    latencyMs: whole('latency', values.latency, 0) ?? 20,
  };
}

function whole(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least) return number;
  throw new UsageError(`--${name} takes a whole number of at least ${least}, not ${JSON.stringify(value)}`);
}

function decimal(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0) return number;
  throw new UsageError(`--${name} takes a number of at least 0, not ${JSON.stringify(value)}`);
}

function readPrice(value: string): readonly [number, number] {
  const [prompt = '', completion = ''] = value.split(',');
  return [decimal('price', prompt), decimal('price', completion)];
}
