import {
  costOf,
  eventOf,
  type Graph,
  hasEnded,
  type Route,
  type RunEvent,
  type Settled,
  type StageRecord,
} from '@codegen/pipeline';
import type { Keys } from '../redis/keys.ts';
import { lessonOf } from './stage-history.ts';
import { serializeOutcome, serializeRecord } from './stored-run.ts';

/** Something that happened to a run. */
export type Change =
  /** A stage's record as it now is. The first one that has ended stays. */
  | { readonly kind: 'stage'; readonly record: StageRecord }
  /** Nothing but words for who follows. */
  | { readonly kind: 'event'; readonly event: RunEvent }
  | { readonly kind: 'route'; readonly route: Route }
  /** The jobs of a stage's other branches were added. */
  | { readonly kind: 'fork'; readonly stage: string }
  | {
      readonly kind: 'settle';
      readonly settled: Settled;
      /** Milliseconds since 1970. */
      readonly now: number;
    };

/** A change as the commit script takes it. */
export const argumentsOf =
  (graph: Graph, keys: Keys, retentionSeconds: number, id: string) => (change: Change) => {
    switch (change.kind) {
      case 'stage': {
        const { record } = change;
        const about = [record.stage, serializeRecord(record), hasEnded(record) ? 1 : 0, costOf(record) ?? ''];
        const learned = [lessonOf(record), keys.history(record.stage), retentionSeconds];
        return ['stage', ...about, JSON.stringify(eventOf(graph, record)), ...learned];
      }
      case 'event':
        return ['event', JSON.stringify(change.event)];
      case 'route': {
        const event: RunEvent = { type: 'job.routed', route: change.route };
        return ['route', change.route, JSON.stringify(event)];
      }
      case 'fork':
        return ['fork', change.stage];
      case 'settle': {
        const { settled, now } = change;
        const event: RunEvent = { type: 'job.finished', status: settled.status };
        const about = [id, serializeOutcome(settled), now, retentionSeconds, keys.settled, settled.status];
        return ['settle', ...about, keys.waiters(id), keys.watched, JSON.stringify(event)];
      }
    }
  };
