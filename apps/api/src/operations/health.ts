import { aliveSchema, readySchema } from '@codegen/contract';
import type { Operation } from '../operation.ts';

export const isAlive = {
  id: 'isAlive',
  method: 'get',
  path: '/healthz',
  tag: 'Service',
  summary: 'Whether the process is alive',
  open: true,
  answers: { 200: { description: 'It is', body: aliveSchema } },
  problems: [],
} satisfies Operation;

export const isReady = {
  id: 'isReady',
  method: 'get',
  path: '/readyz',
  tag: 'Service',
  summary: 'Whether a request sent now can be answered',
  open: true,
  answers: {
    200: {
      description: 'Redis answers and a worker is there',
      body: readySchema,
    },
  },
  problems: ['queue-unavailable', 'no-worker'],
} satisfies Operation;
