import { existsSync } from 'node:fs';
import { findRedisServer } from '@codegen/cli/redis';
import { searchPath } from '../config.ts';
import type { Peer } from '../peers/peer.ts';
import { findPostgres } from './postgres-binaries.ts';

/** What this machine lacks to measure these peers, and how to get it; empty if nothing. */
export async function lacking(peers: readonly Peer[]): Promise<string[]> {
  const lacks: string[] = [];
  const wants = (store: Peer['store']) => peers.some((peer) => peer.store === store);
  if (!existsSync('/proc/self/stat')) lacks.push('CPU time is read from /proc, which only Linux has');
  if (wants('redis') && (await findRedisServer(searchPath())) === null) {
    lacks.push('there is no redis-server on the PATH: apt-get install redis-server');
  }
  if (wants('postgres') && findPostgres() === null) {
    lacks.push(
      'there is no PostgreSQL: apt-get install postgresql, or leave out dbos and langgraph with --only',
    );
  }
  return lacks;
}
