import { webhookMessageSchema } from '@codegen/contract';
import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';

const headers = z.object({
  'webhook-id': z.string().describe('The same for every try, and when it is told again'),
  'webhook-timestamp': z.string().describe('Of this try, in seconds since 1970'),
  'webhook-signature': z.string().describe('One or more signatures, with a space between them'),
});

/** What the service sends to a job's webhook: the form is that of Standard Webhooks. */
export const jobFinished: ZodOpenApiOperationObject = {
  operationId: 'jobFinished',
  summary: 'A job has ended',
  security: [],
  requestParams: { header: headers },
  requestBody: { required: true, content: { 'application/json': { schema: webhookMessageSchema } } },
  responses: {
    '2XX': { description: 'It arrived' },
    '410': { description: 'The receiver is gone; the delivery is not repeated' },
    default: { description: 'It is tried again later; redirects are not followed' },
  },
};
