import { onPostgres } from '../on-postgres.ts';

export const langgraph = onPostgres({
  name: 'langgraph',
  title: 'LangGraph, PostgreSQL checkpoints',
  survives: 'by hand',
});
