export type { CallRecord } from './call-log.ts';
export type { Fault, FaultRule } from './faults/fault-rules.ts';
export type { Quirk } from './quirks/quirk.ts';
export { QUIRK_GROUPS, QUIRKS } from './quirks/quirks.ts';
export type { ServerName } from './servers/profiles.ts';
export { REALISTIC_PACE, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
