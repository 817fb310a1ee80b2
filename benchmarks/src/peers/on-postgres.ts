import { startNode } from '../machine/node-program.ts';
import { urlOf } from './address.ts';
import type { Peer } from './peer.ts';

/** A library that runs in the server's own process and keeps what happened in PostgreSQL. */
export const onPostgres = (about: Pick<Peer, 'name' | 'title' | 'survives'>): Peer => ({
  ...about,
  store: 'postgres',
  async start({ dir, modelUrl, store, profile }) {
    const env = { MODEL_URL: modelUrl, POSTGRES_URL: store?.url ?? '' };
    const entry = `benchmarks/src/peers/${about.name}/main.ts`;
    const program = startNode(about.name, { entry, dir, env, profile });
    return { url: await urlOf(program), programs: [program] };
  },
});
