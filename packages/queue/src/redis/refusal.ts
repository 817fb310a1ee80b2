/** What prevents a Redis from serving this service, and what to do. Names no address and no password. */
export function adviceOn(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const known = CAUSES.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? 'Redis does not answer. Start it, or correct REDIS_URL.';
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /^OOM\b/,
    'Redis is full and refuses writes. Raise its maxmemory, lower JOB_RETENTION, or delete finished jobs.',
  ],
  [
    /^MISCONF\b/,
    'Redis cannot write its data to disk and refuses writes. Free space on its disk, and check its log.',
  ],
  [/^READONLY\b/, 'Redis is a replica and refuses writes. Set REDIS_URL to the master.'],
  [/^NOREPLICAS\b/, 'Redis has too few replicas and refuses writes. Start its replicas.'],
  [/^LOADING\b/, 'Redis is loading its data. It answers when that is done.'],
  [/^(?:CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/, 'Redis lacks a node. Start the nodes of the cluster.'],
  [/^BUSY\b/, 'Redis is busy with a script. It answers when that is done.'],
  [/^(?:NOAUTH|WRONGPASS)\b/, 'Redis rejects the password. Correct the user and password in REDIS_URL.'],
  [/^NOPERM\b/, 'The user of Redis lacks a permission. Give it the rights that docs/operations.md lists.'],
];
