import { startNode } from '../../machine/node-program.ts';
import { urlOf } from '../address.ts';
import type { Peer } from '../peer.ts';

export const limit: Peer = {
  name: 'limit',
  title: 'in-process limit (promises)',
  survives: 'no',
  store: null,
  async start({ dir, modelUrl, profile }) {
    const env = { MODEL_URL: modelUrl };
    const program = startNode('limit', { entry: 'benchmarks/src/peers/limit/main.ts', dir, env, profile });
    return { url: await urlOf(program), programs: [program] };
  },
};
