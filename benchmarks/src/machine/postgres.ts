import type { Store } from './store.ts';

export async function startPostgres(_root: string): Promise<Store> {
  throw new Error('not yet');
}
