/** Names of all that this service keeps in Redis. The braces keep a cluster's keys on one node. */
export const keysOf = (namespace: string) => {
  const prefix = `{${namespace}}`;
  return {
    /** BullMQ's own keys begin with this. */
    prefix,
    run: (id: string) => `${prefix}:run:${id}`,
    /** Stream: what happened to a run, as RunEvents in JSON; its ids are the run's own sequence. */
    log: (id: string) => `${prefix}:log:${id}`,
    /** Channel: number of the last event of a run. */
    events: (id: string) => `${prefix}:events:${id}`,
    /** Sorted set: runs that were taken and have not ended → when they are gone for sure, in seconds by the clock of Redis. */
    open: `${prefix}:open`,
    /** Sorted set: open runs → when their root jobs are checked next, less 5 s, in ms by the clock of Redis. */
    unchecked: `${prefix}:unchecked`,
    /** Open runs of one caller, where a limit asks for it. */
    openOf: (caller: string) => `${prefix}:open:${caller}`,
    /** What the names of a limiter's counters begin with. */
    starts: `${prefix}:starts`,
    /** Sorted set: a caller's runs → when they were created, ms since 1970. */
    jobs: (caller: string) => `${prefix}:jobs:${caller}`,
    /** Sorted set: run → when nothing of it is to be left, ms since 1970 by the clock of Redis. */
    expiry: `${prefix}:expiry`,
    /** Hash: the run an idempotency key stands for, and a digest of what it was asked. */
    idempotency: (digest: string) => `${prefix}:idempotency:${digest}`,
    /** String: the run under way that the same request joins. */
    underWay: (digest: string) => `${prefix}:under-way:${digest}`,
    /** Sorted set: who waits for a run → until when they are taken to be there, in ms by the clock of Redis. */
    waiters: (id: string) => `${prefix}:waiters:${id}`,
    /** Sorted set: run that is to be cancelled when nobody waits for it → when to look, in ms by the clock of Redis. */
    watched: `${prefix}:watched`,
    /** List: what a stage took lately, the newest first. */
    history: (stage: string) => `${prefix}:history:${stage}`,
    /** Hash: model → ms since 1970 before which it must be left alone. */
    cooldowns: `${prefix}:cooldowns`,
    /** Channel: `<until> <model>`, as models are to be left alone. */
    held: `${prefix}:held`,
    /** Hash: `model <id>` or `account <name>` → what is known of it, as a Breaker in JSON; nothing of what is sound. */
    breakers: `${prefix}:breakers`,
    /** Channel: name of a breaker and what is known by now or '', in JSON. */
    turned: `${prefix}:turned`,
    /** Lists: when an account made its last calls under a limit, the newest first, by the clock of Redis. Then a count of those turned away lately. */
    calls: (account: string, of: string, per: string) => {
      const calls = `${prefix}:calls:${account}:${of}:${per}`;
      return [calls, `${calls}:turned-away`];
    },
    /** Sorted set: worker that takes a queue → when it was last alive, in seconds by the clock of Redis. */
    workers: (queue: string) => `${prefix}:workers:${queue}`,
    /** Hash: run → BullMQ's job that delivers its webhook, until that is over. */
    deliveries: `${prefix}:deliveries`,
    /** Sorted set: runs whose webhook may not have such a job yet → since when, ms since 1970. */
    webhooksDue: `${prefix}:webhooks-due`,
    /** Channel: ids of runs, as they are settled. */
    finished: `${prefix}:finished`,
  };
};

export type Keys = ReturnType<typeof keysOf>;
