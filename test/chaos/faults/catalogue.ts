import { clockJumped, logForbidden, logFull } from './environment.ts';
import type { Fault } from './fault.ts';
import { accountRefused, modelsFailing, modelsFailingInEveryWay } from './models.ts';
import { poison } from './poison.ts';
import {
  apiKilled,
  handBack,
  reportLost,
  rollingRestart,
  signalTwice,
  workerHung,
  workerKilled,
} from './processes.ts';
import { connectionsCut, failover, memoryFull, powerCut, redisPaused, redisRestarted } from './redis.ts';

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

/** The faults that apply to a system with a single Redis or with sentinels. */
export const faultsFor = (kind: 'single' | 'sentinel') => FAULTS.filter(({ where = kind }) => where === kind);
