import { onPostgres } from '../on-postgres.ts';

export const dbos = onPostgres({
  name: 'dbos',
  title: 'DBOS on PostgreSQL',
  survives: 'yes',
});
