export type Keys = ReturnType<typeof keysOf>;

/** Names of all keys and channels of this service in Redis. The braces keep the keys of a cluster on one node. */
export const keysOf = (namespace: string) => {
  const prefix = `{${namespace}}`;
  return {
    /** Prefix of BullMQ's own keys. */
    prefix,

    /** Hash: a run. */
    run: (id: string) => `${prefix}:run:${id}`,
    /** Stream: events of a run as RunEvent in JSON; the ids are `<sequence>-0`. */
    eventStream: (id: string) => `${prefix}:log:${id}`,
    /** Channel: number of the last event of a run. */
    eventChannel: (id: string) => `${prefix}:events:${id}`,
    /** Channel: ids of runs as they finish. */
    finished: `${prefix}:finished`,

    /** Sorted set: open (not finished) runs → latest expiry, seconds by the clock of Redis. */
    open: `${prefix}:open`,
    /** Sorted set: the same for one caller. */
    openOf: (caller: string) => `${prefix}:open:${caller}`,
    /** Sorted set: open runs → a time; their root job is checked 5 s after it, ms by the clock of Redis. */
    unconfirmed: `${prefix}:unconfirmed`,
    /** Sorted set: runs that no worker has started → creation time, ms since 1970. */
    waiting: `${prefix}:waiting`,
    /** Hash: caller → its last turn, `:current` → the current turn, `:last` → the last turn of all. */
    turns: `${prefix}:turns`,
    /** Hash: day (days since 1970, UTC) → US dollars that a caller has spent. */
    spent: (caller: string) => `${prefix}:spent:${caller}`,
    /** String: exists while no new runs are accepted. */
    intakePaused: `${prefix}:intake-paused`,
    /** Sorted set: runs of a caller → creation time, ms since 1970. */
    jobs: (caller: string) => `${prefix}:jobs:${caller}`,
    /** Sorted set: threads of a caller → creation time of their newest run, ms since 1970. */
    threads: (caller: string) => `${prefix}:threads:${caller}`,
    /** Sorted set: runs of a thread that has more than one → creation time, ms since 1970. */
    thread: (id: string) => `${prefix}:thread:${id}`,
    /** Sorted set: member of `expiryMember` → time at which everything of the run is deleted, ms by the clock of Redis. */
    expiry: `${prefix}:expiry`,
    /** Hash: run of an idempotency key and fingerprint of its request. */
    idempotency: (digest: string) => `${prefix}:idempotency:${digest}`,
    /** String: run in flight that identical requests join. */
    inFlight: (digest: string) => `${prefix}:in-flight:${digest}`,
    /** String: run that gave the last answer of a conversation. */
    answered: (digest: string) => `${prefix}:answered:${digest}`,
    /** Prefix of the counters of requests per caller. */
    starts: `${prefix}:starts`,

    /** Sorted set: clients of a run → end of their lease, ms by the clock of Redis. */
    clients: (id: string) => `${prefix}:clients:${id}`,
    /** Sorted set: runs to cancel if no client holds a lease → time of the check, ms by the clock of Redis. */
    abandonmentChecks: `${prefix}:abandonment-checks`,
    /** Sorted set: workers of a queue → last heartbeat, seconds by the clock of Redis. */
    workers: (queue: string) => `${prefix}:workers:${queue}`,

    /** String: written to find out whether Redis accepts writes. */
    writeProbe: `${prefix}:write-probe`,

    /** List: samples of a stage for its statistics, newest first. */
    samples: (stage: string) => `${prefix}:samples:${stage}`,
    /** Hash: model → end of its cooldown, ms since 1970 by the clock of Redis. */
    cooldowns: `${prefix}:cooldowns`,
    /** Hash: model → cause of its cooldown, as `<failure code>: <message>`. */
    cooldownCauses: `${prefix}:cooldown-causes`,
    /** Channel: `<end> <model>` of each cooldown that starts or is extended. */
    cooldownChanges: `${prefix}:cooldown-changes`,
    /** Hash: name of what it protects (`subjectOf` reads it) → Breaker in JSON. */
    breakers: `${prefix}:breakers`,
    /** Channel: [name, new state or ''] of each breaker that changes, in JSON. */
    breakerChanges: `${prefix}:breaker-changes`,
    /** List of the times of an account's last calls under a limit, newest first, and counter of recent rejections. */
    calls: (account: string, models: string, window: string) => {
      const calls = `${prefix}:calls:${account}:${models}:${window}`;
      return [calls, `${calls}:rejections`];
    },

    /** Hash: run → BullMQ job that delivers its webhook, until the delivery ends. */
    deliveries: `${prefix}:deliveries`,
    /** Sorted set: runs whose delivery job may not be queued yet → since when, ms since 1970. */
    webhooksDue: `${prefix}:webhooks-due`,
  };
};

/**
 * Prefix and heartbeats of the queue of programs. The user of a sandbox service in Redis may use the keys that begin with
 * the prefix, and no others.
 */
export const programKeys = (namespace: string): Pick<Keys, 'prefix' | 'workers'> => {
  const prefix = `${keysOf(namespace).prefix}:sandbox`;
  return { prefix, workers: (queue) => `${prefix}:workers:${queue}` };
};

/**
 * Version of a stored run. Raise it when requests get a part that an older worker would ignore, such as files: that worker
 * then leaves such runs to newer ones.
 */
export const RUN_FORMAT = 1;

/** Format of a run that was stored without one. */
export const FIRST_FORMAT = 0;
