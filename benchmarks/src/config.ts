/** The `PATH` to search for programs. */
export const searchPath = () => process.env.PATH ?? '';

/** Environment variables that the harness sets for a peer's programs. */
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
