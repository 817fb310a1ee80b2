import type { History } from '../client/history.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';

/** The state of a campaign that a fault uses. */
export interface Scenario {
  readonly system: System;
  readonly history: History;
  readonly random: Random;
  /** Shorter pauses for a short campaign. */
  readonly brief: boolean;
}

/** A failure of a part of the system and its repair. */
export interface Fault {
  /** Name for `--faults`. */
  readonly name: string;
  /** Shown in the usage text and in progress messages. */
  readonly description: string;
  /** Restricts the fault to one kind of Redis setup: sentinels replace a master that is unavailable. */
  readonly where?: 'single' | 'sentinel';
  /** Resolves when all parts are available again. */
  inject(scenario: Scenario): Promise<void>;
}
