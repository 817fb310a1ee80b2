import { accountRefused } from './account-refused.ts';
import { apiKilled } from './api-killed.ts';
import { clockJumped } from './clock-jumped.ts';
import { connectionsCut } from './connections-cut.ts';
import { failover } from './failover.ts';
import type { Fault } from './fault.ts';
import { handBack } from './hand-back.ts';
import { logForbidden, logFull } from './log-unwritable.ts';
import { memoryFull } from './memory-full.ts';
import { modelsFailing, modelsFailingInEveryWay } from './models-failing.ts';
import { poison } from './poison.ts';
import { powerCut } from './power-cut.ts';
import { redisPaused } from './redis-paused.ts';
import { redisRestarted } from './redis-restarted.ts';
import { reportLost } from './report-lost.ts';
import { rollingRestart } from './rolling-restart.ts';
import { signalTwice } from './signal-twice.ts';
import { workerHung } from './worker-hung.ts';
import { workerKilled } from './worker-killed.ts';

export const FAULTS: readonly Fault[] = [
  workerKilled,
  reportLost,
  workerHung,
  handBack,
  signalTwice,
  rollingRestart,
  apiKilled,
  redisRestarted,
  redisPaused,
  powerCut,
  connectionsCut,
  memoryFull,
  modelsFailing,
  modelsFailingInEveryWay,
  accountRefused,
  logFull,
  logForbidden,
  clockJumped,
  poison,
  failover,
];

/** Those that can strike a site of that kind. */
export const faultsOn = (kind: 'single' | 'sentinel') => FAULTS.filter(({ where = kind }) => where === kind);
