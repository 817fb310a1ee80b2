import { crowd } from './measures/crowd.ts';
import { firstEvent } from './measures/first-event.ts';
import { footprint } from './measures/footprint.ts';
import { growth } from './measures/growth.ts';
import type { Measure } from './measures/measure.ts';
import { memory } from './measures/memory.ts';
import { overhead } from './measures/overhead.ts';
import { routes } from './measures/routes.ts';
import { scaling } from './measures/scaling.ts';
import { takeover } from './measures/takeover.ts';
import { throughput } from './measures/throughput.ts';
import { bullmq, bullmqSteps, bullmqWide } from './peers/bullmq/peer.ts';
import { dbos } from './peers/dbos/peer.ts';
import { langgraph } from './peers/langgraph/peer.ts';
import { limit } from './peers/limit/peer.ts';
import { ours } from './peers/ours/peer.ts';
import type { Peer } from './peers/peer.ts';
import { pythonOrder } from './peers/python-order/peer.ts';

export const MEASURES: readonly Measure[] = [
  overhead,
  throughput,
  crowd,
  memory,
  scaling,
  firstEvent,
  footprint,
  takeover,
  routes,
  growth,
];

export const PEERS: readonly Peer[] = [
  limit,
  ours,
  bullmqSteps,
  bullmq,
  bullmqWide,
  dbos,
  langgraph,
  pythonOrder,
];

/** What a quick run looks at unless told otherwise: what fits into two minutes. */
export const QUICK = {
  measures: ['O', 'T', 'C', 'F', 'B'],
  peers: ['limit', 'ours', 'bullmq', 'dbos', 'langgraph'],
} as const satisfies { measures: readonly string[]; peers: readonly string[] };
