import { startNode } from '../../machine/node-program.ts';
import { urlOf } from '../address.ts';
import type { Peer } from '../peer.ts';

/** By its name the models know that a whole program is wanted of compare. */
export const PYTHON_MODELS = 'python';

/**
 * The calls of the Python service in its order: classify, then the route, with a reviewer that writes the better
 * program out. It runs in-process, without that service's own time: only the order and the length of its calls count.
 */
export const pythonOrder: Peer = {
  name: 'python-order',
  title: 'the Python service’s order of calls',
  survives: 'no',
  store: null,
  measures: ['W'],
  async start({ dir, modelUrl }) {
    const env = { MODEL_URL: modelUrl, MODELS: PYTHON_MODELS };
    const program = startNode('python-order', { entry: 'benchmarks/src/peers/limit/main.ts', dir, env });
    return { url: await urlOf(program), programs: [program] };
  },
};
