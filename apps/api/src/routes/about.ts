import { type About, PROBLEMS, type ProblemType } from '@codegen/contract';
import { Router } from 'express';
import manifest from '../../package.json' with { type: 'json' };
import { ProblemError } from '../problem.ts';

const example = '/generate?query=Write%20a%20Python%20function%20to%20reverse%20a%20string';

/** What this service is, and what its problem types mean. */
export const aboutRoutes = () =>
  Router()
    .get('/', (_request, response) => {
      response.json({
        name: 'Conversational Code Generation Agent',
        version: manifest.version,
        description: 'Describe the code you want in plain words; a pipeline of language models writes it.',
        usage:
          'GET /generate?query=… waits for the code. With “Prefer: respond-async” it answers with a job to poll.',
        example,
        links: {
          generate: '/generate{?query}',
          jobs: '/jobs',
          job: '/jobs/{id}',
          docs: '/docs',
          openapi: '/openapi.json',
          health: '/healthz',
          readiness: '/readyz',
        },
      } satisfies About);
    })
    .get('/problems/:type', (request, response) => {
      const { type } = request.params;
      if (!isProblemType(type))
        throw new ProblemError('unknown-problem', 'Problem types are the last part of `type`.');
      response.json({ type: `/problems/${type}`, ...PROBLEMS[type] });
    });

const isProblemType = (type: string): type is ProblemType => Object.hasOwn(PROBLEMS, type);
