/** Where programs are looked for. */
export const searchPath = () => process.env.PATH ?? '';

/** What a peer's program is told by whoever starts it. */
export function peerSettings() {
  const {
    MODEL_URL = '',
    REDIS_URL = '',
    POSTGRES_URL = '',
    CONCURRENCY = '100',
    MODELS = 'bench',
  } = process.env;
  return {
    modelUrl: MODEL_URL,
    redisUrl: REDIS_URL,
    postgresUrl: POSTGRES_URL,
    concurrency: Number(CONCURRENCY),
    models: MODELS,
  };
}
