import type { Ledger } from '../ledger.ts';
import type { Random } from '../random.ts';
import type { Site } from '../site.ts';

/** What a fault has to work with. */
export interface Scene {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Whether all is to be over soon: shorter pauses, the same faults. */
  readonly brief: boolean;
}

/** Something that goes wrong with a part of the system, and is put right again. */
export interface Fault {
  /** For `--faults`. */
  readonly name: string;
  /** For a person: what is done. */
  readonly what: string;
  /** On which kind of site alone: where sentinels are, a Redis that is away has been replaced when it comes back. */
  readonly where?: 'single' | 'sentinel';
  /** Resolves when all parts are there again. */
  strike(scene: Scene): Promise<void>;
}
