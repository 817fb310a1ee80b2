import { firstEvent, overhead, routes, takeover } from './measures/latency.ts';
import type { Measure } from './measures/measure.ts';
import { footprint, growth, memory } from './measures/resources.ts';
import { crowd, scaling, throughput } from './measures/throughput.ts';
import { verification } from './measures/verification.ts';
import type { Peer } from './peers/peer.ts';
import { bullmq, bullmqSteps, bullmqWide, dbos, langgraph, limit, ours, pythonOrder } from './peers/peers.ts';

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
  verification,
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

/** Measures and peers of a quick run, which takes under two minutes. */
export const QUICK = {
  measures: ['O', 'T', 'C', 'F', 'B'],
  peers: ['limit', 'ours', 'bullmq', 'dbos', 'langgraph'],
} as const satisfies { measures: readonly string[]; peers: readonly string[] };
