import { Pool } from 'undici';

/** Connections that wait for as long as it takes: what is slow is to be measured, not given up. */
export const openConnections = (url: string, connections: number): Pool =>
  new Pool(url, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 300_000 },
  });
