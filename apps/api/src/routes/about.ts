import { aboutSchema } from '@codegen/contract';
import manifest from '../../package.json' with { type: 'json' };
import { addressOf } from '../http/public-url.ts';
import { defineRoute } from '../http/route.ts';

const description = {
  name: 'Conversational Code Generation Agent',
  version: manifest.version,
  description: 'Describe the code you want in plain words; a pipeline of language models writes it.',
  usage:
    'GET /generate?query=… waits for the code. With “Prefer: respond-async” it answers with a job to poll.',
  example: '/generate?query=Write%20a%20Python%20function%20to%20reverse%20a%20string',
  links: {
    generate: '/generate{?query}',
    jobs: '/jobs',
    job: '/jobs/{id}',
    usage: '/usage',
    mcp: '/mcp',
    docs: '/docs',
    openapi: '/openapi.json',
    health: '/healthz',
    readiness: '/readyz',
  },
};

export const about = defineRoute({
  id: 'about',
  method: 'get',
  path: '/',
  tag: 'Service',
  summary: 'What this service is',
  open: true,
  page: true,
  responses: {
    200: {
      description: 'Name, version, usage, an example and links',
      body: aboutSchema,
    },
  },
  problems: [],
  handler:
    ({ keyRing, allowedModels, maxQueryChars, showPrompts, effort, graph, notice }) =>
    (_request, response) => {
      const links = Object.entries(description.links).map(([name, path]) => [
        name,
        addressOf(response, path),
      ]);
      const features = {
        apiKeys: keyRing.current() !== null,
        prompts: showPrompts,
        models: [...allowedModels],
        maxQueryChars,
        effort,
        testCases: graph.find('verify') !== undefined,
        notice,
      };
      response.json({
        ...description,
        example: addressOf(response, description.example),
        links: Object.fromEntries(links),
        features,
      });
    },
});
