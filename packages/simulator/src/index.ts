export type { CallRecord } from './call-log.ts';
export type { Fault, FaultRule } from './faults/fault-rules.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
