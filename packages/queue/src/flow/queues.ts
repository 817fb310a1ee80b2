import { ROLES, type Role } from '@codegen/pipeline';
import { z } from 'zod';

/** The queue of all that is not given another one, and of the run jobs. */
export const STAGES = 'stages';

/** The queue of the webhooks that are to be delivered. */
export const WEBHOOKS = 'webhooks';

/** Which role's stages wait in which queue; roles that are not named wait in `stages`. */
export type RoleQueues = Partial<Record<Role, string>>;

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** `reviewer:slow,generator:slow` */
export const roleQueues = z
  .string()
  .optional()
  .transform((text, context): RoleQueues => {
    const pairs = (text ?? '')
      .split(',')
      .flatMap((item) => (item.trim() === '' ? [] : [item.trim().split(':')]));
    for (const [role, queue, ...rest] of pairs) {
      if (
        ROLES.some((one) => one === role) &&
        NAME.test(queue ?? '') &&
        queue !== WEBHOOKS &&
        rest.length === 0
      )
        continue;
      context.addIssue({
        code: 'custom',
        message: `pairs such as reviewer:slow between commas; roles are ${ROLES.join(', ')}`,
      });
      return z.NEVER;
    }
    return Object.fromEntries(pairs);
  });

/** Every queue there is under a mapping. */
export const queuesOf = (mapping: RoleQueues): string[] => [...new Set([STAGES, ...Object.values(mapping)])];

/** Where the stages of a role wait. */
export const queueOf = (mapping: RoleQueues, role: Role): string => mapping[role] ?? STAGES;
