import { ROLES, type Role } from '@codegen/pipeline';
import { z } from 'zod';

/** Queue of root jobs and of stages whose role has no queue of its own. */
export const STAGES = 'stages';

/** Queue of webhook deliveries. */
export const WEBHOOKS = 'webhooks';

/** Queues of roles that have their own. */
export type RoleQueues = Partial<Record<Role, string>>;

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Schema of `STAGE_QUEUES`, such as `reviewer:slow,generator:slow`. */
export const roleQueues = z
  .string()
  .optional()
  .transform((text = '', context): RoleQueues => {
    const items = text.split(',').map((item) => item.trim());
    const pairs = items.filter((item) => item !== '').map((item) => item.split(':'));
    const isValid = ([role, queue = '', ...rest]: readonly string[]) =>
      ROLES.some((one) => one === role) && NAME.test(queue) && queue !== WEBHOOKS && rest.length === 0;
    if (pairs.every(isValid)) return Object.fromEntries(pairs);
    context.addIssue({
      code: 'custom',
      message: `comma-separated pairs such as reviewer:slow; roles are ${ROLES.join(', ')}`,
    });
    return z.NEVER;
  });

/** All queues of stages. */
export const queuesOf = (mapping: RoleQueues): string[] => [...new Set([STAGES, ...Object.values(mapping)])];

/** The queue of a role's stages. */
export const queueOf = (mapping: RoleQueues, role: Role): string => mapping[role] ?? STAGES;
